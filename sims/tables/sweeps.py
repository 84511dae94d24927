"""Which cells of n* form a sweep: one variable moves, the other sizes stay."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]

SIZES = ("k", "d", "sigma")
EXPERIMENT_TITLES = {
    "sweeps": "the paper's sweeps",
    "architectures": "all architectures",
    "sigma": "sweep of the noise",
    "sweeps-cosine-6": "cosine 0.6",
    "sweeps-cosine-8": "cosine 0.8",
    "architectures-cosine-8": "all architectures, cosine 0.8",
    "sigma-cosine-8": "sweep of the noise, cosine 0.8",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sweep:
    """Cells of one experiment and protocol in which one variable moves and the other sizes stay. Cells that
    share their samples (paired) and cells that do not are never together: their errors differ in kind.
    """

    experiment: str
    protocol: str
    paired: bool = False
    variable: str
    fixed: tuple[tuple[str, float], ...]
    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        """Short name, unique within a figure."""
        return f"{self.experiment}, {self.protocol}{', paired' * self.paired}"

    @property
    def values(self) -> list[float]:
        """The variable's values, increasing."""
        return sorted(distinct(row[self.variable] for row in self.rows))

    @property
    def title(self) -> str:
        """For people: what was measured, under which protocol, at which sizes."""
        sizes = ", ".join(f"{'σ' if name == 'sigma' else name}={value:g}" for name, value in self.fixed)
        title = EXPERIMENT_TITLES.get(self.experiment, self.experiment)
        return f"{title}\n{self.protocol}: {sizes}{', paired' * self.paired}"

    def of(self, model: str) -> list[Row]:
        """The rows of one model."""
        return [row for row in self.rows if row["model"] == model]


def distinct(values: Iterable[Any]) -> list[Any]:
    """Each value once, in order of first appearance."""
    return list(dict.fromkeys(values))


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
    """The widest sweep in `variable` of every experiment and protocol, paired cells apart; those with one
    value are none.
    """
    others = [name for name in SIZES if name != variable]
    found: list[Sweep] = []
    for group in distinct(_group(row) for row in rows):
        here = [row for row in rows if _group(row) == group]
        experiment, protocol, paired = group
        candidates = [
            Sweep(
                experiment=experiment,
                protocol=protocol,
                paired=paired,
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


def _group(row: Row) -> tuple[str, str, bool]:
    return row["experiment"], row["protocol"], row.get("paired", False)
