"""Figures: the Dynamic Signal Distribution: floors, sweeps, architectures."""

ORDER = (
    "task_picture",
    "learning_curves",
    "test_error",
    "n_star",
    "ratio",
    "exponents",
    "sigma_scaling",
    "activations",
    "width",
    "one_patch",
    "final_bias",
    "cnn_growth",
)
