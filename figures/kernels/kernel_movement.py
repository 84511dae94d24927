"""Movement of the tangent kernel during training: by width, by output scale, and of the sweeps' nets."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from figures.drawing.marks import Mark, curve
from figures.drawing.measured import Row, groups, interval_mark, of_name
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.kernels.kernel_convergence import ACTIVATIONS, MODELS, WIDTH
from sims.tables.sweeps import distinct, of_experiment

MOVEMENT = "|K_T − K_0| / |K_0| (no unit)"
ALIGNMENT = "kernel-target alignment (no unit)"
SCALE = "output scale α (no unit)"
TIMES = {"alignment_start": "at the start", "alignment_end": "after training"}
"""Series of alignment; the one at the start is drawn as a line, which the points leave in training."""
PANELS = (
    Panel(key="width", title="movement by width", xlabel=WIDTH, ylabel=MOVEMENT),
    Panel(key="scale", title="movement by output scale", xlabel=SCALE, ylabel=MOVEMENT),
    Panel(
        key="alignment",
        title="alignment with the labels\nby output scale",
        xlabel=SCALE,
        ylabel=ALIGNMENT,
        yscale="linear",
        dodge=True,
    ),
    Panel(
        key="sweeps",
        title="nets of the sweeps, honest protocol",
        xlabel=AXIS["n"],
        ylabel=ALIGNMENT,
        yscale="linear",
        dodge=True,
    ),
)


def _movement(rows: Sequence[Row]) -> list[Mark]:
    """Movements of every net, with the exponent fitted to its lazy part, as a line through its last point."""
    marks: list[Mark] = []
    for _, own in groups(rows, "cell"):
        first = own[0]
        model, activation = MODELS[first["model"]], ACTIVATIONS[first["activation"]]
        common: dict[str, Any] = {
            "panel": first["vary"],
            "model": model,
            "series": f"{model} {first['activation']}",
        }
        series, fitted = of_name(own, "movement"), of_name(own, "movement_exponent")
        marks += [interval_mark(row, variant=activation, **common) for row in series]
        if series and fitted:
            exponent, last = fitted[0]["value"], series[-1]
            low = first["smallest"] if first["fit_from"] is None else first["fit_from"]
            shown = [row["at"] for row in series if row["at"] >= low]
            law = ((x, last["value"] * (x / last["at"]) ** exponent) for x in shown)
            marks += curve(law, source="fit", note=f"{exponent:.2f}", **common)
    return marks


def _alignment(rows: Sequence[Row], panel: str, abscissa: str) -> list[Mark]:
    """Kernel-target alignment of every model over a column."""
    marks: list[Mark] = []
    for quantity, time in TIMES.items():
        own = [row for row in rows if row["quantity"] == quantity]
        for row in sorted(own, key=lambda row: row[abscissa]):
            model = MODELS.get(row["model"], row["model"])
            common: dict[str, Any] = {"panel": panel, "model": model, "series": f"{model} {time}"}
            if quantity == "alignment_start":
                x, y = row[abscissa], row["value"]
                marks.append(Mark(kind="line", x=x, y=y, variant=time, **common))
            else:
                marks.append(interval_mark(row, x=row[abscissa], variant=time, **common))
    return marks


def content(table: Sequence[Row]) -> Content:
    """Movement by width and scale; alignment by scale, of one activation, and of the nets of the sweeps."""
    moved = of_experiment(table, "kernel-movement")
    marks = _movement(moved)
    # LSA where it was measured: with it a kernel has something to gain on this task.
    scaled = [row for row in moved if row["vary"] == "scale"]
    activations = distinct(row["activation"] for row in scaled)
    shown = "lsa" if "lsa" in activations else next(iter(activations), None)
    marks += _alignment([row for row in scaled if row["activation"] == shown], "alignment", "at")
    marks += _alignment(of_experiment(table, "trained-kernels"), "sweeps", "n")
    return Content(marks=marks, panels=PANELS)


FIGURE = FigureSpec(
    name="kernel-movement",
    title="Movement of the tangent kernel during training",
    caption=(
        "Above: relative change of the tangent kernel over a stated number of steps on DSD, wide nets, whose "
        "outputs move at the same speed at every width and scale; solid lines: power laws of the lazy part, "
        "with their exponents. Of a smooth activation (erf) it falls as 1/m and, at large scale, as 1/α. "
        "Below: alignment of the kernel on fresh images with their labels, before and after; on the left of "
        "wide nets by their scale, on the right of the LCN and CNN of the sweeps by their samples."
    ),
    experiments=("kernel-movement", "trained-kernels"),
    of_rows=content,
    draw=partial(draw_content, share_y=False, columns=2),
    table="quantities",
)
