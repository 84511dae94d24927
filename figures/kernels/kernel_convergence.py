"""Distance of the tangent kernel of random nets from that of infinite width, against the width."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from figures.drawing.looks import look_of
from figures.drawing.marks import Mark
from figures.drawing.measured import Row, groups, interval_mark, of_name, slope_guide
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec, draw_content

MODELS = {"wide_fcn": "fcn", "wide_lcn": "lcn", "wide_cnn": "cnn"}
ACTIVATIONS = {"relu": "ReLU", "erf": "erf", "lsa": "LSA"}
DISTANCE = "|K_m − K| / |K| (no unit)"
WIDTH = "width m (hidden units)"


def content(rows: Sequence[Row]) -> Content:
    """A panel for each architecture: mean distances of every activation, and a slope of −1/2."""
    marks: list[Mark] = []
    panels: list[Panel] = []
    for name, model in MODELS.items():
        own = [row for row in rows if row["model"] == name]
        exponents = []
        for (activation,), nets in groups(own, "activation"):
            common: dict[str, Any] = {"panel": name, "model": model, "series": f"{model} {activation}"}
            distances, fitted = of_name(nets, "distance"), of_name(nets, "exponent")
            marks += [interval_mark(row, variant=ACTIVATIONS[activation], **common) for row in distances]
            if distances:
                marks += slope_guide(distances, 0.5, **common)
            exponents += [f"{ACTIVATIONS[activation]} {row['value']:.3f}" for row in fitted]
        title = look_of(model).name
        title += f"; fitted exponents:\n{', '.join(exponents)}" if exponents else ""
        panels.append(Panel(key=name, title=title, xlabel=WIDTH, ylabel=DISTANCE))
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="kernel-convergence",
    title="Tangent kernels of random nets against infinite width",
    caption=(
        "Relative distance, in Frobenius norm, of the empirical tangent kernel of a random one-hidden-layer "
        "net in NTK parametrisation from the kernel of infinite width, on DSD images; means over nets with "
        "their 95 % intervals. The kernel is a mean over independent units: the distance falls as one over "
        "the root of the width. Fitted exponents are means over nets."
    ),
    experiments=("kernel-convergence",),
    of_rows=content,
    draw=partial(draw_content, words={"derived": "derived: slope −1/2, through the widest"}),
    table="quantities",
)
