"""n* of kernels and of trained nets of the same architecture, beside what the kernels' spectra predict."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.marks import Mark, curve
from figures.drawing.measured import Row, marks_of_rows
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.experiments.kernels.kernels import ACTIVATION, ARCHITECTURES, PLATEAU
from sims.tables.configs import value_of
from sims.tables.sweeps import Sweep, of_experiment, sweeps

EXPERIMENTS = ("kernels", "kernel-predictions")
TRAINED, KERNEL = "trained net", f"kernel, {ACTIVATION}"
BOUND = f"kernel, {PLATEAU}"
PREDICTED = "predicted n* of the kernel, from its spectrum"


def kind(row: Row) -> str:
    """What the row's n* is of: a trained net, the odd kernel, or the kernel that stays on its plateau."""
    if row["learner"] != "kernel_regression":
        return TRAINED
    return KERNEL if value_of(row, "learner.activation") == ACTIVATION else BOUND


def measured(table: Sequence[Row]) -> list[Row]:
    """The rows of n* of the sweeps and of the plateau."""
    return [row for row in table if row["experiment"] == "kernels"]


def sweep_of(rows: Sequence[Row], variable: str) -> Sweep | None:
    """The sweep in a variable, plateau left out; None if there is none."""
    found = sweeps([row for row in rows if kind(row) != BOUND], variable)
    return found[0] if found else None


def predictions(table: Sequence[Row], sweep: Sweep, model: str) -> dict[float, float]:
    """Predicted n* of a model's kernel by the value of the sweep's variable, where there is one."""
    fixed = dict(sweep.fixed)
    return {
        row[sweep.variable]: row["value"]
        for row in of_experiment(table, "kernel-predictions")
        if row["quantity"] == "n_star_predicted"
        and row["arch"] == model
        and all(row[name] == value for name, value in fixed.items())
    }


def content(table: Sequence[Row]) -> Content:
    """A panel for k and one for d; the plateau's cells stand in the sweep that holds them."""
    rows = measured(table)
    marks: list[Mark] = []
    panels: list[Panel] = []
    for variable in ("k", "d"):
        sweep = sweep_of(rows, variable)
        fixed = {} if sweep is None else dict(sweep.fixed)
        sizes = ", ".join(f"{'σ' if name == 'sigma' else name} = {value:g}" for name, value in fixed.items())
        panels.append(
            Panel(key=variable, title=sizes, xlabel=AXIS[variable], ylabel=AXIS["n_star"], dodge=True)
        )
        if sweep is None:
            continue
        for model in ARCHITECTURES:
            own = [row for row in rows if row["model"] == model]
            own = [row for row in own if all(row[name] == value for name, value in fixed.items())]
            marks += marks_of_rows(
                own,
                panel=variable,
                x=lambda row, variable=variable: row[variable],
                series=lambda row: f"{row['model']}, {kind(row)}",
                variant=kind,
            )
            predicted = sorted(predictions(table, sweep, model).items())
            marks += curve(predicted, panel=variable, series=f"{model}, predicted", model=model)
    # Trained nets first, so that their markers are the full ones in every legend.
    marks.sort(key=lambda mark: mark.variant != TRAINED)
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="kernels",
    title="Sample complexity of kernels and of nets that learn features",
    caption=(
        f"n* on DSD for one target, the risk of the ground-truth net + 0.03. Kernel regression with the NTK "
        f"of one hidden layer, {ACTIVATION}, the ridge selected on held-out samples, beside gradient "
        "descent on the LSA nets of the same architecture. Lines: n* that the kernel's spectrum predicts. "
        f"The {PLATEAU} kernel of one layer has a linear odd part and stays above the best linear "
        f"predictor's risk, which is above the target. {SEED_BRACKETS}"
    ),
    experiments=EXPERIMENTS,
    of_rows=content,
    draw=partial(draw_content, columns=2, panel_height=3.4, words={"derived": PREDICTED}),
    table="all",
)
