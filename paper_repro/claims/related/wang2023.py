"""Wang and Wu 2023: locality and weight sharing told apart on one regression task."""

import math

from paper_repro.claims.claim import Claim, Paper
from paper_repro.rules.base import Rule
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


def _claim(id: str, quote: str, statement: str, rule: Rule) -> Claim:
    return Claim(
        paper=PAPER,
        id=id,
        section="abstract",
        quote=quote,
        kind="question",
        statement=f"Stand-in, a regression on a difference of quadratic forms: {statement}",
        rule=rule,
        experiment="quadratics",
        protocol="direct",
        figures=("related-tasks",),
        caveat=_STAND_IN,
    )


CLAIMS = (
    _claim(
        "quadratic-regression-fcn",
        "we prove that FCNs require Ω(d^2) samples",
        "the FCN needs Omega(d^2) samples.",
        ExponentAbove(model="quadratic_fcn", variable="d", value=2.0, margin=0.25, where=_WHERE),
    ),
    _claim(
        "quadratic-regression-lcn",
        "LCNs need only Õ(d) samples",
        "the LCN needs Omega(d) and at most O(d) samples, up to logarithms.",
        ExponentEquals(model="quadratic_lcn", variable="d", value=1.0, where=_WHERE),
    ),
    _claim(
        "quadratic-regression-cnn",
        "CNNs need only Õ(log^2 d) samples",
        "the CNN needs O(log^2 d) samples, up to logarithms of the logarithm.",
        ExponentBelow(model="quadratic_cnn", variable="d", value=_SQUARED_LOG, where=_WHERE),
    ),
)
