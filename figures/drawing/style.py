"""One style for every figure: text sizes, and a colour and a marker for each model that it keeps everywhere.

The colours are Okabe and Ito's palette, which readers with any common colour-vision deficiency can tell
apart; markers and line styles repeat what colour says, so that the figures also survive a grey printer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.path import Path

COLUMN = 3.4
"""Width in inches of one column of a two-column paper."""
PAGE = 7.0
"""Width in inches of the text of a two-column paper; about the width of a README on a screen."""

COLOURS = {
    "fcn": "#D55E00",
    "lcn": "#0072B2",
    "cnn": "#009E73",
    "linear": "#CC79A7",
    "oracle": "#E69F00",
    "bayes": "#000000",
    "ratio": "#444444",
    "quadratic_fcn": "#D55E00",
    "quadratic_lcn": "#0072B2",
    "quadratic_cnn": "#009E73",
    "pooled_cnn": "#009E73",
    "wide_fcn": "#D55E00",
    "wide_lcn": "#0072B2",
    "wide_cnn": "#009E73",
    "teacher_1": "#56B4E9",
    "teacher_2": "#E69F00",
    "teacher_3": "#CC79A7",
    "fc": "#D55E00",
    "fc_gp": "#E69F00",
    "ck": "#0072B2",
    "ck_lp": "#56B4E9",
    "ck_gp": "#009E73",
    "lda": "#444444",
    "latent_lda": "#8A6D00",
    "mlp_linear": "#CC79A7",
    "mlp_relu": "#0072B2",
    "mlp_tanh": "#E69F00",
    "ntk_linear": "#CC79A7",
    "ntk_relu": "#000000",
    "kernel_linear": "#CC79A7",
    "kernel_quadratic": "#E69F00",
    "kernel_arc_cosine": "#56B4E9",
    "resnet": "#0072B2",
    "resnet_none": "#0072B2",
    "resnet_larger_digit": "#E69F00",
    "resnet_less_background": "#009E73",
    "resnet_no_colour": "#444444",
    "ntk_start": "#CC79A7",
    "ntk_start_each": "#E69F00",
    "ntk_below": "#56B4E9",
    "ntk_at": "#0072B2",
    "ntk_above": "#D55E00",
}
"""By model; relatives of the three architectures on other tasks keep their colour and marker."""
MARKERS = {
    "fcn": "s",
    "lcn": "o",
    "cnn": "^",
    "linear": "D",
    "ratio": "o",
    "quadratic_fcn": "s",
    "quadratic_lcn": "o",
    "quadratic_cnn": "^",
    "pooled_cnn": "^",
    "wide_fcn": "s",
    "wide_lcn": "o",
    "wide_cnn": "^",
    "teacher_1": "o",
    "teacher_2": "s",
    "teacher_3": "^",
    "fc": "s",
    "fc_gp": "D",
    "ck": "o",
    "ck_lp": "v",
    "ck_gp": "^",
    "lda": "s",
    "latent_lda": "D",
    "mlp_linear": "D",
    "mlp_relu": "o",
    "mlp_tanh": "^",
    "ntk_linear": "v",
    "ntk_relu": "s",
    "kernel_linear": "D",
    "kernel_quadratic": "^",
    "kernel_arc_cosine": "o",
    "resnet": "o",
    "resnet_none": "o",
    "resnet_larger_digit": "^",
    "resnet_less_background": "v",
    "resnet_no_colour": "s",
    "ntk_start": "D",
    "ntk_start_each": "X",
    "ntk_below": "v",
    "ntk_at": "o",
    "ntk_above": "P",
}
NAMES = {
    "fcn": "FCN",
    "lcn": "LCN",
    "cnn": "CNN",
    "linear": "linear",
    "oracle": "LSA oracle",
    "bayes": "Bayes",
    "ratio": "LCN / CNN",
    "quadratic_fcn": "FCN, quadratic",
    "quadratic_lcn": "LCN, quadratic",
    "quadratic_cnn": "CNN, quadratic",
    "pooled_cnn": "CNN, pooled",
    "wide_fcn": "FCN, wide",
    "wide_lcn": "LCN, wide",
    "wide_cnn": "CNN, wide",
    "teacher_1": "teacher of depth 1",
    "teacher_2": "teacher of depth 2",
    "teacher_3": "teacher of depth 3",
    "fc": "FC",
    "fc_gp": "FC, global pooling",
    "ck": "CK",
    "ck_lp": "CK, local pooling",
    "ck_gp": "CK, global pooling",
    "lda": "LDA",
    "latent_lda": "LDA on the latents",
    "mlp_linear": "MLP, linear",
    "mlp_relu": "MLP, ReLU",
    "mlp_tanh": "MLP, tanh",
    "ntk_linear": "NTK, linear",
    "ntk_relu": "NTK, ReLU",
    "kernel_linear": "linear kernel",
    "kernel_quadratic": "quadratic kernel",
    "kernel_arc_cosine": "arc-cosine kernel",
    "resnet": "residual net",
    "resnet_none": "digits as they are",
    "resnet_larger_digit": "larger digit",
    "resnet_less_background": "less background",
    "resnet_no_colour": "no colour",
    "ntk_start": "NTK, LSA at b = 0",
    "ntk_start_each": "NTK, LSA at b = 0, b a channel",
    "ntk_below": "NTK, LSA at b = σ/2",
    "ntk_at": "NTK, LSA at b = σ",
    "ntk_above": "NTK, LSA at b = 3σ",
}
MODELS = ("fcn", "lcn", "cnn", "linear")
"""Models in the order in which every legend lists them."""

LINES = {
    "fit": "-",
    "measured": "-",
    "upper bound": (0, (5, 2)),
    "lower bound": (0, (1.2, 1.6)),
    "derived": (0, (6, 2, 1, 2)),
}
"""Line style by what a curve is: a fit is solid, a theorem's slope is dashed (upper bound) or dotted (lower
bound)."""

ARROW_UP = Path(
    [[0, 0], [0, 1], [-0.34, 0.58], [0, 1], [0.34, 0.58]],
    [Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO, Path.LINETO],
)
"""Marker of a right-censored value: the truth lies above."""
ARROW_DOWN = Path([[x, -y] for x, y in np.asarray(ARROW_UP.vertices)], ARROW_UP.codes)
"""Marker of a left-censored value: the truth lies below."""

STYLE: dict[str, Any] = {
    "font.size": 8,
    "axes.titlesize": 7.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.5,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "nstar",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": False,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw or save in the house style, whatever the user's own matplotlib settings are."""
    with matplotlib.style.context(["default", STYLE], after_reset=True):
        yield
