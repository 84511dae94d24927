"""Lahoti et al. 2024 under a budget that is meant not to bind: ten headline claims that stood before their
run, at one required cosine, and what goes with them.

The protocol "tuned", the sizes and the bounds were chosen after a pilot of single cells on other seeds
(900 to 907); none of the seeds of these claims had been used before they were written.
"""

import math
from functools import partial

from paper_repro.claims.claim import Claim
from paper_repro.claims.dsd.lahoti2024 import PAPER
from paper_repro.rules.base import MARGIN
from paper_repro.rules.exponents import ExponentAbove, ExponentBelow, ExponentEquals
from paper_repro.rules.joint import AllOf
from paper_repro.rules.ratios import RatioOfVariants, RatioWithin
from sims.experiments.one_bar.fcn_recipes import SIZES, WIDER

_BAR = (
    "Success is the least squared risk that a filter of one given cosine with the signal allows a CNN; of "
    "the LCN that is a mean over its filters, and the FCN is held to the same risk. The protocol is the "
    'suite\'s "tuned": many rates up to those that diverge, runs that end by patience; whether more of '
    "either would change n* is asked by tuned-steps and tuned-rates. The sizes are these, not the limit. "
)
_PILOT = (
    "Stated before any of its seeds was run, after a pilot of single cells on other seeds: n* of about 31, "
    "70 and 157 for the LCN (k = 8, 16, 32; d = 20), 304 and 792 for the FCN (k = 5, 8), 40 and 51 for the "
    "LCN there; and with the published tables of the other protocols in sight. "
)
_SEEING = (
    "At sigma^2 d of 0.2 n* is partly that of seeing every patch, and the slope is not the same over all k: "
    "see docs/budgets.md. The grid of rates binds at both ends of the sizes, as was seen after the verdict: "
    "a wider one may lower n* there. "
)
_SEEN = "The cells of LCN and CNN were looked at before those of the FCN were there. "
_FRESH = (
    "Stated after one-bar-lcn-k and one-bar-lcn-d had failed, at 1.48 and 0.30, and after a look at which "
    "rates were taken there; run once, with seeds of which no result was seen. The bounds are those of the "
    "two. "
)
_FOLDS = (
    "Seeds and samples are those of sweeps-cosine-8, whose n* were known; stated after a pilot of two other "
    "seeds at k = d = 20, in which 18 samples were needed where a held-out fifth asks for 13. "
)
_INDEPENDENT = (
    "The interval of a ratio counts the errors of its two cells as independent; they share samples. "
)

_tuned = partial(Claim, paper=PAPER, protocol="tuned", caveat=_BAR + _PILOT)
_theorem = partial(_tuned, kind="theorem")
"""What a bound of the paper says of growth. Where n* is asked to be at one of two bounds it is a question."""
_question = partial(_tuned, kind="question")
_FCN = {"model": "fcn", "learner": "gradient_descent", "protocol": "tuned"}
_NARROW = {"optimizer": "sgd", "model.width": None}
"""One neuron a patch, which is what no width stands for."""
_WIDE = tuple(WIDER * k for k in SIZES["full"]["k"])


def _recipe(which: str, words: str, **above: object) -> Claim:
    """That a recipe does not bring the FCN's n* to a third of that of the published one."""
    return Claim(
        f"fcn-recipe-{which}",
        f"{words} does not bring the FCN's n* below a third of what the published recipe needs.",
        RatioOfVariants(
            name=f"{which} / published recipe",
            above={"model": "fcn", "protocol": "tuned", **above},
            below={"model": "fcn", "protocol": "honest"},
            low=1 / 3,
            high=math.inf,
            sizes="every",
        ),
        paper=PAPER,
        section="criticism of this suite's protocol",
        kind="question",
        experiment="fcn-recipes",
        headline=which == "rates",
        caveat=_PILOT + _INDEPENDENT + "The target is the published one, the oracle's risk plus 0.03.",
    )


_SAME = 1.25
"""n* of two budgets are called equal within this factor, the suite's choice."""


def _longer(protocol: str, steps: tuple[int, int], fcn_steps: tuple[int, int]) -> AllOf:
    """n* with (longer, plain) runs agree, for each of the three nets. fcn_steps: those of the FCN."""
    return AllOf(
        tuple(
            RatioOfVariants(
                name=f"{model.upper()}, longer / plain",
                above={"model": model, "protocol": protocol, "learner.steps": own[0]},
                below={"model": model, "protocol": protocol, "learner.steps": own[1]},
                low=1 / _SAME,
                high=_SAME,
                sizes="every",
            )
            for model, own in (("lcn", steps), ("cnn", steps), ("fcn", fcn_steps))
        )
    )


_MORE_RATES = AllOf(
    tuple(
        RatioOfVariants(
            name=f"{model.upper()}, more rates / tuned",
            above={"model": model, "experiment": "rates"},
            below={"model": model, "experiment": "budgets", "protocol": "tuned", "learner.steps": 5000},
            low=1 / _SAME,
            high=_SAME,
            sizes="every",
        )
        for model in ("lcn", "cnn", "fcn")
    )
)
_budget = partial(
    Claim, paper=PAPER, kind="question", section="criticism of this suite's protocol", experiment="budgets"
)

CLAIMS = (
    _budget(
        "tuned-steps",
        "Under the protocol tuned four times the steps and patience change no net's n* by a factor of 1.25, "
        "at any size.",
        _longer("tuned", (20_000, 5000), (20_000, 5000)),
        caveat=_INDEPENDENT + _SEEN,
    ),
    _budget(
        "honest-steps",
        "Under the protocol honest four times the steps and patience change no net's n* by a factor of 1.25, "
        "at any size.",
        _longer("honest", (4800, 1200), (12_000, 3000)),
        caveat=_INDEPENDENT
        + _SEEN
        + "A review had measured the LCN at k = 10, 20 and 30 before, and found no change.",
    ),
    _budget(
        "tuned-rates",
        "Under the protocol tuned a grid that is wider at each end changes no net's n* by a factor of 1.25, "
        "at any size.",
        _MORE_RATES,
        experiment="rates",
        also=("budgets",),
        caveat=_INDEPENDENT
        + _SEEN
        + "That the FCN takes the largest rate of the bias in four of five successes was "
        "known before, from sizes k = 4 to 6 of architectures-cosine-8.",
    ),
    _question(
        "one-bar-lcn-k",
        "The LCN's n* is linear in k: the rate kd of the lower bound, not the k(k + d) of the upper one.",
        ExponentEquals(model="lcn", variable="k", value=1.0),
        section="theorem on the LCN, lower bound",
        experiment="sweeps-cosine-6",
        figures=("one-bar-k",),
        headline=True,
        caveat=_BAR + _PILOT + _SEEING,
    ),
    _question(
        "one-bar-lcn-d",
        "The LCN's n* is linear in d.",
        ExponentEquals(model="lcn", variable="d", value=1.0),
        section="theorem on the LCN, lower bound",
        experiment="sweeps-cosine-6",
        figures=("one-bar-d",),
        headline=True,
        caveat=_BAR + _PILOT + _SEEING,
    ),
    _question(
        "one-bar-lcn-k-closer",
        "At a cosine of 0.8 too the LCN's n* grows far less than quadratically in k: below the power 1.5.",
        ExponentBelow(model="lcn", variable="k", value=1.5),
        section="theorem on the LCN, both bounds",
        experiment="sweeps-cosine-8",
        figures=("one-bar-k",),
        headline=True,
        caveat=_BAR + _PILOT + _SEEING,
    ),
    _theorem(
        "one-bar-cnn-k",
        "The CNN's n* grows less than linearly in k.",
        ExponentBelow(model="cnn", variable="k", value=1.0),
        section="theorem on the CNN, upper bound",
        experiment="sweeps-cosine-8",
        figures=("one-bar-k",),
        headline=True,
    ),
    _theorem(
        "one-bar-cnn-d",
        "The CNN's n* grows at most linearly in d.",
        ExponentBelow(model="cnn", variable="d", value=1.0, margin=MARGIN),
        section="theorem on the CNN, upper bound",
        experiment="sweeps-cosine-8",
        figures=("one-bar-d",),
        headline=True,
    ),
    _question(
        "one-bar-fcn-k",
        "The FCN's n* is quadratic in k, as the lower bound.",
        ExponentEquals(model="fcn", variable="k", value=2.0, where=_FCN),
        section="theorem on the FCN, lower bound",
        experiment="architectures-cosine-8",
        figures=("one-bar-k",),
        headline=True,
    ),
    _question(
        "one-bar-fcn-lcn",
        "The FCN needs at least three times the LCN's samples on the same data, at every k.",
        RatioWithin(above="fcn", below="lcn", low=3.0, high=math.inf, sizes="every", along=("k",)),
        section="the separation of FCN and LCN",
        experiment="architectures-cosine-8",
        figures=("one-bar-k",),
        headline=True,
        caveat=_BAR + _PILOT + _INDEPENDENT,
    ),
    _question(
        "one-bar-lcn-cnn",
        "The LCN needs at least twice the CNN's samples on the same data, at every k.",
        RatioWithin(above="lcn", below="cnn", low=2.0, high=math.inf, sizes="every", along=("k",)),
        section="the separation of LCN and CNN",
        experiment="architectures-cosine-8",
        figures=("one-bar-k",),
        headline=True,
        caveat=_BAR + _PILOT + _INDEPENDENT,
    ),
    _question(
        "one-bar-fcn-posterior",
        "Gradient descent on the FCN needs at least ten times the samples of the best learner with its "
        "symmetry, at a typical size.",
        RatioOfVariants(
            name="gradient descent / posterior",
            above=_FCN,
            below={"model": "fcn", "learner": "posterior", "protocol": "direct"},
            low=10.0,
            high=math.inf,
        ),
        section="the lower bounds, which hold for every equivariant learner",
        experiment="architectures-cosine-8",
        figures=("one-bar-k",),
        protocol=None,
        headline=True,
        caveat=_BAR + _PILOT + _INDEPENDENT + "The posterior knows sigma and the form of the task, and is no "
        "net. It holds nothing out. Published tables at another target had ratios of 53 to 109.",
    ),
    *(
        _question(
            f"wide-grid-lcn-{variable}",
            f"With a grid of rates that is wider at both ends the LCN's n* still grows {words}.",
            rule,
            section="theorem on the LCN, both bounds",
            experiment="wide-grid",
            figures=(f"one-bar-{variable}",),
            caveat=_BAR + _FRESH,
        )
        for variable, words, rule in (
            ("k", "faster than k^1.25", ExponentAbove(model="lcn", variable="k", value=1.25)),
            ("d", "slower than d^0.75", ExponentBelow(model="lcn", variable="d", value=0.75)),
        )
    ),
    *(
        Claim(
            f"cross-validated-cnn-{name}",
            statement,
            rule,
            paper=PAPER,
            section="theorem on the CNN, upper bound",
            kind="question",
            experiment="cross-validation",
            also=("sweeps-cosine-8",) if name == "ratio" else (),
            caveat=_BAR + _FOLDS + (_INDEPENDENT if name == "ratio" else ""),
        )
        for name, statement, rule in (
            (
                "k",
                "Selected by five-fold cross-validation the CNN's n* grows less than linearly in k.",
                ExponentBelow(model="cnn", variable="k", value=1.0),
            ),
            (
                "ratio",
                "Cross-validation in place of a held-out fifth changes the CNN's n* by less than a factor of "
                "1.5, at a typical size.",
                RatioOfVariants(
                    name="cross-validated / held-out fifth",
                    above={"model": "cnn", "experiment": "cross-validation"},
                    below={"model": "cnn", "experiment": "sweeps-cosine-8"},
                    low=1 / 1.5,
                    high=1.5,
                ),
            ),
        )
    ),
    _recipe("rates", "A start nearer to zero at rates up to those that diverge", **_NARROW),
    _recipe("adam", "Adam with up to 30,000 steps", optimizer="adam"),
    _recipe("width", "Four times the width", optimizer="sgd", width=_WIDE),
    Claim(
        "fcn-distilled",
        "An FCN of width k that learns from the posterior's predictions for unlabelled images needs at most "
        "a third of the labels that one needs which learns from labels.",
        RatioOfVariants(
            name="learns from labels / from the posterior",
            above={**_FCN, "experiment": "fcn-recipes", "optimizer": "sgd", **_NARROW},
            below={"experiment": "distilled", "learner": "distilled"},
            low=3.0,
            high=math.inf,
            sizes="every",
        ),
        paper=PAPER,
        section="the lower bounds, which hold for proper learners",
        kind="question",
        experiment="distilled",
        also=("fcn-recipes",),
        caveat="The target is the published one, the oracle's risk plus 0.03. The posterior knows sigma and "
        "the form of the task; unlabelled images are not counted. Bound and sizes were chosen after a pilot "
        "on seeds 0 to 2 at the same sizes, in which the net needed 10, 12 and 18 labels, and one trained as "
        "the student is but on labels 496 (k = 6). Descent, start and the held-out fifth differ between the "
        "two sides. " + _INDEPENDENT,
    ),
    _theorem(
        "one-bar-lcn-sigma",
        "At one required cosine the LCN's n* grows as sigma^2.",
        ExponentEquals(model="lcn", variable="sigma", value=2.0),
        section="the bounds, all of which have sigma^2",
        experiment="sigma-cosine-8",
        figures=("one-bar-sigma",),
    ),
    _theorem(
        "one-bar-cnn-sigma",
        "At one required cosine the CNN's n* grows as sigma^2.",
        ExponentEquals(model="cnn", variable="sigma", value=2.0),
        section="the bounds, all of which have sigma^2",
        experiment="sigma-cosine-8",
        figures=("one-bar-sigma",),
    ),
    _theorem(
        "one-bar-cnn-scaled-noise",
        "With sigma ~ 1/sqrt(k), at one required cosine, the CNN's n* does not grow with k.",
        ExponentBelow(model="cnn", variable="k", value=0.0, margin=MARGIN, scaled_noise=True),
        section="the upper bounds, whose noise falls with k",
        experiment="sigma-cosine-8",
    ),
    _theorem(
        "one-bar-lcn-scaled-noise",
        "With sigma ~ 1/sqrt(k), at one required cosine, the LCN's n* grows less than linearly in k.",
        ExponentBelow(model="lcn", variable="k", value=1.0, scaled_noise=True),
        section="the upper bounds, whose noise falls with k",
        experiment="sigma-cosine-8",
    ),
)
