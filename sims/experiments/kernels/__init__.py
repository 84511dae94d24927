"""Experiments: kernels of wide nets, on DSD and on teachers."""

ORDER = (
    "overlapping_patches",
    "hierarchical_kernels",
    "kernels",
    "kernel_predictions",
    "kernel_learning_curves",
    "kernel_convergence",
    "kernel_movement",
    "trained_kernels",
    "lazy_rich",
    "cyclic_pooling",
    "local_signal_kernels",
)
