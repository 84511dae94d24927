"""What is proven and what is measured: lower bounds, the best learner there is, and gradient descent."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.captions import FCN_START, SEED_BRACKETS
from figures.drawing.looks import look_of
from figures.drawing.marks import Mark, curve
from figures.drawing.measured import Row, groups, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import distinct, of_experiment, plain_models

BEST = "best learner with its symmetry"
ALIGNMENT = 0.4
"""Cosine of the FCN's conditional bound that is drawn: every successful FCN of the published sweep has it."""
LINES = {
    "lcn": (("oracle", None, "told every patch"), ("coverage", None, "patches seen")),
    "cnn": (("oracle", None, "told every patch"),),
    "fcn": (
        ("alignment", ALIGNMENT, f"if cos ≥ {ALIGNMENT:g}"),
        ("coverage", None, "patches seen"),
        ("subspace", None, "no condition"),
    ),
}
"""Bounds drawn for each architecture: quantity, `at`, and what is written at the line's end."""
LEAST = 0.02
"""Bounds below this are not drawn: they say nothing."""


def _variant(row: Row) -> str:
    return BEST if row["learner"] == "posterior" else ""


def content(table: Sequence[Row]) -> Content:
    """A panel for each architecture, n* along the sweep in k and the bounds at the same sizes; and one for
    the best learners at other noise."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    measured = [row for row in table if "n_best" in row]
    bounds = [row for row in of_experiment(table, "bounds") if "quantity" in row]
    nets = plain_models(of_experiment(measured, "architectures"))
    widest = max(
        distinct((row["d"], row["sigma"]) for row in nets),
        key=lambda place: len({row["k"] for row in nets if (row["d"], row["sigma"]) == place}),
        default=None,
    )
    for model in ("fcn", "lcn", "cnn"):
        where = "" if widest is None else f"\nd = {widest[0]}, σ = {widest[1]:g}"
        panels.append(
            Panel(key=model, title=f"{look_of(model).name}{where}", xlabel=AXIS["k"], ylabel=AXIS["n_star"])
        )
        if widest is None:
            continue

        def here(row: Row, model: str = model) -> bool:
            return row["model"] == model and (row["d"], row["sigma"]) == widest

        own = [row for row in [*nets, *of_experiment(measured, "limits")] if here(row)]
        marks += marks_of_rows(
            own,
            panel=model,
            x=lambda row: row["k"],
            series=lambda row: " ".join(filter(None, (row["model"], _variant(row)))),
            variant=_variant,
        )
        sizes = {row["k"] for row in own}
        for quantity, at, words in LINES[model]:
            line = sorted(
                (row["k"], row["value"])
                for row in bounds
                if here(row)
                and (row["quantity"], row["at"]) == (quantity, at)
                and row["k"] in sizes
                and row["value"] >= LEAST
            )
            marks += curve(line, panel=model, series=words, model=model, note=words)
    others = [
        row
        for row in of_experiment(measured, "limits")
        if widest is None or (row["d"], row["sigma"]) != widest
    ]
    for (d, sigma), own in groups(others, "d", "sigma"):
        key = f"d={d}, sigma={sigma:g}"
        title = f"best learners alone, towards the Bayes risk\nd = {d}, σ = {sigma:g}"
        panels.append(Panel(key=key, title=title, xlabel=AXIS["k"], ylabel=AXIS["n_star"]))
        marks += marks_of_rows(
            own,
            panel=key,
            x=lambda row: row["k"],
            series=lambda row: f"{row['model']} {BEST}",
            variant=_variant,
        )
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="lower-bounds",
    title="Lower bounds under the measured sample complexity",
    caption=(
        "Filled: n* of gradient descent. Half filled: n* of the Bayes posterior under the Haar prior of the "
        "architecture's group; no learner that is equivariant under that group has a lower mean risk. "
        "Lines: proven lower bounds with all their constants, for success with probability 1/2. Told every "
        "patch: equivariant learners of LCNs and CNNs to which the patch of each sample is revealed. Patches "
        "seen: any learner that is equivariant under a patch's sign. If cos: equivariant learners of FCNs of "
        "width k, if half of the patches of a successful net have a neuron at a cosine of "
        f"{ALIGNMENT:g} or more; no condition: without it. A bound that says nothing is not drawn. "
        f"{SEED_BRACKETS} {FCN_START}"
    ),
    experiments=("architectures", "limits", "bounds"),
    of_rows=content,
    draw=partial(draw_content, columns=2),
    table="all",
)
