"""What the bias toward a shortcut depends on: activation, depth, nesting; and the infinitely wide net."""

from collections.abc import Sequence
from functools import partial

from figures.drawing.marks import Mark, level
from figures.drawing.measured import Row, interval_mark
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.shortcut.shortcut_bias import QUANTITY, RATIO
from sims.experiments.shortcut.shortcut_activations import SLOW
from sims.tables.sweeps import of_experiment

RELIANCE = "reliance_absolute_final"
BIAS = "bias, final (no unit)"
PANELS = tuple(
    Panel(key=key, title=title, xlabel=x, ylabel=y, xscale=scale, yscale="linear", dodge=True)
    for key, title, x, scale, y in (
        ("activation", "one hidden layer, rate 0.0001", RATIO, "log", BIAS),
        ("depth", "depth, rate selected", "hidden layers (count)", "log", BIAS),
        (
            "nesting",
            "nesting, ratio 1",
            "layers that nest the feature (count)",
            "linear",
            "reliance, final (no unit)",
        ),
        ("kernel", "infinite and finite width", RATIO, "log", BIAS),
    )
)


def _mark(row: Row, panel: str, x: float, model: str, variant: str = "") -> Mark:
    series = f"{model} {variant}".strip()
    return interval_mark(row, x=x, panel=panel, model=model, series=series, variant=variant)


def content(table: Sequence[Row]) -> Content:
    """A point for every cell: the bias with its interval over seeds."""
    marks: list[Mark] = []

    def rows(experiment: str, quantity: str = QUANTITY) -> list[Row]:
        found = [row for row in of_experiment(table, experiment) if row["quantity"] == quantity]
        return sorted(found, key=lambda row: (row["ratio"], row["depth"] or 0, row["eta_s"], row["eta_c"]))

    for row in rows("shortcut-activations"):
        if row["rate"] == SLOW:
            marks.append(_mark(row, "activation", row["ratio"], f"mlp_{row['activation']}"))
    for row in rows("shortcut-depth"):
        marks.append(_mark(row, "depth", row["depth"], "mlp_relu", f"ratio {row['ratio']:g}"))
    for row in rows("shortcut-width"):
        marks.append(_mark(row, "depth", row["depth"], "mlp_relu", f"width {row['width']}"))
    for model, quantity in (
        ("mlp_relu", RELIANCE),
        ("lda", "lda_absolute"),
        ("latent_lda", "latent_lda_absolute"),
    ):
        for row in rows("shortcut-nesting", quantity):
            sides = [("core nested", row["eta_c"])] if row["eta_s"] == 0 else []
            sides += [("shortcut nested", row["eta_s"])] if row["eta_c"] == 0 else []
            marks += [_mark(row, "nesting", layers, model, side) for side, layers in sides]
    for row in rows("shortcut-kernels"):
        model = f"{'ntk' if row['learner'] == 'kernel' else 'mlp'}_{row['activation']}"
        layers = "1 layer" if row["depth"] == 1 else f"{row['depth']} layers"
        marks.append(_mark(row, "kernel", row["ratio"], model, layers))
    panels = {mark.panel for mark in marks}
    marks += [
        level(panel.key, "no bias", 0.0) for panel in PANELS if panel.key in panels and panel.ylabel == BIAS
    ]
    return Content(marks=marks, panels=PANELS)


FIGURE = FigureSpec(
    name="shortcut-factors",
    title="What the bias toward a shortcut depends on",
    caption=(
        "Bias after the last step (reliance less that of linear discriminant analysis), mean over seeds with "
        "its 95 % interval; ρ_s = 0.85, ρ_c = 0.9. Adam at a rate of 0.001; 0.0001 in the first panel; "
        "selected in the second, where nets of other widths than 128 are at ratio 64. Nesting: reliance of "
        "the net, of LDA on the inputs and of LDA on the latents, with core or shortcut behind a random tanh "
        "net, at equal amplitudes. Last panel: regression with the tangent kernel of the "
        "infinitely wide net and with the linear kernel, the ridge selected, beside nets of finite width "
        "and the same depth. After Hermann et al. 2024, sections 4 and 6."
    ),
    experiments=(
        "shortcut-activations",
        "shortcut-depth",
        "shortcut-width",
        "shortcut-nesting",
        "shortcut-kernels",
    ),
    of_rows=content,
    draw=partial(draw_content, columns=2, panel_height=2.6, share_y=False),
    table="quantities",
)
