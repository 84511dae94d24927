"""What mathematics predicts: related tasks: quadratics, textures, local signals."""
