"""n* against k, d and sigma for every architecture, one panel an experiment and protocol."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from figures.drawing.captions import FCN_START, SEED_BRACKETS
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, marks_of_rows, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.laws import fit_power, theorems
from sims.tables.sweeps import Sweep, of_experiment, plain_models, sweeps

POINTS = 33
"""Vertices of a drawn law."""


def _grid(values: Sequence[float]) -> list[float]:
    low, high = values[0], values[-1]
    return [low * (high / low) ** (place / (POINTS - 1)) for place in range(POINTS)]


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
    x = _grid(sorted({row[sweep.variable] for row in rows}))
    at = [dict(sweep.fixed) | {sweep.variable: value} for value in x]
    if noise is not None:
        at = [place | {"sigma": noise(place[sweep.variable])} for place in at]
    fitted = [fit.predict(place) for place in at]
    note = f"{exponent.best:.2f}"
    common: dict[str, Any] = {"panel": sweep.key, "series": model, "model": model}
    marks = [
        Mark(kind="line", source="fit", x=a, y=b, note=note, **common) for a, b in zip(x, fitted, strict=True)
    ]
    for theorem in theorems(model):
        rates = [theorem.rate(place["k"], place["d"], place["sigma"]) for place in at]
        scale = fitted[POINTS // 2] / rates[POINTS // 2]
        named: dict[str, Any] = common | {"series": theorem.name}
        marks += [
            Mark(kind="line", source=theorem.source, x=a, y=scale * b, **named)
            for a, b in zip(x, rates, strict=True)
        ]
    return marks


def sweep_content(table: Sequence[Row], variable: str, experiments: Sequence[str]) -> Content:
    """Content of "n* against `variable`": a panel for each experiment and protocol that sweeps it."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for sweep in sweeps(plain_models(of_experiment(table, *experiments)), variable):
        panels.append(Panel(key=sweep.key, title=sweep.title, xlabel=AXIS[variable], ylabel=AXIS["n_star"]))
        for model in present(sweep.rows):
            marks += marks_of_rows(sweep.of(model), panel=sweep.key, x=lambda row: row[variable])
            marks += law_marks(sweep, model)
    if not panels:
        panels.append(
            Panel(key="none", title=f"n* against {variable}", xlabel=AXIS[variable], ylabel=AXIS["n_star"])
        )
    return Content(marks=tuple(marks), panels=tuple(panels))


CAPTION = (
    "Points: estimate of n*, the number of labelled samples at which half of the seeds reach the "
    f"target, with its 95 % interval. {SEED_BRACKETS} "
    "Solid lines: power law fitted to the brackets by interval-censored maximum likelihood, its exponent "
    "written at its end. Broken lines: the growth that a theorem states, pinned to the fit in the middle "
    "because theorems leave the constant free. Arrows: censored, n* lies beyond."
)
FIGURES = tuple(
    FigureSpec(
        name=f"n-star-{variable}",
        title=f"Sample complexity against the {words}",
        caption=f"{CAPTION} {FCN_START}" if "architectures" in experiments else CAPTION,
        experiments=experiments,
        content=partial(sweep_content, variable=variable, experiments=experiments),
        draw=draw_content,
    )
    for variable, words, experiments in (
        ("k", "number of patches", ("sweeps", "architectures")),
        ("d", "patch size", ("sweeps", "architectures")),
        ("sigma", "noise level", ("sigma",)),
    )
)
