"""What the reader's machine says to the published results: the top of the report of ``nstar reproduce``."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

from paper_repro.published.agreement import Comparison
from paper_repro.rules.base import LEVEL, Row
from paper_repro.rules.ratios import log_ratios, test_ratios
from sims.search.estimate import Estimate
from sims.tables.gather import Tables
from sims.tables.ratios import ratio_of
from sims.tables.sweeps import distinct

FRESH = "headline"
BEFORE = "architectures"


@dataclasses.dataclass(frozen=True)
class FreshCell:
    """One cell computed with fresh seeds beside the published one of the same model and sizes. ratio: n* here
    over n* published, with its 95 % interval, None where censoring leaves no bound.
    """

    model: str
    k: int
    here: Row
    published: Row
    ratio: Estimate | None


@dataclasses.dataclass(frozen=True)
class FreshModel:
    """The cells of one model. ratio: geometric mean of theirs with its interval; p: two-sided error
    probability of "it is not 1"; both None where no cell has a ratio.
    """

    model: str
    cells: tuple[FreshCell, ...]
    ratio: Estimate | None
    p: float | None


@dataclasses.dataclass(frozen=True)
class Recomputed:
    """One published cell, recomputed with its own seeds."""

    experiment: str
    label: str
    result: Comparison


@dataclasses.dataclass(frozen=True)
class Here:
    """altered: published tables that are not as published; fresh: one `FreshModel` each; failed: cells that
    could not be computed; recomputed: the sample, drawn with `seed`.
    """

    altered: tuple[str, ...]
    fresh: tuple[FreshModel, ...]
    failed: tuple[str, ...]
    recomputed: tuple[Recomputed, ...]
    seed: int

    def differs(self, one: FreshModel) -> bool:
        """Whether fresh seeds contradict what is published of a model, at `LEVEL` over all of them
        (Bonferroni).
        """
        return one.p is not None and one.p * len(self.fresh) < LEVEL

    @property
    def differing(self) -> list[FreshModel]:
        """Those that do."""
        return [one for one in self.fresh if self.differs(one)]

    @property
    def disagreeing(self) -> list[Recomputed]:
        """Published cells that came out otherwise."""
        return [one for one in self.recomputed if one.result.agreement == "disagrees"]

    @property
    def status(self) -> int:
        """0 if nothing speaks against what is published and all was computed, else 1."""
        return int(bool(self.altered or self.differing or self.disagreeing or self.failed))

    @property
    def sentence(self) -> str:
        """What came out, in one line."""
        agreeing = len(self.recomputed) - len(self.disagreeing)
        parts = [f"{agreeing} of {len(self.recomputed)} recomputed cells agree with the published ones"]
        apart = ", ".join(one.model.upper() for one in self.differing)
        parts.append(
            f"with other seeds n* of {apart} differs from the published one"
            if apart
            else "with other seeds n* of no model differs from the published one"
        )
        parts.append(f"published tables altered: {len(self.altered)}")
        if self.failed:
            parts.append(f"cells failed: {len(self.failed)}")
        return "; ".join(parts)


def fresh_models(tables: Tables) -> list[FreshModel]:
    """The cells of "headline" by model, each beside the published cell of "architectures" with its model and
    sizes.
    """
    before = {
        _place(row): row
        for row in tables.thresholds
        if row["experiment"] == BEFORE and row["protocol"] == "honest"
    }
    rows = [row for row in tables.thresholds if row["experiment"] == FRESH]
    return [
        _of_model(model, [row for row in rows if row["model"] == model], before)
        for model in distinct(row["model"] for row in rows)
    ]


def _place(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in ("model", "k", "d", "sigma"))


def _of_model(model: str, rows: Sequence[Row], before: Mapping[tuple[object, ...], Row]) -> FreshModel:
    seeds = min(Counter(row["cell"] for row in rows).values())
    first = {row["cell"]: row for row in reversed(rows)}
    pairs = [(f"k = {row['k']}", row, before[_place(row)]) for row in first.values() if _place(row) in before]
    pairs.sort(key=lambda pair: pair[1]["k"])
    cells = tuple(FreshCell(model, here["k"], here, there, ratio_of(here, there)) for _, here, there in pairs)
    ratios = log_ratios(pairs)
    if not ratios:
        return FreshModel(model, cells, None, None)
    test = test_ratios("here / published", ratios, 1.0, 1.0, "typical", seeds=seeds)
    return FreshModel(model, cells, test.evidence[0].estimate, test.p_values[1])


def span(row: Row) -> str:
    """n* of a row with its interval, ∞ where nothing bounds it."""
    low, best, high = row["n_low"] or 0, row["n_best"], row["n_high"]
    return f"{'–' if best is None else _count(best)} [{_count(low)}, {'∞' if high is None else _count(high)}]"


def _count(n: float) -> str:
    return f"{n:.3g}" if n < 100 else f"{n:.0f}"
