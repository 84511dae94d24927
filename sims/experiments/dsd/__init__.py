"""Experiments: the Dynamic Signal Distribution: floors, sweeps, architectures."""

ORDER = (
    "sweeps",
    "architectures",
    "sigma",
    "sigma_scaling",
    "activations",
    "width",
    "one_patch",
    "curves",
    "test_error",
    "final_bias",
    "unit_norm",
    "cnn_growth",
)
