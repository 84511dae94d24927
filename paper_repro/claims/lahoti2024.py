"""Lahoti et al. 2024, the DSD paper: the trends that its experiments are said to show, and its theorems.

The decision margins are choices of this suite, made before its own runs but knowing a small calibration of
the same protocol: a slope read off sizes that span a factor of three cannot tell a power from a power times a
logarithm.
"""

from figures.captions import FCN_START
from paper_repro.claims.claim import Claim, Mark, Paper
from paper_repro.rules.base import MARGIN, Rule
from paper_repro.rules.exponents import ExponentBelow, ExponentEquals
from paper_repro.rules.rates import RateBounds
from paper_repro.rules.ratios import RatioWithin

PAPER = Paper(
    id="lahoti2024",
    authors="Lahoti, Karp, Winston, Singh and Li 2024",
    title="Role of Locality and Weight Sharing in Image-Based Tasks: A Sample Complexity Separation between "
    "CNNs, LCNs, and FCNs",
    source="arXiv 2403.15707",
)

_SIGMA = "The paper's noise level is not known; sigma = 0.1, fixed, is the suite's choice."
_REGIME = (
    "A theorem about a class of algorithms, of which gradient descent as trained here is not always one; "
    "at finite sizes the test says whether the measured growth is of the predicted kind, not whether the "
    "theorem holds. It is about filters of norm at most 1 and an expected squared risk of 0.0025; the nets "
    "here have free norms (the claims unit-norm-* say what that changes) and the suite's target."
)
_FLOOR = (
    " As printed the bound has a floor, 80 k ln(kd) for the LCN and 10 for the CNN, below which its first "
    "term stays at the noise of its proof, for every d that exists. Sigma here is far above that noise."
)
_FIXED_NOISE = (
    " Sigma is held fixed, so that the condition sigma = O(1/sqrt(k)) wears thin as k grows; the figure with "
    "sigma ~ 1/sqrt(k) shows the other regime."
)
_FINAL_BIAS = (
    " The theorem also asks for a final bias of at least 0.01: it is recorded (column final_bias of the "
    "table of evaluations), not enforced. What its proof asks of the noise fails at every size here "
    "(fcn-low-noise-condition). "
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
        paper=PAPER,
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
    section: str,
    quote: str = "",
    mark: Mark | None = None,
    figures: tuple[str, ...] = ("exponents", "n-star-k", "n-star-d", "sigma-scaling"),
    caveat: str = _REGIME,
) -> Claim:
    return Claim(
        paper=PAPER,
        id=id,
        statement=statement,
        section=section,
        quote=quote,
        mark=mark,
        kind="theorem",
        rule=rule,
        experiment=experiment,
        protocol="honest",
        figures=figures,
        caveat=caveat,
    )


CLAIMS = (
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
        section="section 7, second theorem (7.2 by its position)",
        quote="with O~(sigma^2(k+d)) samples, to achieve a risk of less than delta",
        caveat=_REGIME + _FIXED_NOISE + _FLOOR,
    ),
    _theorem(
        "lcn-up",
        "LCN: at fixed sigma, n* grows in k and d no faster than k (k + d) ln(kd).",
        RateBounds(model="lcn", theory_claim="LCN-up", side="upper"),
        "sweeps",
        section="section 6, second theorem (6.2 by its position)",
        quote="trains LCNs with O~(sigma^2k(k+d)) samples, to achieve a risk less than delta",
        caveat=_REGIME + _FIXED_NOISE + _FLOOR,
    ),
    _theorem(
        "lcn-low",
        "LCN: at fixed sigma, n* grows in k and d no slower than k d.",
        RateBounds(model="lcn", theory_claim="LCN-low", side="lower"),
        "sweeps",
        section="section 7, before its first theorem (7.1 by its position)",
        quote="requires Omega(sigma^2kd) samples to learn DSD upto a risk of delta",
    ),
    _theorem(
        "fcn-low",
        "FCN: at fixed sigma, n* grows in k and d no slower than k^2 d.",
        RateBounds(model="fcn", theory_claim="FCN-low", side="lower"),
        "architectures",
        section="section 6, first theorem (6.1 by its position)",
        quote="requires Omega(sigma^2k^2d) samples to achieve some constant risk delta",
        caveat=_REGIME + _FINAL_BIAS + FCN_START,
    ),
    _theorem(
        "lcn-sigma",
        "LCN: n* grows as sigma^2 (both of its bounds do).",
        ExponentEquals(model="lcn", variable="sigma", value=2.0),
        "sigma",
        section="sections 6 and 7, the LCN's two bounds",
        mark="inferred",
        figures=("n-star-sigma",),
        caveat=_LARGE_NOISE,
    ),
    _theorem(
        "cnn-sigma",
        "CNN: n* grows at most as sigma^2.",
        ExponentBelow(model="cnn", variable="sigma", value=2.0, margin=MARGIN),
        "sigma",
        section="section 7, the CNN's bound",
        mark="inferred",
        figures=("n-star-sigma",),
        caveat=_LARGE_NOISE,
    ),
)
