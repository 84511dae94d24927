"""Alignment after each step of the two-step algorithm, simulated over predicted."""

from collections.abc import Sequence

from figures.drawing.looks import look_of
from figures.drawing.marks import Mark, estimated, level
from figures.drawing.measured import Row, groups
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec
from sims.search.estimate import Estimate

RATIO = "simulated / predicted (no unit)"
QUANTITIES = {
    "alignment_1": "after step 1",
    "alignment_2": "after step 2",
    "squared_risk": "squared risk",
}


def content(table: Sequence[Row]) -> Content:
    """A panel for each model and quantity: simulated over predicted, against the prediction."""
    found = table
    rows = [row for row in found if row.get("predicted") and row["loss"] == "correlation"]
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (model,), here in groups(rows, "model"):
        for quantity, words in QUANTITIES.items():
            own = [row for row in here if row["quantity"] == quantity]
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
                low, best, high = (end / predicted for end in (value - error, value, value + error))
                ratio = Estimate(low, best, high, "1.96 standard errors")
                marks.append(estimated(ratio, panel=key, series=model, model=model, x=predicted))
            marks.append(level(key, "agreement", 1.0))
    return Content(marks=marks, panels=panels)


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
    experiments=("alignment",),
    of_rows=content,
    table="quantities",
)
