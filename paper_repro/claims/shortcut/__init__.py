"""Claims: shortcut features."""
