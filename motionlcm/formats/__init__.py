"""Motion files: every function here turns a file into a motion, or a motion into a file."""
