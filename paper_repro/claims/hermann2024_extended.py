"""Hermann, Mobahi, Fel and Mozer 2024 beyond vectors: images, numbers of samples, and kernel theory."""

from paper_repro.claims.claim import Claim, Kind
from paper_repro.claims.hermann2024 import BIAS, PAPER
from paper_repro.rules.base import Rule
from paper_repro.rules.order import QuantityOrder
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow

BACKGROUND = "along_s_final"
_IMAGES = (
    "Images of 24 x 24 pixels, a small residual net with batch normalisation, Adam at 0.001, 12 epochs "
    "(paper preset); the paper has 224 x 224, ResNet-18 and 100 epochs, as the preset full has. Bias is "
    "signed reliance less that of the optimal classifier of the latents, after the last step. At equal "
    "areas disc and square, three pixels across, are hard to tell apart, and reading both as one "
    "brightness costs two per cent of accuracy at rho_s = 0.8: a bias below rho_s = 0.9 that is not one of "
    "availability."
)
_DIGITS = (
    "The paper has birds on water and land, and faces; here digits before textured backgrounds, a small "
    "residual net, ten epochs (paper preset). Agreement with the background is the mean of decision times "
    "background on held-out digits with all combinations alike: 0 for a net that does not look at it, as "
    "the Bayes rule does not where the core predicts better."
)
_THEORY = (
    "Kernels |x||x'| h(cos) on the two features, 1600 samples, the ridge selected on a validation set "
    "(paper preset). gamma is the suite's reconstruction of a theorem whose text it does not have; that "
    "its derivatives speak of decisions is the question here."
)
PLAIN = {"scale": 1, "share": 1.0, "colour": True}
"""Digits as they are."""
_CURVED = ("quadratic", "arc_cosine", "ntk")
_LARGE = {"train": 1600, "spread": 1.0}


def _but(field: str) -> dict[str, float]:
    """The fields of plain digits but for one."""
    return {name: value for name, value in PLAIN.items() if name != field}


def _claim(
    id: str,
    section: str,
    statement: str,
    rule: Rule,
    experiment: str,
    *,
    figure: str,
    caveat: str,
    kind: Kind = "reported",
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
        caveat=caveat,
    )


CLAIMS = (
    *(
        _claim(
            f"shortcut-footprint-{id}",
            "figure 4",
            statement,
            rule,
            "shortcut-footprint",
            figure="shortcut-images",
            caveat=_IMAGES,
        )
        for id, statement, rule in (
            (
                "bias",
                "A residual net leans on the feature that takes more pixels, more than the optimal "
                "classifier: the bias is positive at every predictivity from 0.8 to 0.9 where the shortcut "
                "has five times the core's pixels.",
                QuantityAbove(quantity=BIAS, bound=0.0, where={"ratio": 5.0, "rho_s": (0.8, 0.9)}),
            ),
            (
                "growth",
                "The bias grows with the footprint: at rho_s = 0.9 it is larger at five times the pixels "
                "than at three, and there larger than at one.",
                QuantityOrder(quantity=BIAS, by="ratio", order=(1.0, 3.0, 5.0), where={"rho_s": 0.9}),
            ),
            (
                "ends",
                "At rho_s = 0.8, where the core predicts better, the bias is larger at five times the "
                "pixels than at one.",
                QuantityOrder(quantity=BIAS, by="ratio", order=(1.0, 5.0), where={"rho_s": 0.8}),
            ),
        )
    ),
    *(
        _claim(
            f"shortcut-digits-{id}",
            "section 7",
            statement,
            rule,
            "shortcut-digits",
            figure="shortcut-images",
            caveat=_DIGITS,
        )
        for id, statement, rule in (
            (
                "background",
                "Nets lean on the background though the core predicts better: they agree with it at rho_s "
                "= 0.7 and 0.8.",
                QuantityAbove(quantity=BACKGROUND, bound=0.0, where={"rho_s": (0.7, 0.8), **PLAIN}),
            ),
            (
                "larger-core",
                "A larger core makes the background less of a shortcut.",
                QuantityOrder(
                    quantity=BACKGROUND, by="scale", order=(2, 1), where={"rho_s": 0.8} | _but("scale")
                ),
            ),
            (
                "less-background",
                "So does taking a part of the background away.",
                QuantityOrder(
                    quantity=BACKGROUND, by="share", order=(0.25, 1.0), where={"rho_s": 0.8} | _but("share")
                ),
            ),
            (
                "no-colour",
                "So does taking its colour.",
                QuantityOrder(
                    quantity=BACKGROUND,
                    by="colour",
                    order=(False, True),
                    where={"rho_s": 0.8} | _but("colour"),
                ),
            ),
        )
    ),
    *(
        _claim(
            f"shortcut-samples-{id}",
            "patches",
            statement,
            QuantityOrder(
                quantity="bias_signed_best_validation", by=by, order=order, where={"ratio": 4.0, **where}
            ),
            "shortcut-patches-n",
            kind="question",
            figure="shortcut-samples",
            caveat="Asked by no paper. The predictivity of the shortcut is that at which the optimal "
            "classifier gives it no weight. Nets as the protocol honest selects them.",
        )
        for id, statement, by, order, where in (
            (
                "sharing",
                "From 320 samples, a CNN is less biased toward a shortcut four times as available than an "
                "LCN.",
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
                    f"More samples make the bias of the {model.upper()} smaller: it falls from 20 over "
                    "80 and 320 to 1280.",
                    "n",
                    (1280.0, 320.0, 80.0, 20.0),
                    {"model": model},
                )
                for model in ("fcn", "lcn", "cnn")
            ),
        )
    ),
    *(
        _claim(
            f"shortcut-theory-{id}",
            "section 4",
            statement,
            rule,
            "shortcut-theory",
            kind="question",
            figure="shortcut-theory",
            caveat=_THEORY,
        )
        for id, statement, rule in (
            (
                "above",
                "The predictors' bias has the sign of the theory where the shortcut is the more available "
                "feature: positive at ratios 8 and 64, for all kernels but the linear one.",
                QuantityAbove(
                    quantity="bias_signed",
                    bound=0.0,
                    where={"ratio": (8.0, 64.0), "kernel": _CURVED, **_LARGE},
                ),
            ),
            (
                "below",
                "And where it is the less available one: negative at ratios 1/8 and 1/64.",
                QuantityBelow(
                    quantity="bias_signed",
                    bound=0.0,
                    where={"ratio": (0.125, 1 / 64), "kernel": _CURVED, **_LARGE},
                ),
            ),
            (
                "equal",
                "At ratio 1 theory turns to the more predictive feature, the core: the bias is negative "
                "there.",
                QuantityBelow(
                    quantity="bias_signed", bound=0.0, where={"ratio": 1.0, "kernel": _CURVED, **_LARGE}
                ),
            ),
            (
                "order",
                "The earlier the order m at which theory tells the features apart (never for the linear "
                "kernel, 9 for the quadratic, 7 for the arc-cosine, 3 for the tangent kernel), the larger "
                "the bias at ratio 64.",
                QuantityOrder(
                    quantity="bias_signed",
                    by="kernel",
                    order=("linear", *_CURVED),
                    where={"ratio": 64.0, **_LARGE},
                ),
            ),
            (
                "limit",
                "In the limit of small covariance, of which the theorem speaks, all kernels decide alike, "
                "the linear one too: by sign(alpha_s^2 mu_s z_s + alpha_c^2 mu_c z_c), within 0.05 in "
                "reliance.",
                AgreesWithPrediction(
                    quantity="reliance_signed", where={"spread": 0.01}, relative=0.05, absolute=True
                ),
            ),
        )
    ),
)
