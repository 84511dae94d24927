"""n* against k, d and sigma for every architecture, one panel an experiment and protocol."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from figures.drawing.captions import FCN_START, SEED_BRACKETS
from figures.drawing.marks import Mark, curve
from figures.drawing.measured import Row, geometric, marks_of_rows, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec
from sims.experiments import PRESETS, Experiment, Setting
from sims.fits import Fit, choose, fit_all
from sims.tables.laws import fit_power, observations, theorems
from sims.tables.sweeps import SIZES, Sweep, plain_models, sweeps

POINTS = 33
"""Vertices of a drawn law."""


def law_marks(sweep: Sweep, model: str, *, noise: Callable[[float], float] | None = None) -> list[Mark]:
    """The fitted power law of a model along a sweep, and every theorem's slope pinned to the fit in the
    middle.

    noise gives sigma as a function of the sweep's variable, for sweeps in which sigma moves with it.
    """
    # The linear model's law is the one towards its own floor; the nets' targets it does not reach.
    rows = [row for row in sweep.of(model) if model != "linear" or row["floor"] == "linear"]
    fit = fit_power(rows, vary=(sweep.variable,))
    if not fit.exponents:
        return []
    exponent = fit.exponents[sweep.variable]
    values = [row[sweep.variable] for row in rows]
    x = geometric(min(values), max(values), POINTS)
    at = [dict(sweep.fixed) | {sweep.variable: value} for value in x]
    if noise is not None:
        at = [place | {"sigma": noise(place[sweep.variable])} for place in at]
    fitted = [fit.predict(place) for place in at]
    common: dict[str, Any] = {"panel": sweep.key, "model": model}
    law = zip(x, fitted, strict=True)
    marks = curve(law, source="fit", series=model, note=f"{exponent.best:.2f}", **common)
    for theorem in theorems(model):
        rates = [theorem.rate(place["k"], place["d"], place["sigma"]) for place in at]
        scale = fitted[POINTS // 2] / rates[POINTS // 2]
        growth = ((a, scale * b) for a, b in zip(x, rates, strict=True))
        marks += curve(growth, source=theorem.source, series=theorem.name, **common)
    return marks


def preferred_law(rows: Sequence[Row], sweep: Sweep, model: str) -> list[Mark]:
    """The law that `sims.fits.choose` prefers for all sizes of the sweep's experiment and protocol, along the
    sweep; nothing where that is a power law without more, which is drawn anyway.
    """
    of_all = ("experiment", "protocol", "paired")
    own = [
        row
        for row in rows
        if row["model"] == model and all(row[name] == getattr(sweep, name) for name in of_all)
    ]
    own = [row for row in own if model != "linear" or row["floor"] == "linear"]
    law = choose(fit_all(observations(own, vary=SIZES), intervals=False))
    if law is None or (law.family, law.log, law.offset) == ("power", False, False):
        return []
    values = [row[sweep.variable] for row in sweep.of(model)]
    at = [dict(sweep.fixed) | {sweep.variable: x} for x in geometric(min(values), max(values), POINTS)]
    drawn = [(place[sweep.variable], law.predict(place["k"], place["d"], place["sigma"])) for place in at]
    note = law_text(law, sigma=sweep.variable == "sigma")
    return curve(
        drawn, source="chosen law", series=f"{model}, preferred law", panel=sweep.key, model=model, note=note
    )


def law_text(law: Fit, *, sigma: bool) -> str:
    """A law as a formula, up to its amplitude: "(k+d) ln(kd) + c". sigma: with the factor that every bound
    has, which sizes at one noise do not show.
    """
    factors = [law.family.replace("^2 ", "²")]
    if sigma and law.family != "power":
        factors.insert(0, "σ²")
    if law.log:
        factors.append("ln(kd)")
    text = " ".join(f"({factor})" if factor == "k+d" and len(factors) > 1 else factor for factor in factors)
    return f"{text} + c" if law.offset else text


def sweep_content(rows: Sequence[Row], variable: str) -> Content:
    """Content of "n* against `variable`": a panel for each experiment and protocol that sweeps it."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    rows = plain_models(rows)
    for sweep in sweeps(rows, variable):
        panels.append(Panel(key=sweep.key, title=sweep.title, xlabel=AXIS[variable], ylabel=AXIS["n_star"]))
        for model in present(sweep.rows):
            marks += marks_of_rows(sweep.of(model), panel=sweep.key, x=lambda row: row[variable])
            marks += law_marks(sweep, model) + preferred_law(rows, sweep, model)
    return Content(marks=marks, panels=panels)


CAPTION = (
    "Points: estimate of n*, the smallest n such that, at it and at every larger n, at least half of all "
    "repetitions (problem, samples and start drawn anew) reach the target, with its 95 % interval; n counts "
    f"labelled samples. {SEED_BRACKETS} "
    "Solid lines: power law fitted to the brackets by interval-censored maximum likelihood, its exponent "
    "written at its end. Long dashes and dots: the law with the fewest parameters among those within two "
    "units of the best AICc over all sizes of the experiment that its seeds do not refute (lack of "
    "fit, 1 %), where that is another. Dashed and dotted: "
    "the growth that a theorem states, pinned to the power law in the middle because theorems leave the "
    "constant free. Arrows: censored, n* lies beyond."
)
BAR = "The tolerance is fixed: the target moves with sigma, so that slopes say nothing of sigma at one bar."
FIGURES = tuple(
    FigureSpec(
        name=name,
        title=title,
        caption=f"{CAPTION} {more}",
        experiments=experiments,
        of_rows=partial(sweep_content, variable=variable),
    )
    for name, variable, title, experiments, more in (
        (
            "n-star-k",
            "k",
            "Sample complexity against the number of patches",
            ("sweeps", "architectures"),
            FCN_START,
        ),
        ("n-star-d", "d", "Sample complexity against the patch size", ("sweeps", "architectures"), FCN_START),
        ("n-star-sigma", "sigma", "Sample complexity against the noise level", ("sigma",), BAR),
    )
)


def figures_of(experiment: Experiment) -> list[FigureSpec]:
    """n* against each of k, d and sigma that an experiment has two values of or more."""
    settings = [one for one in experiment.settings(PRESETS[0]) if isinstance(one, Setting)]
    return [
        FigureSpec(
            name=f"{experiment.name}-{variable}",
            title=f"{experiment.title}: sample complexity against {variable}",
            caption=CAPTION,
            experiments=(experiment.name,),
            of_rows=partial(sweep_content, variable=variable),
        )
        for variable in SIZES
        if len({getattr(one, variable) for one in settings} - {None}) > 1
    ]
