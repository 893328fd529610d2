"""Pictures, videos and a web page of a motion. Sees only ``motion`` and ``atomic_files``."""
