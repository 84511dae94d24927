"""Experiments: related tasks: quadratics, textures, local signals."""
