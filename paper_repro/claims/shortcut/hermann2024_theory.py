"""Hermann, Mobahi, Fel and Mozer 2024, section 6: kernel theory of the bias, and what kernels decide."""

from functools import partial

from paper_repro.claims.claim import Claim
from paper_repro.claims.shortcut.hermann2024 import BIAS, PAPER
from paper_repro.rules.order import QuantityOrder
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow
from sims.experiments.shortcut.shortcut_theory import EQUAL, LIMIT, RHO
from theory.shortcut import FIRST_ORDER

_DECISIONS = (
    "Kernels |x||x'| h(cos) on the two features, 1600 samples, the ridge selected on a validation set "
    "(paper preset). The theorem is about derivatives of an alignment at small covariance; that they speak "
    "of decisions is the question here. The paper's ReLU network is the quadratic fit of the "
    "arc-cosine kernel."
)
_CURVED = ("quadratic", "arc_cosine", "ntk")
_LARGE = {"rho_s": RHO, "train": 1600, "spread": 1.0}
_KERNEL_BIAS = "bias_absolute"

_SENSITIVITY = (
    "Computed from the printed eigenfunctions, in the limit of small covariance, by power series in exact "
    "fractions. The paper's ReLU network is the quadratic fit 815/3072 (1 + u)^2 of the arc-cosine kernel; "
    "the kernel itself first tells the features apart at m = 7, the tangent kernel of both layers at 3."
)
_EXACT = 1e-12
_question = partial(Claim, paper=PAPER, section="section 6", kind="question")

CLAIMS = (
    *(
        Claim(
            paper=PAPER,
            id=f"shortcut-{id}",
            section=section,
            quote=quote,
            kind="theorem",
            statement=statement,
            rule=rule,
            experiment="shortcut-sensitivity",
            figures=("shortcut-theory",),
            caveat=_SENSITIVITY,
        )
        for id, section, quote, statement, rule in (
            (
                "spectrum",
                "section 6, kernel spectrum",
                "has only two non-zero eigenvalues",
                "The kernel operator of the ReLU fit has two eigenvalues 2 a* |A mu|^2, a* = 815/3072, that "
                "of the linear kernel one, |A mu|^2, and no other.",
                AgreesWithPrediction(quantity="eigenvalue", relative=_EXACT, absolute=True),
            ),
            (
                "eigenfunctions",
                "section 6, kernel spectrum",
                "with associated eigenfunctions given by",
                "The printed phi satisfy T phi = lambda phi, at points in all directions.",
                AgreesWithPrediction(quantity="eigenfunction_residual", relative=_EXACT, absolute=True),
            ),
            (
                "orthonormal",
                "section 6, kernel spectrum, footnote",
                "given a pair of orthonormal functions",
                "The printed phi are orthonormal, as eigenfunctions are counted there.",
                AgreesWithPrediction(quantity="gram_residual", relative=_EXACT, absolute=True),
            ),
            (
                "sensitivity-linear",
                "section 6, sensitivity analysis",
                "In a linear network, |zeta_1| - |zeta_2| is always zero",
                "For the linear kernel |zeta_1| - |zeta_2| is 0, at all m from 1 to 9.",
                AgreesWithPrediction(
                    quantity="difference", where={"kernel": "linear"}, relative=_EXACT, absolute=True
                ),
            ),
            (
                "sensitivity-before",
                "section 6, sensitivity analysis",
                "In a ReLU network, |zeta_1| - |zeta_2|=0 for any 1 <= m <= 8.",
                "For the ReLU fit |zeta_1| - |zeta_2| is 0 at all m from 1 to 8.",
                AgreesWithPrediction(
                    quantity="difference",
                    where={"kernel": "relu", "at": tuple(float(m) for m in range(1, FIRST_ORDER))},
                    relative=_EXACT,
                    absolute=True,
                ),
            ),
            (
                "sensitivity",
                "section 6, sensitivity analysis",
                "The first non-zero |zeta_1| - |zeta_2| happens at m=9",
                "There it is 5670/|A mu|^18 (a_1 a_2 mu_1 mu_2)^8 (a_1^2 mu_1^2 - a_2^2 mu_2^2).",
                AgreesWithPrediction(
                    quantity="difference",
                    where={"kernel": "relu", "at": float(FIRST_ORDER)},
                    relative=_EXACT,
                ),
            ),
            (
                "sensitivity-equal",
                "section 6, sensitivity analysis",
                "for equally predictive features, the ReLU networks are always biased toward the more "
                "available feature",
                "With mu_1 = mu_2 the sign of (|zeta_1| - |zeta_2|)(a_1 - a_2) is positive.",
                QuantityAbove(
                    quantity="bias_sign", bound=0.0, where={"kernel": "relu", "mu_1": 1.0, "mu_2": 1.0}
                ),
            ),
        )
    ),
    _question(
        id="shortcut-kernel",
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
    _question(
        id="shortcut-kernel-size",
        section="sections 6 and 8",
        quote="inevitability of a shortcut bias for a single-hidden-layer nonlinear (ReLU) MLP",
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
        _question(
            id=f"shortcut-theory-{id}",
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
                "equal",
                "At ratio 1 theory turns to the more predictive feature, the core: the bias is negative "
                "there.",
                QuantityBelow(
                    quantity=_KERNEL_BIAS, bound=0.0, where={"ratio": 1.0, "kernel": _CURVED, **_LARGE}
                ),
            ),
            (
                "equally-predictive",
                "Where both features predict alike the bias has the sign of the theory too: positive at "
                "rho_s = rho_c = 0.9 and ratios 8 and 64.",
                QuantityAbove(
                    quantity=_KERNEL_BIAS,
                    bound=0.0,
                    where={**_LARGE, "ratio": (8.0, 64.0), "kernel": _CURVED, "rho_s": EQUAL},
                ),
            ),
            (
                "equally-predictive-below",
                "And negative at ratio 1/8, where the core is the more available one.",
                QuantityBelow(
                    quantity=_KERNEL_BIAS,
                    bound=0.0,
                    where={**_LARGE, "ratio": 0.125, "kernel": _CURVED, "rho_s": EQUAL},
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
