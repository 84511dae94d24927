"""Experiments: related tasks: quadratics, textures, local signals."""

ORDER = (
    "quadratics",
    "textures",
    "local_signal",
    "local_signal_training",
)
