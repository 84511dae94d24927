"""Tasks: shortcut features."""
