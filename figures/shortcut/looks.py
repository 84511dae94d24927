"""Looks of perceptrons, kernels, optima and residual nets on shortcut tasks."""

from figures.drawing.looks import look

look("lda", "#444444", "s", "LDA")
look("latent_lda", "#8A6D00", "D", "LDA on the latents")
look("mlp_linear", "#CC79A7", "D", "MLP, linear")
look("mlp_relu", "#0072B2", "o", "MLP, ReLU")
look("mlp_tanh", "#E69F00", "^", "MLP, tanh")
look("ntk_linear", "#CC79A7", "v", "NTK, linear")
look("ntk_relu", "#000000", "s", "NTK, ReLU")
look("kernel_linear", "#CC79A7", "D", "linear kernel")
look("kernel_quadratic", "#E69F00", "^", "quadratic kernel")
look("kernel_arc_cosine", "#56B4E9", "o", "arc-cosine kernel")
look("resnet", "#0072B2", "o", "residual net")
look("resnet_none", "#0072B2", "o", "digits as they are")
look("resnet_larger_digit", "#E69F00", "^", "larger digit")
look("resnet_less_background", "#009E73", "v", "less background")
look("resnet_no_colour", "#444444", "s", "no colour")
