"""What mathematics predicts: the Dynamic Signal Distribution: floors, sweeps, architectures."""
