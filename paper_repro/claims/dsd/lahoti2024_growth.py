"""Lahoti et al. 2024: what a patch costs the CNN, between the d of the best learner and the k + d of the
upper bound."""

from functools import partial

from paper_repro.claims.claim import Claim
from paper_repro.claims.dsd.lahoti2024 import PAPER
from paper_repro.rules.patch_weight import PatchWeightAbove, PatchWeightBelow

_GROWTH = (
    "Success is defined by one required alignment with the signal, cosine 0.8, at fixed sigma = 0.15: the "
    "tolerance of each k is what that alignment costs in risk, and not the paper's 0.03. The law is the "
    "suite's choice; lack of fit counts as noise of the cells. It speaks of these sizes, not of the limit."
)

_claim = partial(
    Claim,
    paper=PAPER,
    section="section 1, on k + d",
    quote="This is an artifact of the gradient descent analysis",
    kind="question",
    experiment="cnn-growth",
    protocol="honest",
    figures=("cnn-growth",),
)

CLAIMS = (
    _claim(
        id="cnn-pays-patches",
        statement="Gradient descent on the CNN pays for patches too: a patch costs at least a tenth of a "
        "coordinate.",
        rule=PatchWeightAbove(model="cnn", weight=0.1),
        caveat=f"The authors add that it may be a cost of gradient descent. {_GROWTH} The limit of a "
        "tenth is the suite's choice too.",
    ),
    _claim(
        id="cnn-pays-less-than-bound",
        statement="Gradient descent on the CNN pays less for a patch than for a coordinate: less than the "
        "k + d of the upper bound.",
        rule=PatchWeightBelow(model="cnn", weight=1.0),
        caveat=_GROWTH,
    ),
)
