"""Experiments: shortcut features."""

ORDER = (
    "shortcut_bias",
    "shortcut_activations",
    "shortcut_paired",
    "shortcut_depth",
    "shortcut_width",
    "shortcut_nesting",
    "shortcut_kernels",
    "shortcut_patches",
    "shortcut_modes",
    "shortcut_footprint",
    "shortcut_digits",
    "shortcut_sensitivity",
    "shortcut_theory",
    "shortcut_patches_n",
)
