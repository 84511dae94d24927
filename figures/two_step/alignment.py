"""Alignment after each step of the two-step algorithm, simulated over predicted."""

from collections.abc import Sequence

from figures.drawing.looks import look_of
from figures.drawing.marks import Mark
from figures.drawing.measured import Row
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from sims.tables.sweeps import distinct, of_experiment

EXPERIMENTS = ("alignment",)
RATIO = "simulated / predicted (no unit)"
QUANTITIES = {
    "alignment_1": "after step 1",
    "alignment_2": "after step 2",
    "squared_risk": "squared risk",
}


def content(table: Sequence[Row]) -> Content:
    """A panel for each model and quantity: simulated over predicted, against the prediction."""
    found = of_experiment(table, *EXPERIMENTS)
    rows = [row for row in found if row.get("predicted") and row["loss"] == "correlation"]
    marks: list[Mark] = []
    panels: list[Panel] = []
    for model in distinct(row["model"] for row in rows):
        for quantity, words in QUANTITIES.items():
            own = [row for row in rows if (row["model"], row["quantity"]) == (model, quantity)]
            if not own:
                continue
            key = f"{model}, {quantity}"
            what = words if quantity == "squared_risk" else f"alignment {words}"
            panels.append(
                Panel(
                    key=key,
                    title=f"{look_of(model).name}\n{what}",
                    xlabel=AXIS["predicted"],
                    ylabel=RATIO,
                    xscale="linear",
                    yscale="linear",
                )
            )
            for row in own:
                value, error, predicted = row["value"], 1.96 * (row["error"] or 0.0), row["predicted"]
                marks.append(
                    Mark(
                        panel=key,
                        series=model,
                        model=model,
                        kind="estimate",
                        x=predicted,
                        y=value / predicted,
                        low=(value - error) / predicted,
                        high=(value + error) / predicted,
                    )
                )
            marks.append(
                Mark(panel=key, series="agreement", model="ratio", kind="level", source="derived", y=1.0)
            )
    if not panels:
        panels.append(Panel(key="none", title="alignment", xlabel=AXIS["predicted"], ylabel=RATIO))
    return Content(marks=tuple(marks), panels=tuple(panels))


FIGURE = FigureSpec(
    name="alignment",
    title="Alignment along the two steps, simulated beside predicted",
    caption=(
        "Correlation loss. Each point is one (n, k, d): mean over repetitions of the learner's own run, with "
        "1.96 standard "
        "errors, over the prediction. After step 1 the prediction is exact; after step 2 it sums over the "
        "numbers of patches that pass the bias. The risk is predicted at the mean alignment, which costs it "
        "a few per cent where alignments vary."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw_content,
    table="quantities",
)
