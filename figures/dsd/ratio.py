"""How many times the CNN's samples the LCN needs, against k and d, beside the paper's 10 to 20."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from figures.drawing.marks import Mark
from figures.drawing.measured import Row
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.ratios import ratio_of
from sims.tables.sweeps import of_experiment, plain_models, sweeps

EXPERIMENTS = ("sweeps",)
REPORTED = (10.0, 20.0)
"""Range that the paper reports (Lahoti et al. 2024, section on experiments)."""


def content(table: Sequence[Row]) -> Content:
    """The ratio at every size of the paper's two sweeps at which both models were measured."""
    rows = plain_models(of_experiment(table, *EXPERIMENTS))
    marks: list[Mark] = []
    panels: list[Panel] = []
    for variable in ("k", "d"):
        for sweep in sweeps(rows, variable):
            key = f"{variable}: {sweep.key}"
            ratios: list[Mark] = []
            for value in sweep.values:
                pair = [
                    next((row for row in sweep.of(model) if row[variable] == value), None)
                    for model in ("lcn", "cnn")
                ]
                ratio = ratio_of(pair[0], pair[1]) if pair[0] and pair[1] else None
                if ratio is not None:
                    ratios.append(
                        Mark(
                            panel=key,
                            series="LCN / CNN",
                            model="ratio",
                            kind="estimate",
                            x=value,
                            y=ratio.best,
                            low=ratio.low,
                            high=ratio.high,
                        )
                    )
            panels.append(Panel(key=key, title=sweep.title, xlabel=AXIS[variable], ylabel=AXIS["ratio"]))
            if ratios:
                note = f"reported by the paper: {REPORTED[0]:g} to {REPORTED[1]:g} times"
                marks.append(
                    Mark(
                        panel=key,
                        series="paper",
                        model="ratio",
                        kind="span",
                        source="reported",
                        low=REPORTED[0],
                        high=REPORTED[1],
                        note=note,
                    )
                )
            marks += ratios
    if not panels:
        panels = [
            Panel(key=name, title=f"ratio against {name}", xlabel=AXIS[name], ylabel=AXIS["ratio"])
            for name in ("k", "d")
        ]
    return Content(marks=tuple(marks), panels=tuple(panels))


def draw(content: Content) -> Figure:
    """Panels in k above, panels in d below."""
    return draw_content(content, columns=2)


FIGURE = FigureSpec(
    name="lcn-cnn-ratio",
    title="How many times the CNN's samples the LCN needs",
    caption=(
        "Ratio of the estimates of n* with a 95 % interval that combines both of theirs on the log scale "
        "(method of variance estimates recovery). Grey: the 10 to 20 times that the paper reports. An "
        "arrow marks a ratio of which only one bound is known because an n* is censored."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
)
