"""DSD in the kernel regime: what a kernel of each architecture can learn, and from how many samples."""

from typing import Any

from paper_repro.claims.claim import ASKED_AGAIN, Claim, Kind
from paper_repro.claims.dsd.lahoti2024 import PAPER
from paper_repro.rules.censored import NeverReaches
from paper_repro.rules.exponents import ExponentAbove, ExponentBelow
from paper_repro.rules.ratios import RatioOfVariants
from sims.experiments.kernels.kernels import ACTIVATION
from sims.tables.configs import written

_REGIME = (
    "The paper has no kernels; statement and numbers are the suite's. sigma = 0.15, the target is that of "
    "the trained nets, the risk of the ground-truth net + 0.03. Exponents hold over the sizes run, k from 5 "
    "to 10 and d from 4 to 8 in the paper preset, and not in the limit."
)
_ODD = {
    "learner": "kernel_regression",
    "options": written("learner", "kernel_regression", activation=ACTIVATION),
}
_RELU = {"learner": "kernel_regression", "options": None}


def _claim(*stated: Any, kind: Kind = "question", caveat: str = "", experiment: str = "kernels") -> Claim:
    return Claim(
        *stated,
        paper=PAPER,
        section="not in the paper: kernel regime",
        kind=kind,
        experiment=experiment,
        protocol="honest",
        figures=("kernels", "kernel-exponents"),
        caveat=f"{caveat} {_REGIME}".strip(),
    )


CLAIMS = (
    _claim(
        "kernel-relu-plateau",
        "Regression with the ReLU tangent kernel of one hidden layer reaches the target of the trained nets "
        "from no number of samples tried, whatever the architecture.",
        NeverReaches(where=_RELU),
        kind="check",
        caveat="Its odd part is linear, the label's mean is odd: in the limit it is the best linear "
        "predictor.",
    ),
    _claim(
        "kernel-sharing-with-pooling",
        "With global pooling the convolutional kernel shares what it learns among patches: its n* does not "
        "grow with k.",
        ExponentBelow(model="cnn", variable="k", value=0.0, margin=0.25, where=_ODD),
    ),
    _claim(
        "kernel-no-sharing-without-pooling",
        "Without pooling a convolutional net has the kernel of the locally connected one, whose n* grows "
        "with k: no weight sharing without pooling.",
        ExponentAbove(model="lcn", variable="k", value=0.25, where=_ODD),
        caveat="The limit of 0.25 is the one below which the pooled kernel's n* counts as not growing.",
    ),
    _claim(
        "kernel-lcn-patches",
        "Without pooling every patch is learnt alone: the locally connected kernel's n* grows at least in "
        "proportion to k.",
        ExponentAbove(model="lcn", variable="k", value=1.0, margin=0.25, where=_ODD),
        experiment="replicated-kernels",
        caveat=ASKED_AGAIN,
    ),
    _claim(
        "kernel-cnn-dimension",
        "The convolutional kernel pays more for a coordinate than the trained CNN, whose bound is linear in "
        "d: its n* grows faster than d^1.5.",
        ExponentAbove(model="cnn", variable="d", value=1.5, where=_ODD),
        caveat="It has to learn cubic polynomials of a patch, about d^3/6 of them; the net learns one "
        "direction.",
    ),
    _claim(
        "kernel-lcn-dimension",
        "The locally connected kernel pays more for a coordinate than the trained LCN, whose bound is linear "
        "in d: its n* grows faster than d^1.5.",
        ExponentAbove(model="lcn", variable="d", value=1.5, where=_ODD),
        caveat="It has to learn cubic polynomials of every patch, about d^3/6 each.",
    ),
    _claim(
        "kernel-fcn-patches",
        "The fully connected kernel's n* grows faster than k^2, the trained FCN's lower bound.",
        ExponentAbove(model="fcn", variable="k", value=2.0, where=_ODD),
        caveat="It has to learn cubic polynomials of the image, about (kd)^3/6 of them.",
    ),
    *(
        _claim(
            f"kernel-{model}-over-net",
            f"Feature learning pays against the {ACTIVATION} kernel: that of the {model.upper()} needs at "
            "least twice the samples of the trained net.",
            RatioOfVariants(
                name=f"{model.upper()} kernel over {model.upper()} net",
                above={"model": model, **_ODD},
                below={"model": model, "learner": "gradient_descent"},
                low=2.0,
                high=1e6,
            ),
            caveat="The factor of two is the suite's. It speaks of this activation: the kernel of one that "
            "thresholds, LSA at b = 0.3, can need fewer samples than the trained LCN (docs/kernels-dsd.md).",
        )
        for model in ("lcn", "cnn")
    ),
    _claim(
        "kernel-fcn-over-net",
        f"Against the {ACTIVATION} kernel the FCN gains less than a factor of two from features, and loses "
        "less.",
        RatioOfVariants(
            name="FCN kernel over FCN net",
            above={"model": "fcn", **_ODD},
            below={"model": "fcn", "learner": "gradient_descent"},
            low=0.5,
            high=2.0,
        ),
        caveat="The factor of two is the suite's. The net has the soft threshold of the theorems, the kernel "
        "erf.",
    ),
)
