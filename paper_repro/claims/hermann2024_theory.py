"""Hermann, Mobahi, Fel and Mozer 2024, section 6: kernel theory of the bias, and what kernels decide."""

from paper_repro.claims.claim import Claim
from paper_repro.claims.hermann2024 import BIAS, PAPER
from paper_repro.rules.order import QuantityOrder
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow
from sims.experiments.shortcut_theory import LIMIT, RHO

_DECISIONS = (
    "Kernels |x||x'| h(cos) on the two features, 1600 samples, the ridge selected on a validation set "
    "(paper preset). The theorem is about derivatives of an alignment at small covariance; that they speak "
    "of decisions is the question here. The paper's ReLU network is the quadratic fit of the "
    "arc-cosine kernel."
)
_CURVED = ("quadratic", "arc_cosine", "ntk")
_LARGE = {"rho_s": RHO, "train": 1600, "spread": 1.0}
_KERNEL_BIAS = "bias_absolute"

CLAIMS = (
    Claim(
        paper=PAPER,
        id="shortcut-kernel",
        section="section 6",
        kind="question",
        statement="Kernel theory gives the bias its sign: the infinitely wide ReLU net with one hidden layer "
        "is more biased toward a shortcut 64 times as available than the linear kernel.",
        rule=QuantityOrder(
            quantity=BIAS,
            by="activation",
            order=("linear", "relu"),
            where={"learner": "kernel", "ratio": 64.0, "depth": 1},
        ),
        experiment="shortcut-kernels",
        figures=("shortcut-factors",),
        caveat="The ridge of both is selected alike, and by itself draws to the more available feature. The "
        "theorem is about derivatives of an alignment at small covariance; that it shows in the predictor's "
        "reliance is this suite's question.",
    ),
    Claim(
        paper=PAPER,
        id="shortcut-kernel-size",
        section="sections 6 and 8",
        quote="inevitability of a shortcut bias for a single-hidden-layer nonlinear (ReLU) MLP",
        kind="question",
        statement="Its bias is small, below 0.15: kernel theory alone does not explain that of trained nets.",
        rule=QuantityBelow(
            quantity=BIAS, bound=0.15, where={"learner": "kernel", "activation": "relu", "depth": 1}
        ),
        experiment="shortcut-kernels",
        figures=("shortcut-factors",),
        caveat="The ridge is selected on the validation set. The number is the suite's: the theory says that "
        "a bias is inevitable, not how large it is.",
    ),
    *(
        Claim(
            paper=PAPER,
            id=f"shortcut-theory-{id}",
            section="section 6",
            kind="question",
            statement=statement,
            rule=rule,
            experiment="shortcut-theory",
            figures=("shortcut-theory",),
            caveat=_DECISIONS,
        )
        for id, statement, rule in (
            (
                "above",
                "The predictors' bias has the sign of the theory where the shortcut is the more available "
                "feature: positive at ratios 8 and 64, for all kernels but the linear one.",
                QuantityAbove(
                    quantity=_KERNEL_BIAS,
                    bound=0.0,
                    where={"ratio": (8.0, 64.0), "kernel": _CURVED, **_LARGE},
                ),
            ),
            (
                "linear",
                "And the linear kernel's is 0 at every ratio, as theory has it.",
                AgreesWithPrediction(
                    quantity=_KERNEL_BIAS, where={"kernel": "linear", **_LARGE}, absolute=True
                ),
            ),
            (
                "below",
                "And where it is the less available one: negative at ratios 1/8 and 1/64.",
                QuantityBelow(
                    quantity=_KERNEL_BIAS,
                    bound=0.0,
                    where={"ratio": (0.125, 1 / 64), "kernel": _CURVED, **_LARGE},
                ),
            ),
            (
                "equal",
                "At ratio 1 theory turns to the more predictive feature, the core: the bias is negative "
                "there.",
                QuantityBelow(
                    quantity=_KERNEL_BIAS, bound=0.0, where={"ratio": 1.0, "kernel": _CURVED, **_LARGE}
                ),
            ),
            (
                "order",
                "The earlier the order m at which theory tells the features apart (never for the linear "
                "kernel, 9 for the quadratic, 7 for the arc-cosine, 3 for the tangent kernel), the larger "
                "the bias at ratio 64.",
                QuantityOrder(
                    quantity=_KERNEL_BIAS,
                    by="kernel",
                    order=("linear", *_CURVED),
                    where={"ratio": 64.0, **_LARGE},
                ),
            ),
            (
                "limit",
                "In the limit of small covariance at a fixed ridge all kernels decide alike, the linear "
                "one too: by sign(alpha_s^2 mu_s z_s + alpha_c^2 mu_c z_c), within 0.05 in reliance.",
                AgreesWithPrediction(
                    quantity="reliance_absolute",
                    where={"spread": LIMIT["spread"], "ridge": LIMIT["ridge"]},
                    relative=0.05,
                    absolute=True,
                ),
            ),
        )
    ),
)
