"""The page on which ``motionlcm-demo`` turns prompts into motion."""
