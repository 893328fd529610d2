"""From a request to motion: checks, lengths, the pipeline."""
