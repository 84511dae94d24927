"""Figures: related tasks: quadratics, textures, local signals."""

ORDER = (
    "related_tasks",
    "local_signal_training",
)
