"""Motion to pictures and video. Sees only ``motion``."""
