"""Figures: kernels of wide nets, on DSD and on teachers."""

ORDER = (
    "overlapping_patches",
    "hierarchical_kernels",
    "hierarchical_spectra",
    "cyclic_pooling",
    "kernels",
    "kernel_exponents",
    "kernel_learning_curves",
    "kernel_convergence",
    "kernel_movement",
    "lazy_rich",
    "local_signal_kernels",
    "local_signal_kernel_curves",
)
