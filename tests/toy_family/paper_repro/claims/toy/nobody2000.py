"""A paper that nobody wrote: how many samples a half-space takes."""

from paper_repro.claims.claim import Claim, Paper
from paper_repro.rules.exponents import ExponentAbove

PAPER = Paper(id="nobody2000", authors="Nobody 2000", title="Half-spaces", source="none: an example")
CLAIMS = (
    Claim(
        paper=PAPER,
        id="half-space-linear",
        section="VC dimension",
        kind="question",
        statement="A half-space in kd dimensions takes samples in proportion to k at a fixed d.",
        rule=ExponentAbove(model="linear", variable="k", value=0.5, margin=0.25),
        experiment="half-spaces",
        protocol="direct",
        figures=("half-spaces",),
    ),
)
