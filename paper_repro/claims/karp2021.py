"""Karp, Winston, Li and Singh 2021: local signal adaptivity, on one noise-free patch amid noise."""

from paper_repro.claims.claim import Claim, Kind, Paper
from paper_repro.rules.base import Rule
from paper_repro.rules.censored import NeverReaches
from paper_repro.rules.exponents import ExponentBelow
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow

PAPER = Paper(
    id="karp2021",
    authors="Karp, Winston, Li and Singh 2021",
    title="Local Signal Adaptivity: Provable Feature Learning in Neural Networks Beyond Kernels",
    source="NeurIPS 2021",
)

_RUN = (
    "The settings of the synthetic run are those of the paper's released code; the theorem texts were not "
    "read. Kernels are not measured here: a linear model stands for what cannot threshold."
)
_PUBLISHED = {"k": 1000, "steps": 10_000}
"""The size of the synthetic run: at other sizes these numbers would say something else."""


def _trained(id: str, statement: str, rule: Rule, *, kind: Kind, caveat: str) -> Claim:
    return Claim(
        paper=PAPER,
        id=id,
        section="synthetic experiment",
        kind=kind,
        statement=statement,
        rule=rule,
        experiment="local-signal-training",
        figures=("local-signal-training",),
        caveat=f"{_RUN} Judged at k = 1000 only, by means over independent runs. {caveat}",
    )


def _sampled(id: str, statement: str, rule: Rule) -> Claim:
    return Claim(
        paper=PAPER,
        id=id,
        section="synthetic experiment",
        kind="question",
        statement=statement,
        rule=rule,
        experiment="local-signal",
        protocol="honest",
        figures=("related-tasks",),
        caveat=f"{_RUN} The paper trains on fresh samples: n* is this suite's question.",
    )


CLAIMS = (
    _trained(
        "local-signal-thresholds",
        "Trained online, the CNN learns to threshold the noise: after 10,000 steps its bias is above the "
        "noise of its pre-activations, b > sigma |w|.",
        QuantityAbove(quantity="final_threshold", bound=1.0, where=_PUBLISHED),
        kind="reported",
        caveat="The paper says so in words; to count a bias above one standard deviation as that is the "
        "suite's reading.",
    ),
    _trained(
        "local-signal-aligns",
        "Trained online, the CNN's filter has a cosine above 0.95 with the signal after 10,000 steps.",
        QuantityAbove(quantity="final_cosine", bound=0.95, where=_PUBLISHED),
        kind="question",
        caveat="The number 0.95 is the suite's; the paper says in words that the CNN finds the signal.",
    ),
    _trained(
        "local-signal-error",
        "Trained online, the CNN's 0-1 error is below 0.05 after 10,000 steps.",
        QuantityBelow(quantity="final_error", bound=0.05, where=_PUBLISHED),
        kind="question",
        caveat="The number 0.05 is the suite's, for an error near 0. It speaks of this many steps, not of "
        "the limit.",
    ),
    _trained(
        "local-signal-beats-linear",
        "Trained online, the CNN's 0-1 error is below half of the best linear predictor's after 10,000 "
        "steps.",
        QuantityBelow(quantity="error_over_linear", bound=0.5, where=_PUBLISHED),
        kind="question",
        caveat="The factor one half is the suite's.",
    ),
    _sampled(
        "local-signal-linear",
        "From no number of samples tried does a linear model learn the task.",
        NeverReaches(where={"model": "linear", "task": "local_signal"}),
    ),
    _sampled(
        "local-signal-cnn",
        "The CNN's n* grows slower than the number of patches.",
        ExponentBelow(model="cnn", variable="k", value=1.0, where={"task": "local_signal"}),
    ),
)
