"""Hermann, Mobahi, Fel and Mozer 2024: nets lean on available features, predictive or not."""

from paper_repro.claims.claim import Claim, Kind, Paper
from paper_repro.rules.base import Rule
from paper_repro.rules.order import QuantityOrder
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow
from sims.experiments.shortcut_bias import RHOS

PAPER = Paper(
    id="hermann2024",
    authors="Hermann, Mobahi, Fel and Mozer 2024",
    title="On the Foundations of Shortcut Learning",
    source="arXiv 2310.16228",
)

BIAS = "bias_signed_final"
LESS = tuple(sorted({rho for rhos in RHOS.values() for rho in rhos if rho < 0.9}))
"""Predictivities of the shortcut below that of the core."""
_NETS = (
    "Known from those who read the paper: architecture, optimiser and seeds behind its figures are not "
    "public. Here Adam at 0.001 on the squared error, batches of 64, 30 epochs, width 128 (paper preset); "
    "bias is signed reliance less that of LDA on the same data, after the last step."
)


def _claim(
    id: str,
    section: str,
    statement: str,
    rule: Rule,
    experiment: str,
    *,
    kind: Kind = "reported",
    figure: str = "shortcut-factors",
    caveat: str = "",
) -> Claim:
    return Claim(
        paper=PAPER,
        id=id,
        section=section,
        kind=kind,
        statement=statement,
        rule=rule,
        experiment=experiment,
        figures=(figure,),
        caveat=f"{_NETS} {caveat}".strip(),
    )


CLAIMS = (
    _claim(
        "shortcut-overrides",
        "figure 2",
        "A deep nonlinear net can lean on the less predictive feature when it is the more available one: "
        "there is a cell with rho_s < rho_c and a bias above 0.5.",
        QuantityAbove(quantity=BIAS, bound=0.5, where={"rho_s": LESS}, every=False),
        "shortcut-bias",
        figure="shortcut-bias",
        caveat="The number 0.5 is the suite's; the paper's worked example has 0.53, in a cell not known.",
    ),
    _claim(
        "shortcut-availability",
        "figure 2",
        "The bias grows with availability: at rho_s = 0.85 it is larger at ratio 64 than at 8, and there "
        "larger than at 1.",
        QuantityOrder(quantity=BIAS, by="ratio", order=(1.0, 8.0, 64.0), where={"rho_s": 0.85}),
        "shortcut-bias",
        figure="shortcut-bias",
        caveat="The three ratios are the suite's.",
    ),
    _claim(
        "shortcut-optimum",
        "section 3",
        "The optimal classifier relies on the features as the closed form says, suppressor included: LDA on "
        "the training set lies within 0.1 of it at every predictivity.",
        AgreesWithPrediction(quantity="lda_signed", relative=0.1, absolute=True),
        "shortcut-bias",
        kind="check",
        figure="shortcut-bias",
        caveat="The closed form is the suite's, for probes on every point of the rectangle.",
    ),
    _claim(
        "shortcut-linear",
        "figure 3B",
        "Linear nets are not biased, whatever the availability: within 0.1 of 0.",
        AgreesWithPrediction(
            quantity=BIAS, where={"activation": "linear", "depth": 1}, relative=0.1, absolute=True
        ),
        "shortcut-activations",
        caveat="The paper says near 0; a linear net that has converged is LDA.",
    ),
    *(
        _claim(
            f"shortcut-one-layer-{activation}",
            "figure 3C",
            f"One hidden layer is enough: a net with one {words} layer is biased toward a shortcut 64 times "
            "as available.",
            QuantityAbove(quantity=BIAS, bound=0.0, where={"activation": activation, "ratio": 64.0}),
            "shortcut-activations",
            kind="reported" if activation == "relu" else "question",
            caveat="The ratio is the suite's.",
        )
        for activation, words in (("relu", "ReLU"), ("tanh", "tanh"))
    ),
    _claim(
        "shortcut-depth",
        "figure 3A",
        "The bias grows with depth: it is larger with eight hidden ReLU layers than with one.",
        QuantityOrder(quantity=BIAS, by="depth", order=(1, 8), where={"ratio": 64.0}),
        "shortcut-depth",
        caveat="The rate is the one of three with the least validation error, for every seed. A difference "
        "in the standard error's own size cannot be seen: docs/shortcut.md states the power.",
    ),
    _claim(
        "shortcut-nesting",
        "section 4",
        "At equal amplitudes a nested core makes the shortcut the more available feature: the bias is larger "
        "with the core behind four layers than behind none.",
        QuantityOrder(quantity=BIAS, by="eta_c", order=(0, 4), where={"eta_s": 0}),
        "shortcut-nesting",
    ),
    _claim(
        "shortcut-kernel",
        "theory",
        "Kernel theory gives the bias its sign: the infinitely wide ReLU net with one hidden layer is biased "
        "toward a shortcut 64 times as available.",
        QuantityAbove(quantity=BIAS, bound=0.0, where={"learner": "kernel", "ratio": 64.0, "depth": 1}),
        "shortcut-kernels",
        kind="question",
        caveat="The paper's theorem is about derivatives of an alignment at small covariance; that it shows "
        "in the predictor's reliance is this suite's question.",
    ),
    _claim(
        "shortcut-kernel-size",
        "theory",
        "Its bias is small, below 0.15: kernel theory alone does not explain that of trained nets.",
        QuantityBelow(quantity=BIAS, bound=0.15, where={"learner": "kernel", "depth": 1}),
        "shortcut-kernels",
        kind="question",
        caveat="The number is the suite's.",
    ),
)
