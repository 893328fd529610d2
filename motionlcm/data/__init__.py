"""Feature stores, datasets and caches."""
