"""Rows for the figure of the modes of clustered data: the closed form; kernels and nets a little off it."""

import math

from sims.experiments.shortcut.shortcut_modes import RHO, SIGMA
from tests.figures.synthetic import Row
from tests.figures.synthetic_theory import quantity
from theory.shortcut import clustered_modes

TIMES = (0.125, 2.0, 32.0)
FACTORS = {"linear": 1.0, "shallow": 1.01, "deep": 0.8, "net": 0.1, "bayes": 0.05}


def shortcut_modes() -> list[Row]:
    """Three ratios at one noise, and two more noises at ratio 1."""
    rows: list[Row] = []
    for ratio, sigma in ((0.5, SIGMA), (1.0, SIGMA), (2.0, SIGMA), (1.0, 0.1), (1.0, 0.5)):
        fields = {"ratio": ratio, "sigma": sigma, "rho": RHO}
        modes = clustered_modes(ratio, 1.0, sigma, RHO)

        def add(name: str, value: float, at: float | None = None, *, kind: str, fields: Row = fields) -> None:
            measured = {"error": 0.01, "repetitions": 5, "predicted": value if kind == "linear" else None}
            place = ("shortcut-modes", "clustered_modes", fields)
            rows.append(quantity(*place, name, FACTORS[kind] * value, at=at, **measured))

        total = modes[0].weights + modes[1].weights
        share = ratio * total[0] / (ratio * total[0] + total[1])
        for kind in ("linear", "shallow", "deep"):
            for at, mode in enumerate(modes, 1):
                add(f"eigenvalue_{kind}", mode.eigenvalue, float(at), kind=kind)
            add(f"top_share_{kind}", ratio / (1 + ratio), kind=kind)
            for time in TIMES:
                name = "share_descent" if kind == "linear" else f"share_{kind}"
                add(name, share * (1 + math.exp(-time)), time, kind=kind)
                if kind != "linear":
                    add(f"conflicting_{kind}", 1 - share, time, kind=kind)
        for kind, suffix in (("linear", "least_squares"), ("net", "net"), ("bayes", "bayes")):
            add(f"share_{suffix}", share, kind=kind)
            add(f"conflicting_{suffix}", 1 - share, kind=kind)
    return rows
