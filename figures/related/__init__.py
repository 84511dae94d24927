"""Figures: related tasks: quadratics, textures, local signals."""
