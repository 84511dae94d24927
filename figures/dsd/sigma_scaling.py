"""The noise level held fixed beside the noise level that shrinks as 1/sqrt(k), the regime of the theorems."""

import math
from collections.abc import Sequence
from functools import partial

from figures.drawing.marks import Mark
from figures.drawing.measured import Row, groups, marks_of_rows, present
from figures.drawing.panels import AXIS, Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.dsd.n_star import law_marks
from sims.tables.sweeps import Sweep, plain_models


def _significant(value: float) -> float:
    """Rounded to four significant digits, so that a rounded c/sqrt(k) times sqrt(k) is one number for all
    k."""
    return float(f"{value:.4g}")


def regimes(rows: Sequence[Row]) -> list[tuple[str, float, list[Row]]]:
    """(regime, constant, rows) for every sigma, and every c = sigma sqrt(k), that is shared by two values of
    k or more."""
    found = []
    readings = {
        "fixed": lambda row: row["sigma"],
        "scaled": lambda row: _significant(row["sigma"] * math.sqrt(row["k"])),
    }
    for regime, reading in readings.items():
        for constant in sorted({reading(row) for row in rows}):
            own = [row for row in rows if reading(row) == constant]
            if len({row["k"] for row in own}) > 1:
                found.append((regime, constant, own))
    return found


def content(table: Sequence[Row]) -> Content:
    """n* against k in both regimes, for every protocol and patch size."""
    rows = plain_models(table)
    marks: list[Mark] = []
    panels: list[Panel] = []
    for (protocol, d), here in groups(rows, "protocol", "d"):
        for regime, constant, own in regimes(here):
            noise = f"σ = {constant:g} fixed" if regime == "fixed" else f"σ = {constant:.3g} / √k"
            sweep = Sweep(
                experiment=noise,
                protocol=protocol,
                variable="k",
                fixed=(("d", d),),
                rows=tuple(own),
            )
            title = f"{noise}\n{protocol} protocol, d = {d}"
            panels.append(Panel(key=sweep.key, title=title, xlabel=AXIS["k"], ylabel=AXIS["n_star"]))
            noise_at = (
                (lambda _k, s=constant: s) if regime == "fixed" else (lambda k, c=constant: c / math.sqrt(k))
            )
            for model in present(own):
                marks += marks_of_rows(sweep.of(model), panel=sweep.key, x=lambda row: row["k"])
                marks += law_marks(sweep, model, noise=noise_at)
    return Content(marks=marks, panels=panels)


FIGURE = FigureSpec(
    name="sigma-scaling",
    title="Noise level fixed, and noise level shrinking as 1/sqrt(k)",
    caption=(
        "The theorems ask for sigma of order 1/sqrt(k) at most, up to logarithms; the paper's experiments "
        "most likely held sigma fixed. The same sizes in both regimes: a growth in k that one regime shows "
        "can vanish in the other. The tolerance is fixed: the target moves with sigma, so that slopes say "
        "nothing of sigma at one bar. Marks as in the figure of n* against k."
    ),
    experiments=("sigma-scaling",),
    of_rows=content,
    draw=partial(draw_content, columns=2),
)
