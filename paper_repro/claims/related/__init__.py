"""Claims: related tasks: quadratics, textures, local signals."""
