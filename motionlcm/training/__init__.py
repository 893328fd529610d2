"""One training loop and the stages it runs."""
