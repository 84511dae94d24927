"""Figures: shortcut features."""

ORDER = (
    "shortcut_bias",
    "shortcut_paired",
    "shortcut_factors",
    "shortcut_theory",
    "shortcut_modes",
    "shortcut_patches",
    "shortcut_samples",
    "shortcut_pictures",
    "shortcut_images",
)
