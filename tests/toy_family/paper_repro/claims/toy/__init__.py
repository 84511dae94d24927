"""Claims: half-spaces."""
