"""Marks: every value a figure draws, one row each. A figure is drawn from its marks alone, so they are what
its CSV holds."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from sims.search.estimate import Estimate

KINDS = ("estimate", "seed", "line", "band", "level", "span", "cell")
"""estimate: a point with its interval; seed: one repetition's bracket; line: one vertex of a curve; band: one
vertex of a shaded range; level: a horizontal reference; span: a shaded horizontal range; cell: one entry of a
heat map."""

SOURCES = ("measured", "fit", "chosen law", "upper bound", "lower bound", "derived", "reported")
"""What a mark rests on. A fit is that of a power law, beside the law that the data prefer. The two bounds are
theorems; derived: closed forms of this suite; reported: printed in the paper."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mark:
    """One drawn value.

    `x` and `y` are in the units of the panel's axes. For an estimate, `low` and `high` are the ends of its
    interval; for a seed they are its bracket (fails at `low`, succeeds at `high`). `y` is None where
    everything is censored; a missing `high` means right-censored at `low`, and a missing `low`, of a seed one
    of zero too, means left-censored at `high`.
    """

    panel: str
    series: str
    model: str
    kind: str
    source: str = "measured"
    variant: str = ""
    x: float | None = None
    y: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.source not in SOURCES:
            raise ValueError(f"a mark of kind {self.kind!r} and source {self.source!r} cannot be drawn")

    @property
    def right_censored(self) -> bool:
        """The value lies above `low`, by how much is not known."""
        return self.kind in ("estimate", "seed") and self.high is None and self.low is not None

    @property
    def left_censored(self) -> bool:
        """The value lies at or below `high`."""
        open_below = self.low is None if self.kind == "estimate" else self.kind == "seed" and not self.low
        return open_below and self.high is not None


def level(panel: str, series: str, y: float | None, *, model: str = "ratio", source: str = "derived") -> Mark:
    """A horizontal reference."""
    return Mark(panel=panel, series=series, model=model, kind="level", source=source, y=y)


def estimated(estimate: Estimate, **fields: Any) -> Mark:
    """An estimate with its interval; fields: those of `Mark`."""
    return Mark(kind="estimate", y=estimate.best, low=estimate.low, high=estimate.high, **fields)


def curve(
    points: Iterable[tuple[float, float | None]], *, source: str = "derived", **fields: Any
) -> list[Mark]:
    """The vertices (x, y) of a curve; fields: those of `Mark`."""
    return [Mark(kind="line", source=source, x=x, y=y, **fields) for x, y in points]


COLUMNS = tuple(field.name for field in dataclasses.fields(Mark))


def as_rows(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """Marks as plain dictionaries, the rows of a figure's CSV."""
    return [dataclasses.asdict(mark) for mark in marks]


def of(marks: Sequence[Mark], **wanted: str) -> list[Mark]:
    """The marks whose fields equal those given, in their order."""
    return [mark for mark in marks if all(getattr(mark, key) == value for key, value in wanted.items())]
