"""Lahoti et al. 2024: the two-step algorithm of the upper bounds, measured, and what its constants do."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from paper_repro.claims.claim import TWO_LOOKS, Claim
from paper_repro.claims.dsd.lahoti2024 import PAPER
from paper_repro.rules.base import MARGIN, Row, Rule
from paper_repro.rules.censored import NeverReaches
from paper_repro.rules.exponents import ExponentBelow
from paper_repro.rules.joint import AllOf
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow
from paper_repro.rules.ratios import RatioOfVariants
from paper_repro.rules.sufficient import SamplesSuffice
from paper_repro.rules.together import TogetherBelow
from sims.experiments.two_step.two_step import BIAS_IN_SIGMA, TWO_STEP
from sims.experiments.two_step.two_step_road import at_scale
from sims.experiments.two_step.two_step_sensitivity import TWO_STEP_SENSITIVITY, variants
from sims.experiments.two_step.two_step_theorem import TWO_STEP_THEOREM, noise
from sims.tables.configs import written
from theory.architectures import Architecture
from theory.two_step.upper_bounds import (
    ALIGNMENT,
    FIRST_ALIGNMENT,
    RISK,
    alignment_scale,
    smallest_patch,
    sufficient_samples,
)

_PUBLISHED: dict[str, Any] = {"learner": "two_step", "options": None}
_SIZE = TWO_STEP["paper"]
_LOG = 1 / math.log(_SIZE["at_k"])
"""What a factor ln(kd) = 2 ln(k) adds to the exponent of k = d, at the middle of the paper preset's sizes."""
_OUTSIDE = (
    "Sigma = 1/sqrt(k) lies outside the theorem's noise, whose proof assumes 100 sqrt(k ln(kd)^3) sigma <= "
    "1, by the factor 100 ln(kd)^1.5: 1,000 to 2,000 at these sizes. The target is the 0-1 error of the "
    "ground-truth net without a threshold, plus 0.03. That the published step turns filters there had been "
    "derived, and seen in single runs, before it was asked."
)
_PROOF = {"lcn": "appendix LCN Upper Bound", "cnn": "appendix CNN Upper Bound"}
_PROOF_N = {
    "lcn": "with n = max(2 sigma^2 k(k+d) ln(kd), 80k ln(kd)) samples",
    "cnn": "with n = max(2 sigma^2 (k+d) ln(kd), 10) samples",
}
_WORDS = {"lcn": "80 k ln(kd)", "cnn": "10"}
_THEOREM_NOISE = tuple(
    dict.fromkeys(noise(k, smallest_patch(k)) for preset in TWO_STEP_THEOREM.values() for k in preset["k"])
)
_AT_THE_NOISE = (
    "At the largest noise of the proof, 1/(100 sqrt(k ln(kd)^3)), and its smallest patch, d = 400 ln k. "
    "There the first term of n is below the second at every size that exists, and the noise of all kd "
    "coordinates together is a hundredth of the signal's length: the statement is far from being tight. "
    "Single runs at k = 8, d = 832, with the theorem's n and with fewer, had been seen before the claim."
)
_NETS: tuple[Architecture, ...] = ("lcn", "cnn")


def _sufficient(model: Architecture) -> Callable[[Row], float]:
    return lambda row: float(sufficient_samples(model, row["k"], row["d"], row["sigma"]))


def _theorem() -> list[Claim]:
    """The upper bounds at the noise and the sizes of their proofs: n*, risk and alignments."""
    found = []
    for model in _NETS:
        name, words = model.upper(), _WORDS[model]
        place = {"model": model, "loss": "squared", "sigma": _THEOREM_NOISE}
        proven = partial(Claim, paper=PAPER, section=f"{_PROOF[model]}, Algorithm Analysis")
        probed = partial(proven, experiment="two-step-road", figures=("two-step-road",))
        low, high = FIRST_ALIGNMENT[model]
        scales = [alignment_scale(k, smallest_patch(k)) for k in TWO_STEP_THEOREM["paper"]["k"]]
        found += [
            proven(
                id=f"two-step-theorem-{model}",
                kind="theorem",
                quote=_PROOF_N[model],
                statement=f"Two-step gradient descent on the {name}, as its proof runs it, reaches a squared "
                f"risk of {RISK:g} with {words} samples.",
                rule=SamplesSuffice(
                    model=model,
                    samples=_sufficient(model),
                    words=f"the theorem's number, here {words}",
                ),
                experiment="two-step-theorem",
                protocol="direct",
                caveat=f"{_AT_THE_NOISE} n* is of single runs; the theorem's success is a mean over data and "
                f"starts, which two-step-theorem-{model}-risk reads.",
            ),
            probed(
                id=f"two-step-theorem-{model}-risk",
                kind="theorem",
                quote="achieve an expected risk of at most delta = 2.5 x 10^-3",
                statement=f"With {words} samples the two steps on the {name} have a mean squared risk of "
                f"{RISK:g} at most.",
                rule=QuantityBelow(quantity="squared_risk", bound=RISK, where=place),
                caveat=_AT_THE_NOISE,
            ),
            probed(
                id=f"two-step-theorem-{model}-alignment",
                kind="check",
                statement=f"With {words} samples the {name}'s filters have an alignment of at least "
                f"{ALIGNMENT:g} after step 2.",
                rule=QuantityAbove(quantity="alignment_2", bound=ALIGNMENT, where=place),
                caveat=f"{_AT_THE_NOISE} The proof bounds every filter with high probability, the check "
                "their mean.",
            ),
            probed(
                id=f"two-step-theorem-{model}-first-alignment",
                kind="check",
                statement=f"With {words} samples the {name}'s filters have an alignment of at least {low:g} "
                "sqrt((k + d) ln(kd)/(kd)) after step 1.",
                rule=QuantityAbove(quantity="alignment_1", bound=low * max(scales), where=place),
                caveat=f"{_AT_THE_NOISE} The proof's upper end, {high:g} times that root, is above 1 at "
                "these sizes and says nothing. Held against the largest lower end of the sizes.",
            ),
        ]
    return found


ROAD_BAND = {"lcn": 0.05, "cnn": 0.08}
"""Largest difference between alignments and their predictions. The CNN has ten samples at most points, so
that a Gaussian stands for the mean of five. Chosen on other sizes (k = 4, d = 60 and k = 12, d = 30)."""


def _road() -> list[Claim]:
    """From the theorem's noise to 1/sqrt(k)."""
    beyond = partial(
        Claim, paper=PAPER, section="two-step gradient descent beyond the theorem's noise", kind="question"
    )
    probed = partial(beyond, experiment="two-step-road", figures=("two-step-road",))
    at_last = {"model": "lcn", "sigma": at_scale(1.0, 20), "n": (1000, 10_000, 100_000)}
    return [
        *(
            probed(
                id=f"two-step-road-{model}",
                kind="check",
                statement=f"From the theorem's noise to sigma = 1/sqrt(k) the {model.upper()}'s mean "
                f"alignment after both steps is within {ROAD_BAND[model]:g} of its prediction.",
                rule=AgreesWithPrediction(
                    quantity="alignment_2",
                    where={"model": model, "loss": "squared"},
                    relative=ROAD_BAND[model],
                    absolute=True,
                ),
                caveat="The prediction takes what the samples add to a filter in step 2 as Gaussian, of its "
                "exact mean and covariance; docs/two-step.md derives it. The band was chosen in trials at "
                "other sizes (k = 4, d = 60 and k = 12, d = 30); it is wide where an alignment is near 0. "
                "The CNN has ten samples at most points.",
            )
            for model in _NETS
        ),
        *(
            probed(
                id=f"two-step-turns-{loss}",
                statement=f"At sigma = 1/sqrt(k), k = d = 20, {words}.",
                rule=rule(where={**at_last, "loss": loss}),
                caveat="It was seen in single runs before it was asked; the sizes are those of these runs.",
            )
            for loss, words, rule in (
                (
                    "squared",
                    "step 2 with the squared loss and the published constants turns the LCN's filters "
                    "against the signal",
                    partial(QuantityBelow, quantity="alignment_2", bound=0.0),
                ),
                (
                    "correlation",
                    "the same step with the correlation loss leaves the LCN's filters an alignment of more "
                    "than 0.7",
                    partial(QuantityAbove, quantity="alignment_2", bound=0.7),
                ),
            )
        ),
        *(
            beyond(
                id=f"two-step-{model}-published",
                statement=f"At sigma = 1/sqrt(k) the two steps on the {model.upper()}, as published, do not "
                "reach the target with 10,000 samples at any size.",
                rule=NeverReaches(where={**_PUBLISHED, "model": model}),
                experiment="two-step",
                protocol="direct",
                figures=("two-step",),
                caveat=_OUTSIDE,
            )
            for model in _NETS
        ),
    ]


def _options(fields: dict[str, Any]) -> str | None:
    return written("learner", "two_step", **fields)


def _thresholding() -> dict[str, Any]:
    """The cells with the correlation loss and bias_1 = 3 sigma: its value moves with k."""
    options = set()
    for preset in TWO_STEP.values():
        for k in {*preset["k"], preset["at_k"]}:
            sigma = round(1 / math.sqrt(k), 6)
            options.add(_options({"bias_1": round(BIAS_IN_SIGMA * sigma, 6), "loss": "correlation"}))
    return {"learner": "two_step", "options": tuple(sorted(options))}


_LEFT_OPEN = ("cnn", "d")
_WIDER = (
    "The seeds of its first experiment left it inconclusive, with an exponent on its bound. Asked again, "
    f"once, with twice the seeds, of which no result was seen, and up to d = 160 in place of 40. {TWO_LOOKS}"
)


def _uppers() -> list[Claim]:
    """The upper bounds at sigma ~ 1/sqrt(k), in the variant that works there."""
    found = []
    where = _thresholding()
    for model, power, rate in (("lcn", 1.0, "(k + d) ln(kd)"), ("cnn", 0.0, "(1 + d/k) ln(kd)")):
        shared: dict[str, Any] = {"model": model, "margin": MARGIN, "where": where, "scaled_noise": True}
        one_by_one = tuple(
            (
                variable,
                f", n* grows with {variable} no faster than to the power {value:g}, up to a logarithm",
                ExponentBelow(variable=variable, value=value, **shared),
            )
            for variable, value in (("k", power), ("d", 1.0))
        )
        together = f" and k and d growing together, n* grows no faster than {rate}"
        found += [
            Claim(
                f"two-step-{model}-{name}-thresholding",
                f"Two-step gradient descent on the {model.upper()} with the correlation loss and a bias of "
                f"three sigma before step 2: with sigma ~ 1/sqrt(k){words}.",
                rule,
                paper=PAPER,
                section=f"upper bound for {model.upper()}s",
                kind="question",
                experiment="replicated-two-step" if (model, name) == _LEFT_OPEN else "two-step",
                protocol="direct",
                figures=("two-step",),
                caveat=f"{_OUTSIDE} Loss and three sigma are the suite's choice, with which the algorithm "
                "works there: neither is the theorem's."
                + (f" {_WIDER}" if (model, name) == _LEFT_OPEN else ""),
            )
            for name, words, rule in (
                *one_by_one,
                ("together", together, TogetherBelow(value=power + _LOG, **shared)),
            )
        ]
    return found


_CORRELATION = {"loss": "correlation"}


_step = partial(
    Claim,
    paper=PAPER,
    section="two-step gradient descent, derived along the way",
    kind="check",
    experiment="alignment",
    figures=("alignment",),
    caveat="Fresh samples for each step; correlation loss, where the paper's is the squared one; "
    "docs/two-step.md derives the predictions and says where they fail.",
)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return {True: "on", False: "off", None: "published"}.get(value, str(value))


def _words(change: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {_short(value)}" for name, value in change.items())


def _sensitivity() -> list[Claim]:
    """n* after each change of a constant over n* without it, for the paper preset's size: one claim a
    constant, of all its values, as every ratio shares the base."""
    size = TWO_STEP_SENSITIVITY["paper"]
    k, d = size["k"], size["d"]
    base, *changed = variants(k, d, round(1 / math.sqrt(k), 6))
    # The LCN alone: the CNN's n* of some twenty samples does not resolve a factor of 1.5.
    fixed = {"learner": "two_step", "model": "lcn"}
    ratios: dict[str, list[tuple[str, Rule]]] = {}
    for options in changed:
        change = {name: value for name, value in options.items() if base.get(name) != value}
        rule = RatioOfVariants(
            name=f"{_words(change)}, over the base",
            above={**fixed, "options": _options(options)},
            below={**fixed, "options": _options(base)},
            low=1 / 1.5,
            high=1.5,
        )
        # A loss that is changed along with bias_1 counts as a value of bias_1.
        ratios.setdefault(next(iter(change)), []).append((_words(change), rule))
    return [
        Claim(
            paper=PAPER,
            id=f"engineered-{constant.replace('_', '-')}",
            section="criticism in the reviews",
            kind="criticism",
            statement="Two-step gradient descent on the LCN needs as many samples with "
            f"{'; '.join(words for words, _ in found)} as with bias_1 = 3 sigma, the correlation loss "
            "and the published constants otherwise.",
            rule=AllOf(tuple(rule for _, rule in found)) if len(found) > 1 else found[0][1],
            experiment="two-step-sensitivity",
            protocol="direct",
            figures=("two-step-sensitivity",),
            caveat="Contradicted means that the criticism stands: n* depends on the constant. At one "
            "size, sigma = 1/sqrt(k), outside the theorem's noise; the base is the suite's own variant, "
            "which works there, and its seeds are in every ratio; the factor 1.5 is the suite's choice.",
        )
        for constant, found in ratios.items()
    ]


CLAIMS = (
    *_theorem(),
    *_road(),
    *_uppers(),
    _step(
        "alignment-first-step",
        "After step 1 the mean cosine of filter and signal is its exact value.",
        AgreesWithPrediction(quantity="alignment_1", where=_CORRELATION),
    ),
    _step(
        "alignment-first-step-squared",
        "After step 1 the mean squared cosine of filter and signal is its exact value.",
        AgreesWithPrediction(quantity="alignment_1_squared", where=_CORRELATION),
    ),
    _step(
        "norm-first-step",
        "After step 1, before projection, the root mean square norm of a filter is its exact value.",
        AgreesWithPrediction(quantity="norm_1", where=_CORRELATION),
    ),
    _step(
        "alignment-second-step",
        "After step 2 the mean cosine of filter and signal is within 5 % of its prediction.",
        AgreesWithPrediction(quantity="alignment_2", relative=0.05, where=_CORRELATION),
    ),
    *_sensitivity(),
)
