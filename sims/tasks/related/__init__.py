"""Tasks: related tasks: quadratics, textures, local signals."""
