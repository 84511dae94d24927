"""Bias of residual nets in images: against the shortcut's footprint, and on digits before backgrounds."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.marks import Mark, level
from figures.drawing.measured import Row, interval_mark
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.shortcut.shortcut_bias import QUANTITY
from sims.experiments.shortcut.shortcut_digits import AS_THEY_ARE, MANIPULATIONS
from sims.tables.sweeps import of_experiment

SHORT = "ρ_s of the shortcut (no unit)"
PANELS = tuple(
    Panel(key=key, title=title, xlabel=SHORT, ylabel=y, xscale="linear", yscale="linear", dodge=True)
    for key, title, y in (
        ("footprint", "footprint: bias", "bias, final (no unit)"),
        ("s", "agreement with the background", "mean of ŷ z_s (no unit)"),
        ("c", "agreement with the digit", "mean of ŷ z_c (no unit)"),
    )
)


def manipulation(row: Row) -> str:
    """The name of what was done to the images of a row of the experiment on digits."""
    for name, changes in MANIPULATIONS.items():
        if all(row[field] == (AS_THEY_ARE | changes)[field] for field in AS_THEY_ARE):
            return name
    raise ValueError(f"a row with scale {row['scale']}, share {row['share']}, colour {row['colour']}")


def content(table: Sequence[Row]) -> Content:
    """A point for every cell with its interval over seeds."""
    marks: list[Mark] = []
    for row in sorted(of_experiment(table, "shortcut-digits"), key=lambda r: r["rho_s"]):
        for feature in ("s", "c"):
            if row["quantity"] == f"along_{feature}_final":
                model = f"resnet_{manipulation(row).replace(' ', '_')}"
                marks.append(interval_mark(row, x=row["rho_s"], panel=feature, series=model, model=model))
    for row in sorted(of_experiment(table, "shortcut-footprint"), key=lambda r: (r["ratio"], r["rho_s"])):
        if row["quantity"] == QUANTITY:
            words = f"{row['ratio']:g} times the pixels"
            fields = {"panel": "footprint", "series": words, "model": "resnet", "variant": words}
            marks.append(interval_mark(row, x=row["rho_s"], **fields))
    if any(mark.panel == "footprint" for mark in marks):
        marks.append(level("footprint", "no bias", 0.0))
    return Content(marks=marks, panels=PANELS)


FIGURE = FigureSpec(
    name="shortcut-images",
    title="Shortcuts in images",
    caption=(
        "Small residual nets after the last step, mean over seeds with its 95 % interval; the core has "
        "predictivity 0.9. Left: bias (reliance less that of the optimal classifier of the latents), "
        "the shortcut a disc with 1 to 5 times the pixels of the square that is the core. Middle and right: "
        "decisions on held-out digits before backgrounds, all four combinations alike; 0 where a net does "
        "not look at the feature, 1 where it decides by it. At ρ_s = 0.5 the background tells nothing. "
        "After Hermann et al. 2024, sections 5 and 7, with images of this suite."
    ),
    experiments=("shortcut-footprint", "shortcut-digits"),
    of_rows=content,
    draw=partial(draw_content, columns=3, panel_height=2.6, share_y=False),
    table="quantities",
)
