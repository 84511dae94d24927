"""Figures: the Dynamic Signal Distribution: floors, sweeps, architectures."""

ORDER = (
    "task_picture",
    "learning_curves",
    "test_error",
    "n_star_k",
    "n_star_d",
    "n_star_sigma",
    "ratio",
    "exponents",
    "sigma_scaling",
    "activations",
    "width",
    "one_patch",
    "final_bias",
    "cnn_growth",
)
