"""Lahoti et al. 2024, as its public reviewers saw it: every criticism that a run can answer."""

from paper_repro.claims.claim import Claim
from paper_repro.claims.lahoti2024 import PAPER
from paper_repro.rules.ratios import AgreeWithin

CLAIMS = (
    Claim(
        paper=PAPER,
        id="one-patch-agree",
        statement="With a single patch FCN, LCN and CNN need the same number of samples.",
        section="criticism in the reviews",
        kind="criticism",
        rule=AgreeWithin(models=("fcn", "lcn"), reference="cnn", factor=1.5),
        experiment="one-patch",
        protocol="honest",
        figures=("one-patch",),
        caveat=(
            "With k = 1 the FCN of width 1, the LCN and the CNN are one function class, all trained from the "
            "same start, so that a contradiction would point to an error in the suite. The factor 1.5 is the "
            "suite's choice."
        ),
    ),
)
