"""n* along k as computed here with fresh seeds, over the published values."""

from collections.abc import Sequence

from figures.drawing.captions import SEED_BRACKETS
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, groups, marks_of_rows, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec
from sims.experiments.dsd.headline import EXPERIMENT

FRESH = EXPERIMENT.name
BEFORE = "architectures"


def bands(rows: Sequence[Row], panel: str) -> list[Mark]:
    """Along k, the 95 % interval of each model's n* as a band; a cell of which an end is not known is left
    out.
    """
    marks = []
    for model in present(rows):
        own = sorted((row for row in rows if row["model"] == model), key=lambda row: row["k"])
        for _, (first, *_) in groups(own, "cell"):
            if first["n_low"] and first["n_high"]:
                common = {"panel": panel, "series": f"{model}, before", "model": model, "x": first["k"]}
                marks.append(
                    Mark(
                        kind="band",
                        low=first["n_low"],
                        high=first["n_high"],
                        note="95 % interval of the experiment architectures",
                        **common,
                    )
                )
    return marks


def content(rows: Sequence[Row]) -> Content:
    """One panel: the cells of "headline" over those of "architectures" at the same d, noise and protocol."""
    fresh = [row for row in rows if row["experiment"] == FRESH]
    before = [row for row in rows if row["experiment"] == BEFORE and row["protocol"] == "honest"]
    places = {(row["d"], row["sigma"]) for row in fresh} or {(10, 0.15)}
    before = [row for row in before if (row["d"], row["sigma"]) in places]
    if not fresh and not before:
        return Content(marks=[], panels=[])
    d, sigma = sorted(places)[0]
    title = f"d = {d}, σ = {sigma:g}"
    panel = Panel(key="k", title=title, xlabel=AXIS["k"], ylabel=AXIS["n_star"])
    marks = bands(before, panel.key) + marks_of_rows(fresh, panel=panel.key, x=lambda row: row["k"])
    return Content(marks=marks, panels=[panel])


FIGURES = (
    FigureSpec(
        name="headline",
        title="Sample complexity of the three architectures, computed anew",
        caption="Points: n* with problems, samples and starts drawn anew (experiment headline), each with "
        f"its 95 % interval. {SEED_BRACKETS} Bands: 95 % interval of n* in the experiment architectures, "
        "with other seeds. n counts labelled samples.",
        experiments=(BEFORE, FRESH),
        of_rows=content,
    ),
)
