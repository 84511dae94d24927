"""Tables: the one room where results become rows, and rows sweeps, laws and ratios; as CSV and from it."""
