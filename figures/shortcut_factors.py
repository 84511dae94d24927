"""What the bias toward a shortcut depends on: activation, depth, nesting; and the infinitely wide net."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from figures.marks import Mark
from figures.measured import Row, of_experiment
from figures.panels import Panel
from figures.quantity_marks import interval_mark
from figures.shortcut_bias import QUANTITY, RATIO
from figures.spec import Content, FigureSpec, draw_content

EXPERIMENTS = ("shortcut-activations", "shortcut-depth", "shortcut-nesting", "shortcut-kernels")
BIAS = "bias, signed, final (no unit)"
PANELS = (
    Panel(key="activation", title="one hidden layer", xlabel=RATIO, ylabel=BIAS, yscale="linear", dodge=True),
    Panel(
        key="depth",
        title="depth, rate selected",
        xlabel="hidden layers (count)",
        ylabel=BIAS,
        yscale="linear",
        dodge=True,
    ),
    Panel(
        key="nesting",
        title="nesting, ratio 1",
        xlabel="layers that nest the feature (count)",
        ylabel=BIAS,
        xscale="linear",
        yscale="linear",
        dodge=True,
    ),
    Panel(
        key="kernel",
        title="infinite and finite width",
        xlabel=RATIO,
        ylabel=BIAS,
        yscale="linear",
        dodge=True,
    ),
)


def _mark(row: Row, panel: str, x: float, model: str, variant: str = "") -> Mark:
    series = f"{model} {variant}".strip()
    return interval_mark(row, x=x, panel=panel, model=model, series=series, variant=variant)


def content(table: Sequence[Row]) -> Content:
    """A point for every cell: the bias with its interval over seeds."""
    marks: list[Mark] = []

    def rows(experiment: str) -> list[Row]:
        found = [row for row in of_experiment(table, experiment) if row["quantity"] == QUANTITY]
        return sorted(found, key=lambda row: (row["ratio"], row["depth"] or 0, row["eta_s"], row["eta_c"]))

    for row in rows("shortcut-activations"):
        marks.append(_mark(row, "activation", row["ratio"], f"mlp_{row['activation']}"))
    for row in rows("shortcut-depth"):
        marks.append(_mark(row, "depth", row["depth"], "mlp_relu", f"ratio {row['ratio']:g}"))
    for row in rows("shortcut-nesting"):
        sides = [("core nested", row["eta_c"])] if row["eta_s"] == 0 else []
        sides += [("shortcut nested", row["eta_s"])] if row["eta_c"] == 0 else []
        marks += [_mark(row, "nesting", layers, "mlp_relu", side) for side, layers in sides]
    for row in rows("shortcut-kernels"):
        model = "ntk_relu" if row["learner"] == "kernel" else "mlp_relu"
        layers = "1 layer" if row["depth"] == 1 else f"{row['depth']} layers"
        marks.append(_mark(row, "kernel", row["ratio"], model, layers))
    panels = {mark.panel for mark in marks}
    marks += [
        Mark(panel=panel.key, series="no bias", model="ratio", kind="level", source="derived", y=0.0)
        for panel in PANELS
        if panel.key in panels
    ]
    return Content(marks=tuple(marks), panels=PANELS)


def draw(content: Content) -> Figure:
    """Four panels with one scale."""
    return draw_content(content, columns=2, panel_height=2.6)


def build(table: Sequence[Row]) -> Figure:
    """The figure of rows of quantities."""
    return draw(content(table))


FIGURE = FigureSpec(
    name="shortcut-factors",
    title="What the bias toward a shortcut depends on",
    caption=(
        "Bias after the last step (signed reliance less that of linear discriminant analysis), mean over "
        "seeds with its 95 % interval; ρ_s = 0.85, ρ_c = 0.9. Activation and depth: one feature made more "
        "available by amplitude. Nesting: core or shortcut behind a random tanh net, equal amplitudes. Last "
        "panel: regression with the tangent kernel of the infinitely wide ReLU net, beside nets of finite "
        "width and the same depth. After Hermann et al. 2024, figure 3 and section 4."
    ),
    experiments=EXPERIMENTS,
    content=content,
    draw=draw,
    table="quantities",
)
