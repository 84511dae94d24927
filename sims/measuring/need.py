"""Memory that a cell will need, from the sizes of its samples and what its learner says of itself."""

import dataclasses
from typing import TYPE_CHECKING

from sims.learners.base import Divisible, more_of
from sims.learners.prices.training import Priced
from sims.machine.memory import Fit
from sims.measuring.readings.base import PricedReading
from sims.samples import Layout
from sims.samples.datasets import drawn_sizes
from sims.tasks.base import label_shape

if TYPE_CHECKING:
    from sims.pieces.cell import Cell
    from sims.protocols.criteria import Sizes

DRAWING = 4.2
"""Memory of drawing samples, over that of the images: noise, signals and their sums beside them. Measured
on DSD: 4.1 at 524 MB of images, somewhat more where they are small.
"""
PACKING = 2.0
"""The same of laying them out in blocks: the padded copy and the transposed one."""


@dataclasses.dataclass(frozen=True)
class Need:
    """Bytes of one training: what drawing and packing take before it or reading after it, what it takes
    whatever happens, and for each lane side by side.
    """

    preparing: float
    fixed: float
    lane: float
    lanes: int

    def bytes(self, lanes: int | None = None) -> float:
        """With so many lanes side by side (default: all)."""
        return max(self.preparing, self.fixed + self.lane * (self.lanes if lanes is None else lanes))

    def lanes_within(self, room: float) -> int:
        """How many lanes fit: at least one, at most all."""
        if self.bytes() <= room or self.lane == 0:
            return self.lanes
        return max(1, min(self.lanes, int((room - self.fixed) / self.lane)))


def kept_bytes(cell: "Cell") -> float:
    """Bytes of samples that a repetition keeps while it goes on: the nested training set, the test set, sets
    that are counted apart.
    """
    k, d, label, capacity = cell.task.k, cell.task.d, label_shape(cell.task), max(cell.search.grid())
    sizes = cell.criterion.sizes(capacity)
    # Selection on a test set keeps that one, whatever n.
    test = sizes.test or sizes.monitor
    nested = 4 * capacity * (k * d + sum(label)) if sizes.nested else 0
    others = sum(4 * one.n * one.k * one.d for one in others_of(cell))
    return nested + Layout.of(test, test, k, d, label).bytes + others


def others_of(cell: "Cell") -> list[Layout]:
    """The sets that are counted apart, at their largest."""
    found = more_of(cell.learner, cell.task, max(cell.search.grid()))
    tasks = [cell.task if one.task is None else one.task for one in found]
    return [
        Layout.of(one.n, one.n, task.k, task.d, label_shape(task))
        for one, task in zip(found, tasks, strict=True)
    ]


def need(cell: "Cell", n: int) -> Need:
    """Bytes of one training at n, beside what its repetition keeps."""
    k, d, label, capacity = cell.task.k, cell.task.d, label_shape(cell.task), max(cell.search.grid())
    sizes = cell.criterion.sizes(n)
    image = 4 * (k * d + sum(label))
    drawn = capacity if sizes.nested else next(size for size in drawn_sizes(capacity) if size >= n)
    drawing = (DRAWING - (1 if sizes.nested else 0)) * image * drawn
    train, monitor, _ = layouts(sizes, capacity, k, d, label)
    # The sets that the training has to itself: selection on a kept test set is on that.
    others = others_of(cell)
    own = train.bytes + (monitor.bytes if sizes.test and not sizes.shared else 0)
    own += sum(one.bytes for one in others)
    # The first training of a repetition draws the kept test set beside its own sets.
    testing = (DRAWING - 1) * image * (sizes.test or sizes.monitor)
    beside = max((DRAWING * 4 * one.n * one.k * one.d for one in others), default=0.0)
    reading = cell.reading.bytes(cell) if isinstance(cell.reading, PricedReading) else 0.0
    preparing = max(drawing, own + max(PACKING * train.bytes, testing, beside, reading))
    if not isinstance(cell.learner, Priced):
        return Need(preparing, preparing, 0.0, 1)
    space = cell.learner.workspace(cell.model, train, monitor)
    if not isinstance(cell.learner, Divisible):
        return Need(preparing, own + space.fixed + space.lanes * space.lane, 0.0, 1)
    return Need(preparing, own + space.fixed, space.lane, space.lanes)


def fits(cell: "Cell", room: float) -> Fit:
    """How the cell's largest training fits into so many bytes."""
    kept, needed = kept_bytes(cell), need(cell, max(cell.search.grid()))
    if kept + needed.bytes() <= room:
        return "whole"
    return "divided" if kept + needed.bytes(1) <= room else "too large"


def layouts(
    sizes: "Sizes", capacity: int, k: int, d: int, label: tuple[int, ...] = ()
) -> tuple[Layout, Layout, Layout]:
    """How the sets of a criterion are laid out for a search up to `capacity`: training, selection, test."""
    train = Layout.of(sizes.train, capacity, k, d, label)
    # Where nothing else is judged on, the selection set is the test set, which is as large as it is.
    room = capacity if sizes.test else sizes.monitor
    monitor = train if sizes.shared else Layout.of(sizes.monitor, room, k, d, label)
    return train, monitor, Layout.of(sizes.test, sizes.test, k, d, label)
