"""The paper's test-error experiment: mean and standard deviation against n, a panel for each k and d."""

import statistics
from collections.abc import Sequence
from functools import partial
from typing import Any

import theory.dsd.risks
from figures.drawing.captions import FCN_START
from figures.drawing.marks import Mark, level
from figures.drawing.measured import Row, groups, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import distinct

SUITE_START = "from the suite's start"
"""Variant of a net that has a start of its own: the FCN."""


def _floors(panel: str, k: int, sigma: float) -> list[Mark]:
    floors = {
        "oracle": ("ground-truth LSA net of norm 1", theory.dsd.risks.oracle_risk(k, sigma).risk),
        "bayes": ("ground-truth LSA net of any norm", theory.dsd.risks.free_oracle_risk(k, sigma).risk),
        "linear": ("best linear predictor", theory.dsd.risks.linear_risk(k, sigma).squared),
    }
    return [
        level(panel, f"derived: {name}", float(risk), model=model) for model, (name, risk) in floors.items()
    ]


def content(rows: Sequence[Row]) -> Content:
    """Mean over seeds, and the mean with a standard deviation either way, at every n."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (k, d, sigma), here in groups(rows, "k", "d", "sigma"):
        key = f"k={k}, d={d}, sigma={sigma:g}"
        title = f"k = {k}, d = {d}, σ = {sigma:g}"
        panels.append(Panel(key=key, title=title, xlabel=AXIS["n"], ylabel=AXIS["test_error"]))
        for model in present(here):
            own = [row for row in here if row["model"] == model]
            for options in distinct(row["options"] for row in own):
                variant = "" if options is None else SUITE_START
                series = ", ".join(filter(None, (model, variant)))
                # Bands have no variant: one entry of the legend stands for all.
                common: dict[str, Any] = {"panel": key, "series": series, "model": model}
                cell = [row for row in own if row["options"] == options]
                for n in sorted({row["n"] for row in cell}):
                    risks = [row["risk"] for row in cell if row["n"] == n]
                    mean = statistics.mean(risks)
                    sd = statistics.stdev(risks) if len(risks) > 1 else 0.0
                    marks.append(Mark(kind="line", x=n, y=mean, variant=variant, **common))
                    low, high = mean - sd, mean + sd
                    note = "standard deviation over seeds"
                    marks.append(Mark(kind="band", x=n, low=low, high=high, note=note, **common))
        marks += _floors(key, k, sigma)
    if not panels:
        empty = Panel(key="none", title="test error", xlabel=AXIS["n"], ylabel=AXIS["test_error"])
        panels.append(empty)
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="test-error",
    title="Test error against the number of samples, as in the paper's appendix",
    caption=(
        'The "Test Error Experiments" of Lahoti et al. 2024: n = 10, 50, 100, 250, 500 for k and d in '
        "{10, 20} at the paper preset, nine rates, the lowest test error, five seeds. Here the lowest along "
        "the path as well, and training goes on below the target. Test error: mean squared error on 1000 "
        "samples. Lines: mean over seeds; bands: one standard deviation either way. Horizontal lines: closed "
        "forms for the best ground-truth net with LSA activation, of unit norm and of any, as trained nets "
        "have it, and for the best linear predictor. The paper states neither σ nor the start: every net has "
        f"one common start near zero, and the FCN also the suite's. {FCN_START}"
    ),
    experiments=("test-error",),
    of_rows=content,
    draw=partial(draw_content, columns=2, panel_height=2.6, words={}),
    table="evaluations",
)
