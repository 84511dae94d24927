"""From rows of a table to marks: which cells form a sweep, their estimates and every seed's bracket."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from figures.marks import Mark, distinct
from figures.style import MODELS

Row = dict[str, Any]

SIZES = ("k", "d", "sigma")
EXPERIMENT_TITLES = {
    "sweeps": "the paper's sweeps",
    "architectures": "all architectures",
    "sigma": "sweep of the noise",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sweep:
    """Cells of one experiment and protocol in which one variable moves and the other sizes stay."""

    experiment: str
    protocol: str
    variable: str
    fixed: tuple[tuple[str, float], ...]
    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        """Short name, unique within a figure."""
        return f"{self.experiment}, {self.protocol}"

    @property
    def values(self) -> list[float]:
        """The variable's values, increasing."""
        return sorted(distinct(row[self.variable] for row in self.rows))

    @property
    def title(self) -> str:
        """For people: what was measured, under which protocol, at which sizes."""
        sizes = ", ".join(f"{'σ' if name == 'sigma' else name}={value:g}" for name, value in self.fixed)
        return f"{EXPERIMENT_TITLES.get(self.experiment, self.experiment)}\n{self.protocol} protocol, {sizes}"

    def of(self, model: str) -> list[Row]:
        """The rows of one model."""
        return [row for row in self.rows if row["model"] == model]


def of_experiment(rows: Sequence[Row], *experiments: str) -> list[Row]:
    """The rows of these experiments."""
    return [row for row in rows if row["experiment"] in experiments]


def plain_models(rows: Sequence[Row]) -> list[Row]:
    """Rows of the architectures as the theorems have them: LSA activation (or linear), trained bias, FCN of
    width k."""
    return [
        row
        for row in rows
        if row["model"] == "linear"
        or (row["activation"] == "lsa" and row["bias"] == "trained" and row["width"] in (None, row["k"]))
    ]


def sweeps(rows: Sequence[Row], variable: str) -> list[Sweep]:
    """The widest sweep in `variable` of every experiment and protocol; those with a single value are none."""
    others = [name for name in SIZES if name != variable]
    found: list[Sweep] = []
    for experiment, protocol in distinct((row["experiment"], row["protocol"]) for row in rows):
        here = [row for row in rows if (row["experiment"], row["protocol"]) == (experiment, protocol)]
        candidates = [
            Sweep(
                experiment=experiment,
                protocol=protocol,
                variable=variable,
                fixed=tuple(zip(others, place, strict=True)),
                rows=tuple(row for row in here if tuple(row[name] for name in others) == place),
            )
            for place in sorted(distinct(tuple(row[name] for name in others) for row in here))
        ]
        candidates = [sweep for sweep in candidates if len(sweep.values) > 1]
        if candidates:
            found.append(max(candidates, key=lambda sweep: (len(sweep.values), len(sweep.rows))))
    return found


def present(rows: Sequence[Row]) -> list[str]:
    """The models among the rows, in the order of every legend."""
    return [model for model in MODELS if any(row["model"] == model for row in rows)]


def target_variant(row: Row) -> str:
    """The linear model is measured against the nets' target and against its own: the second is a variant."""
    return "to its own target" if row["model"] == "linear" and row["floor"] == "linear" else ""


def series_of(row: Row) -> str:
    """Model, and variant if it is one."""
    return " ".join(filter(None, (row["model"], target_variant(row))))


def marks_of_rows(
    rows: Sequence[Row],
    *,
    panel: str,
    x: Callable[[Row], float],
    series: Callable[[Row], str] = series_of,
    variant: Callable[[Row], str] = target_variant,
) -> list[Mark]:
    """An estimate for every cell and a bracket for every seed. Rows of one cell are those that share `cell`.

    Where all seeds are censored alike the estimate's own arrow says so, and the seeds are left out.
    """
    marks: list[Mark] = []
    for cell in distinct(row["cell"] for row in rows):
        own = [row for row in rows if row["cell"] == cell]
        first = own[0]
        common: dict[str, Any] = {
            "panel": panel,
            "series": series(first),
            "model": first["model"],
            "variant": variant(first),
            "x": x(first),
        }
        marks.append(
            Mark(kind="estimate", y=first["n_best"], low=first["n_low"], high=first["n_high"], **common)
        )
        if first["n_best"] is None and {row["censored"] for row in own} in ({"right"}, {"left"}):
            continue
        for row in own:
            note = "" if row["monotone"] else "not monotone"
            marks.append(Mark(kind="seed", low=row["low"], high=row["high"], note=note, **common))
    return marks
