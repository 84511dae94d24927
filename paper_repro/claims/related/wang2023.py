"""Wang and Wu 2023: locality and weight sharing told apart on one regression task."""

import math

from paper_repro.claims.claim import Claim, Paper
from paper_repro.rules.exponents import ExponentAbove, ExponentBelow, ExponentEquals

PAPER = Paper(
    id="wang2023",
    authors="Wang and Wu 2023",
    title="Theoretical Analysis of the Inductive Biases in Deep Convolutional Networks",
    source="arXiv 2305.08404",
)

_WHERE = {"task": "quadratic_regression"}
_STAND_IN = (
    "Read is the abstract; the paper's text was not found. Its task is another: by Lahoti et al. 2024 "
    "(introduction) the product of two differences of quadratic forms, one of each half of a Gaussian image, "
    "of degree four. One difference of quadratic forms, of degree two, and nets of one hidden layer stand in "
    "for it and for the paper's nets."
)
_SQUARED_LOG = 2 / math.log(math.sqrt(4 * 32))
"""Slope of log^2 d at the middle of the paper preset's d = 4 to 32."""


CLAIMS = tuple(
    Claim(
        f"quadratic-regression-{net}",
        f"Stand-in, a regression on a difference of quadratic forms: the {net.upper()} needs {words}.",
        rule,
        paper=PAPER,
        section="abstract",
        quote=quote,
        kind="question",
        experiment="quadratics",
        protocol="direct",
        figures=("related-tasks",),
        caveat=_STAND_IN,
    )
    for net, quote, words, rule in (
        (
            "fcn",
            "we prove that FCNs require Ω(d^2) samples",
            "Omega(d^2) samples",
            ExponentAbove(model="quadratic_fcn", variable="d", value=2.0, margin=0.25, where=_WHERE),
        ),
        (
            "lcn",
            "LCNs need only Õ(d) samples",
            "Omega(d) and at most O(d) samples, up to logarithms",
            ExponentEquals(model="quadratic_lcn", variable="d", value=1.0, where=_WHERE),
        ),
        (
            "cnn",
            "CNNs need only Õ(log^2 d) samples",
            "O(log^2 d) samples, up to logarithms of the logarithm",
            ExponentBelow(model="quadratic_cnn", variable="d", value=_SQUARED_LOG, where=_WHERE),
        ),
    )
)
