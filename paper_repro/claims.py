"""Claims of the DSD paper as data: what it says, which cells speak to it, and the rule that decides it.

The decision margins are choices of this suite, made before its own runs but knowing a small calibration of
the same protocol: a slope read off sizes that span a factor of three cannot tell a power from a power times a
logarithm.
"""

import dataclasses
from typing import Literal

from figures.captions import FCN_START

PAPER = "Lahoti et al. 2024, arXiv 2403.15707"
MARGIN = 0.25
"""Exponents closer than this count as equal: over a threefold range they differ by a factor of at most 3^0.25
= 1.32."""
LEVEL = 0.05
"""Largest error probability of a verdict "reproduced" or "contradicted"."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExponentEquals:
    """n* of `model` grows as `variable` to the power `value`: reproduced if the exponent differs from it by
    less than the margin, contradicted if by more."""

    model: str
    variable: str
    value: float
    margin: float = MARGIN

    @property
    def text(self) -> str:
        """The rule in words."""
        low, high = self.value - self.margin, self.value + self.margin
        return (
            f"Exponent of {self.variable} in a power law fitted to the {self.model.upper()}'s brackets. "
            f"Reproduced if it lies in [{low:g}, {high:g}] (two one-sided tests), contradicted if it lies "
            f"outside, each at error probability {LEVEL:g}."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExponentBelow:
    """n* of `model` grows at most as `variable` to the power `value`; `margin` is allowed on top."""

    model: str
    variable: str
    value: float
    margin: float = 0.0

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"Exponent of {self.variable} in a power law fitted to the {self.model.upper()}'s brackets. "
            f"Reproduced if it is below {self.value + self.margin:g}, contradicted if above, by a one-sided "
            f"test at error probability {LEVEL:g}."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class RatioWithin:
    """n* of `above` over n* of `below` lies in [low, high]: at a typical size, or at every size of both
    sweeps."""

    above: str
    below: str
    low: float
    high: float
    sizes: Literal["typical", "every"]

    @property
    def text(self) -> str:
        """The rule in words."""
        if self.sizes == "typical":
            return (
                "Geometric mean of the ratio over the sizes of both sweeps, with the errors of each n*. "
                f"Reproduced if in [{self.low:g}, {self.high:g}], contradicted if outside, each at error "
                f"probability {LEVEL:g}."
            )
        return (
            f"The ratio at each size of both sweeps. Reproduced if all lie in [{self.low:g}, "
            f"{self.high:g}], each tested at error probability {LEVEL:g} (intersection-union); contradicted "
            "if at least one lies outside (Bonferroni over sizes)."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class AgreeWithin:
    """n* of every one of `models` over n* of `reference` lies within `factor` of 1, at a typical size."""

    models: tuple[str, ...]
    reference: str
    factor: float

    @property
    def ratios(self) -> tuple[RatioWithin, ...]:
        """The rule as one about each ratio, all of which must hold."""
        return tuple(
            RatioWithin(
                above=model, below=self.reference, low=1 / self.factor, high=self.factor, sizes="typical"
            )
            for model in self.models
        )

    @property
    def text(self) -> str:
        """The rule in words."""
        named = " and ".join(f"{model.upper()}/{self.reference.upper()}" for model in self.models)
        return (
            f"Geometric means of the ratios {named} over the sizes measured, with the errors of each n*. "
            f"Reproduced if all lie in [1/{self.factor:g}, {self.factor:g}] (intersection-union), "
            f"contradicted if at least one lies outside (Bonferroni), each at error probability {LEVEL:g}."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class RateBounds:
    """n* of `model` grows no faster ("upper") or no slower ("lower") than the rate of `theory_claim` of
    `theory.rates`.

    A bound a (k + d) does not forbid that n* grows as d while k dominates; it forbids growth faster than d
    once d does, than k once k does, and than the size of both when they grow together. So an upper bound is
    tested on the exponents of k, of d and on their sum, each against its limit (plus the slope of the
    logarithm at the middle of the sizes); a lower bound, a product of powers, on the exponents of k and d. No
    cell of the sweeps moves k and d together, so the sum can deny a reproduction but not make a
    contradiction.
    """

    model: str
    theory_claim: str
    side: Literal["upper", "lower"]
    margin: float = MARGIN

    @property
    def text(self) -> str:
        """The rule in words."""
        if self.side == "upper":
            what, order = (
                "k, of d, and their sum, against the largest that the rate has in any limit",
                "larger",
            )
        else:
            what, order = "k and of d, against those of the rate", "smaller"
        extrapolated = (
            " The sum is a step beyond the sweeps, which move k or d: it has to hold for a reproduction, but "
            "contradicts nothing by itself."
        )
        return (
            f"Exponents of a power law fitted to the {self.model.upper()}'s brackets over both sweeps: "
            f"those of {what}. Reproduced if none is {order} by more than {self.margin:g} "
            "(intersection-union), contradicted if that of k or of d is (Bonferroni), each at error "
            f"probability {LEVEL:g}. Constants are not tested: the theorem leaves them open."
            + (extrapolated if self.side == "upper" else "")
        )


Rule = ExponentEquals | ExponentBelow | RatioWithin | AgreeWithin | RateBounds


@dataclasses.dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement and how it is decided.

    kind: "reported" (a trend that the paper's experiments are said to show), "theorem" (growth that theory
    predicts) or "check" (what must hold whatever the paper says, so that the rest can be believed).
    protocol, experiment: the cells that decide it; contradicts: id of a claim of the same paper that cannot
    be true together with this one; caveat: what a reader must know before believing the verdict.
    """

    id: str
    statement: str
    section: str
    kind: Literal["reported", "theorem", "check"]
    rule: Rule
    experiment: str
    protocol: str
    figures: tuple[str, ...]
    contradicts: str | None = None
    caveat: str = ""
    paper: str = PAPER


_SIGMA = "The paper's noise level is not known; sigma = 0.1, fixed, is the suite's choice."
_REGIME = (
    "A theorem about a class of algorithms, of which gradient descent as trained here is not always one; "
    "at finite sizes the test says whether the measured growth is of the predicted kind, not whether the "
    "theorem holds."
)
_FIXED_NOISE = (
    " Sigma is held fixed, so that the condition sigma = O(1/sqrt(k)) wears thin as k grows; the figure with "
    "sigma ~ 1/sqrt(k) shows the other regime."
)
_FINAL_BIAS = (
    " The theorem also asks for a final bias of at least 0.01: it is recorded (column final_bias of the "
    "table of evaluations), not enforced. "
)
_LARGE_NOISE = (
    "The upper bounds ask for sigma of order 1/sqrt(k) at most, which the largest noise of the sweep "
    "exceeds; and n* cannot fall below a few samples however small the noise."
)


def _reported(
    id: str,
    statement: str,
    section: str,
    rule: Rule,
    figures: tuple[str, ...],
    *,
    contradicts: str | None = None,
) -> Claim:
    return Claim(
        id=id,
        statement=statement,
        section=section,
        kind="reported",
        rule=rule,
        experiment="sweeps",
        protocol="lahoti",
        figures=figures,
        contradicts=contradicts,
        caveat=_SIGMA,
    )


def _theorem(
    id: str,
    statement: str,
    rule: Rule,
    experiment: str,
    *,
    figures: tuple[str, ...] = ("exponents", "n-star-k", "n-star-d", "sigma-scaling"),
    caveat: str = _REGIME,
) -> Claim:
    return Claim(
        id=id,
        statement=statement,
        section="theorems",
        kind="theorem",
        rule=rule,
        experiment=experiment,
        protocol="honest",
        figures=figures,
        caveat=caveat,
    )


_CLAIMS = (
    _reported(
        "cnn-linear-d",
        "The CNN's sample complexity is linear in d.",
        "experiment 2",
        ExponentEquals(model="cnn", variable="d", value=1.0),
        ("n-star-d", "exponents"),
    ),
    _reported(
        "lcn-linear-d",
        "The LCN's sample complexity is linear in d.",
        "experiment 2",
        ExponentEquals(model="lcn", variable="d", value=1.0),
        ("n-star-d", "exponents"),
    ),
    _reported(
        "cnn-sublinear-k",
        "The CNN's sample complexity is sublinear in k.",
        "experiment 1",
        ExponentBelow(model="cnn", variable="k", value=1.0),
        ("n-star-k", "exponents"),
    ),
    _reported(
        "ratio-typical",
        "The LCN needs 10 to 20 times the CNN's samples (read as: at a typical size).",
        "experiments 1 and 2",
        RatioWithin(above="lcn", below="cnn", low=10.0, high=20.0, sizes="typical"),
        ("lcn-cnn-ratio",),
    ),
    _reported(
        "ratio-every-size",
        "The LCN needs 10 to 20 times the CNN's samples (read as: at every size of both sweeps).",
        "experiments 1 and 2",
        RatioWithin(above="lcn", below="cnn", low=10.0, high=20.0, sizes="every"),
        ("lcn-cnn-ratio",),
    ),
    _reported(
        "lcn-linear-k",
        'The LCN\'s sample complexity in k is "linear".',
        "authors' reply to the reviews",
        ExponentEquals(model="lcn", variable="k", value=1.0),
        ("n-star-k", "exponents"),
        contradicts="lcn-quadratic-k",
    ),
    _reported(
        "lcn-quadratic-k",
        'The LCN\'s sample complexity in k is "O(k^2)" (read as the reported trend: quadratic).',
        "appendix on experiments",
        ExponentEquals(model="lcn", variable="k", value=2.0),
        ("n-star-k", "exponents"),
        contradicts="lcn-linear-k",
    ),
    _reported(
        "lcn-at-most-quadratic-k",
        'The LCN\'s sample complexity in k is "O(k^2)" (read literally: at most quadratic).',
        "appendix on experiments",
        ExponentBelow(model="lcn", variable="k", value=2.0),
        ("n-star-k", "exponents"),
    ),
    _theorem(
        "cnn-up",
        "CNN: at fixed sigma, n* grows in k and d no faster than (k + d) ln(kd).",
        RateBounds(model="cnn", theory_claim="CNN-up", side="upper"),
        "sweeps",
        caveat=_REGIME + _FIXED_NOISE,
    ),
    _theorem(
        "lcn-up",
        "LCN: at fixed sigma, n* grows in k and d no faster than k (k + d) ln(kd).",
        RateBounds(model="lcn", theory_claim="LCN-up", side="upper"),
        "sweeps",
        caveat=_REGIME + _FIXED_NOISE,
    ),
    _theorem(
        "lcn-low",
        "LCN: at fixed sigma, n* grows in k and d no slower than k d.",
        RateBounds(model="lcn", theory_claim="LCN-low", side="lower"),
        "sweeps",
    ),
    _theorem(
        "fcn-low",
        "FCN: at fixed sigma, n* grows in k and d no slower than k^2 d.",
        RateBounds(model="fcn", theory_claim="FCN-low", side="lower"),
        "architectures",
        caveat=_REGIME + _FINAL_BIAS + FCN_START,
    ),
    _theorem(
        "lcn-sigma",
        "LCN: n* grows as sigma^2 (both of its bounds do).",
        ExponentEquals(model="lcn", variable="sigma", value=2.0),
        "sigma",
        figures=("n-star-sigma",),
        caveat=_LARGE_NOISE,
    ),
    _theorem(
        "cnn-sigma",
        "CNN: n* grows at most as sigma^2.",
        ExponentBelow(model="cnn", variable="sigma", value=2.0, margin=MARGIN),
        "sigma",
        figures=("n-star-sigma",),
        caveat=_LARGE_NOISE,
    ),
    Claim(
        id="one-patch-agree",
        statement="With a single patch FCN, LCN and CNN need the same number of samples.",
        section="criticism in the reviews",
        kind="check",
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

CLAIMS: dict[str, Claim] = {claim.id: claim for claim in _CLAIMS}
"""Every claim by its id, in the order of the report's verdict table."""
