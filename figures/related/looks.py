"""Looks of the related tasks: relatives of the three architectures have their colour and marker."""

from figures.drawing.looks import look

look("quadratic_fcn", "#D55E00", "s", "FCN, quadratic")
look("quadratic_lcn", "#0072B2", "o", "LCN, quadratic")
look("quadratic_cnn", "#009E73", "^", "CNN, quadratic")
look("pooled_cnn", "#009E73", "^", "CNN, pooled")
