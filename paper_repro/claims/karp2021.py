"""Karp, Winston, Li and Singh 2021: local signal adaptivity, on one noise-free patch amid noise."""

from paper_repro.claims.claim import Claim, Paper
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


def _claim(
    id: str, statement: str, rule: Rule, experiment: str, *, protocol: str | None = None, caveat: str = _RUN
) -> Claim:
    figures = ("local-signal-training",) if experiment == "local-signal-training" else ("related-tasks",)
    return Claim(
        paper=PAPER,
        id=id,
        section="synthetic experiment",
        kind="reported",
        statement=statement,
        rule=rule,
        experiment=experiment,
        protocol=protocol,
        figures=figures,
        caveat=caveat,
    )


CLAIMS = (
    _claim(
        "local-signal-aligns",
        "Trained online, the CNN's filter aligns with the signal: its cosine passes 0.95.",
        QuantityAbove(quantity="cosine", bound=0.95, every=False),
        "local-signal-training",
    ),
    _claim(
        "local-signal-thresholds",
        "Trained online, the CNN's bias rises above the noise of its pre-activations: b > sigma |w|.",
        QuantityAbove(quantity="threshold", bound=1.0, every=False),
        "local-signal-training",
    ),
    _claim(
        "local-signal-error",
        "Trained online for the published number of steps, the CNN's 0-1 error falls to 0.05.",
        QuantityBelow(quantity="error", bound=0.05, every=False),
        "local-signal-training",
        caveat=_RUN + " The number 0.05 is the suite's reading of an error near 0.",
    ),
    _claim(
        "local-signal-beats-linear",
        "Trained online, the CNN's 0-1 error falls below half of the best linear predictor's.",
        QuantityBelow(quantity="error", bound=0.22, every=False),
        "local-signal-training",
        caveat=_RUN + " The best linear predictor errs on 0.442 at k = 1000 (quantity error_linear).",
    ),
    _claim(
        "local-signal-linear",
        "From no number of samples tried does a linear model learn the task.",
        NeverReaches(where={"model": "linear", "task": "local_signal"}),
        "local-signal",
        protocol="direct",
    ),
    _claim(
        "local-signal-cnn",
        "The CNN's n* grows slower than the number of patches.",
        ExponentBelow(model="cnn", variable="k", value=1.0, where={"task": "local_signal"}),
        "local-signal",
        protocol="direct",
    ),
)
