"""Probes: related tasks: quadratics, textures, local signals."""
