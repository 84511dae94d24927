"""n* on the related tasks: quadratic forms, textures, and one noise-free patch."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, marks_of_rows, power_law
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import distinct

TASKS = {
    "sign_of_quadratics": ("sign of a difference\nof quadratic forms", "d"),
    "quadratic_regression": ("value of a difference\nof quadratic forms", "d"),
    "textures": ("two textures on a ring\nof k pixels", "k"),
    "local_signal": ("one noise-free patch\namid noise", "k"),
}


def _variant(row: Row) -> str:
    return "Adam" if row["optimizer"] == "adam" and row["model"] == "fcn" else ""


def content(rows: Sequence[Row]) -> Content:
    """A panel for each task: n* against the size that its claims are about."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for task, (title, variable) in TASKS.items():
        own = [row for row in rows if row["task"] == task]
        if not own:
            continue
        panels.append(Panel(key=task, title=title, xlabel=AXIS[variable], ylabel=AXIS["n_star"]))
        for model, variant in distinct((row["model"], _variant(row)) for row in own):
            here = [row for row in own if (row["model"], _variant(row)) == (model, variant)]
            series = " ".join(filter(None, (model, variant)))
            marks += marks_of_rows(
                here,
                panel=task,
                x=lambda row, variable=variable: row[variable],
                series=lambda _row, series=series: series,
                variant=_variant,
            )
            if len({row[variable] for row in here}) >= 3:
                held = [row if row["sigma"] is not None else row | {"sigma": 1.0} for row in here]
                marks += power_law(held, variable, panel=task, series=series, model=model)
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="related-tasks",
    title="Sample complexity on related tasks",
    caption=(
        "Difference of quadratic forms on two halves of d coordinates, its sign (Li, Zhang, Arora 2021) and "
        "its value (a stand-in for Wang, Wu 2023), with squares as activations; e_i + e_(i+1) against "
        "e_i + e_(i+2) on a ring of k pixels (Li, Zhang, Arora 2021); one patch without noise amid noise "
        "(Karp et al. 2021, at σ = 0.2). Numbers: exponents of fitted power laws. Targets: 0-1 error 0.1, "
        f"for the regression a squared risk of 0.1 at labels of variance 1. {SEED_BRACKETS}"
    ),
    experiments=("quadratics", "textures", "local-signal"),
    of_rows=content,
    draw=partial(draw_content, columns=2, share_y=False),
)
