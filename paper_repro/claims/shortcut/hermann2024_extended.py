"""Hermann, Mobahi, Fel and Mozer 2024 beyond vectors: images, and numbers of samples."""

from collections.abc import Callable
from functools import partial

from figures.drawing.captions import FCN_DIVERGES
from paper_repro.claims.claim import ASKED_AGAIN, Claim
from paper_repro.claims.shortcut.hermann2024 import PAPER
from paper_repro.rules.base import Rule
from paper_repro.rules.joint import AllOf
from paper_repro.rules.order import QuantityOrder
from paper_repro.rules.quantities import QuantityAbove
from sims.experiments.shortcut.shortcut_digits import AS_THEY_ARE

CHECKPOINTS = ("final", "best_validation")
"""The main text does not say at which step its nets are judged: a statement must hold after the last one and
at the least validation error."""
_BOTH = "after the last step and at the step of least validation error"
_IMAGES = (
    "Images of 24 x 24 pixels, a small residual net with batch normalisation, Adam at 0.001, 12 epochs "
    "(paper preset); the paper has ResNet-18, and its sizes are in the supplement, which was not found. Bias "
    "is reliance in the paper's form less that of the optimal classifier of the latents; the ratio is of "
    "areas. At rho_s = 0.8 and equal areas nets decide as total brightness does, which asks for no shape and "
    "costs two per cent of accuracy; at 0.9 and a larger disc they lie between that and the optimum. The "
    "rise at 0.9 and the fall at 0.8 may both be that, and not a preference for the larger feature. At which "
    "step nets are judged is not in the main text: a statement must hold at both, the last and that of the "
    "least validation error. Until a review each had claims of its own, those at the least validation error "
    "as reported. Claims were held in a signed form first, and ratios 3 and 5 were published before ratio 4 "
    "was asked for."
)
_ENDS = (
    " The paper makes no such comparison: at the least validation error this stood as reported until its "
    "text was read."
)
_BEYOND = "models prioritize the non-core feature more than they should, given its predictive value"
_REDUCED = "Bird accuracy increases as we reduce the availability of the image background"
_DIGITS = (
    "The paper has birds on water and land, and faces; here digits before textured backgrounds, a small "
    "residual net, ten epochs (paper preset). Agreement with the background is the mean of decision times "
    "background on digits kept for it, all combinations alike: 0 for a net that does not look at it. The "
    "Bayes rule does not where the core predicts better and is read without error; nets read it with some. "
    "A larger digit also covers more of the background and has fewer places."
)


def _but(field: str) -> dict[str, float]:
    """The fields of plain digits but for one."""
    return {name: value for name, value in AS_THEY_ARE.items() if name != field}


def _at_both(measure: str, rule: Callable[[str], Rule]) -> AllOf:
    """The rule on a measure at both steps."""
    return AllOf(tuple(rule(f"{measure}_{checkpoint}") for checkpoint in CHECKPOINTS))


_claim = partial(Claim, paper=PAPER)

CLAIMS = (
    *(
        _claim(
            f"shortcut-footprint-{id}",
            f"{statement} ({_BOTH}).",
            _at_both("bias_absolute", rule),
            section=section,
            experiment="shortcut-footprint",
            kind="question" if id == "ends" else "reported",
            quote=quote,
            figures=("shortcut-images",),
            caveat=_IMAGES + (_ENDS if id == "ends" else ""),
        )
        for id, section, quote, statement, rule in (
            (
                "bias",
                "figure 4",
                "",
                "A residual net is biased toward a feature with five times the core's pixels, at rho_s = "
                "0.8 and at 0.9",
                lambda quantity: QuantityAbove(
                    quantity=quantity, bound=0.0, where={"ratio": 5.0, "rho_s": (0.8, 0.9)}
                ),
            ),
            (
                "less-predictive",
                "figure 4C",
                "Even when the shortcut feature is less predictive, models have a shortcut bias",
                "With four times the core's pixels a residual net is biased toward a less predictive "
                "feature, at rho_s = 0.6, 0.7 and 0.8",
                lambda quantity: QuantityAbove(
                    quantity=quantity, bound=0.0, where={"ratio": 4.0, "rho_s": (0.6, 0.7, 0.8)}
                ),
            ),
            (
                "growth",
                "figure 4B",
                "Shortcut bias increases as a function of relative availability of the shortcut feature",
                "The bias grows with the footprint: at rho_s = 0.9 it is larger at five times the pixels "
                "than at three, and there larger than at one",
                lambda quantity: QuantityOrder(
                    quantity=quantity, by="ratio", order=(1.0, 3.0, 5.0), where={"rho_s": 0.9}
                ),
            ),
            (
                "ends",
                "figure 4",
                "",
                "At rho_s = 0.8, where the core predicts better, the bias is larger at five times the "
                "pixels than at one",
                lambda quantity: QuantityOrder(
                    quantity=quantity, by="ratio", order=(1.0, 5.0), where={"rho_s": 0.8}
                ),
            ),
        )
    ),
    *(
        _claim(
            f"shortcut-digits-{id}",
            f"{statement} ({_BOTH}).",
            _at_both("along_s", rule),
            section="section 7",
            experiment="shortcut-digits" if id == "background" else "replicated-digits",
            kind="reported",
            quote=_BEYOND if id == "background" else _REDUCED,
            figures=("shortcut-images",),
            caveat=_DIGITS if id == "background" else f"{_DIGITS} {ASKED_AGAIN}",
        )
        for id, statement, rule in (
            (
                "background",
                "Nets lean on the background though the core predicts better: they agree with it at rho_s "
                "= 0.8",
                lambda quantity: QuantityAbove(
                    quantity=quantity, bound=0.0, where={"rho_s": 0.8, **AS_THEY_ARE}
                ),
            ),
            *(
                (
                    id,
                    f"{words} makes nets agree with it less, at rho_s = 0.8",
                    lambda quantity, by=by, order=order: QuantityOrder(
                        quantity=quantity, by=by, order=order, where={"rho_s": 0.8} | _but(by)
                    ),
                )
                for id, words, by, order in (
                    ("larger-core", "A core of twice the size before the background", "scale", (2, 1)),
                    ("less-background", "Taking a part of the background away", "share", (0.25, 1.0)),
                    ("no-colour", "Taking the background's colour", "colour", (False, True)),
                )
            ),
        )
    ),
    *(
        _claim(
            f"shortcut-samples-{id}",
            statement,
            QuantityOrder(
                quantity="along_s_best_validation",
                by=by,
                order=order,
                where={"ratio": 4.0, "placement": "patch", **where},
            ),
            section="patches",
            experiment="shortcut-patches-n" if id == "more-lcn" else "replicated-patches",
            kind="question",
            figures=("shortcut-samples",),
            caveat="Asked by no paper. The predictivity of the shortcut is that at which the optimal "
            "classifier gives it no weight, the shortcut four times as available and in another patch. "
            "Nets as the protocol honest selects them. Measured by the agreement with the shortcut, which "
            "is 0 for a net that has learnt nothing, where bias is 1."
            + ("" if id == "more-lcn" else f" {ASKED_AGAIN}")
            + (f" {FCN_DIVERGES} Found after the verdict." if "fcn" in (*order, where.get("model")) else ""),
        )
        for id, statement, by, order, where in (
            (
                "sharing",
                "From 320 samples, a CNN goes with the shortcut less than an LCN.",
                "model",
                ("cnn", "lcn"),
                {"n": 320},
            ),
            (
                "locality",
                "And an LCN less than an FCN.",
                "model",
                ("lcn", "fcn"),
                {"n": 320},
            ),
            *(
                (
                    f"more-{model}",
                    f"More samples make the {model.upper()} go with the shortcut less: at 1280 than at 20.",
                    "n",
                    (1280.0, 20.0),
                    {"model": model},
                )
                for model in ("fcn", "lcn", "cnn")
            ),
        )
    ),
)
