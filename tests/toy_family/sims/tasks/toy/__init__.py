"""Tasks: a half-space with flipped labels."""
