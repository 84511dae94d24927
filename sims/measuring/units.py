"""Units: what a sweep computes and a store keeps: cells, which measure n*, and probes, which measure
quantities.
"""

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from sims.measuring.threshold import CellResult, OnOutcome, measure_cell
from sims.pieces.cell import Cell, ProbeCell
from sims.pieces.quantity import Quantity

if TYPE_CHECKING:
    from sims.machine.pool import Pool


@dataclasses.dataclass(frozen=True)
class ProbeResult:
    """The quantities that a probe found, in its order."""

    quantities: tuple[Quantity, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON-ready form, as kept in the store."""
        return {"quantities": [dataclasses.asdict(quantity) for quantity in self.quantities]}

    @staticmethod
    def from_json(data: dict[str, Any]) -> "ProbeResult":
        """The inverse of `to_json`. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        return ProbeResult(tuple(Quantity(**quantity) for quantity in data["quantities"]))


def measure_probe(cell: ProbeCell, pool: "Pool") -> ProbeResult:
    """Compute a probe's quantities, always anew, on a thread of the pool."""
    found = tuple(pool.map(cell.probe.measure, [cell.entropy])[0])
    places = [(quantity.name, quantity.at) for quantity in found]
    if len(set(places)) < len(places):
        raise ValueError(f"{cell.label}: a quantity is given twice")
    return ProbeResult(found)


Unit = Cell | ProbeCell
Result = CellResult | ProbeResult


def unit_from_config(config: dict[str, Any]) -> Unit:
    """The unit that a stored configuration describes. Raises `InputError` if a piece is unknown here."""
    return ProbeCell.from_config(config) if "probe" in config else Cell.from_config(config)


def result_from_json(config: dict[str, Any], data: dict[str, Any]) -> Result:
    """The stored result of a unit. Raises `KeyError`, `TypeError` or `ValueError` if it is none."""
    return ProbeResult.from_json(data) if "probe" in config else CellResult.from_json(data)


def measure_unit(unit: Unit, pool: "Pool", *, on_outcome: OnOutcome | None = None) -> Result:
    """Compute a unit, always anew. on_outcome: as in `measure_cell`; a probe has no outcomes. Code of a
    user's own is bound to the memory of the pool.
    """
    from sims.machine.bounded import bounded
    from sims.machine.compilation import drop_programs_if_many

    pool.memory.note_programs(drop_programs_if_many(pool.memory.most_programs))
    with bounded(pool.memory.limit) if has_own_code(unit) else contextlib.nullcontext():
        if isinstance(unit, ProbeCell):
            return measure_probe(unit, pool)
        return measure_cell(unit, pool, on_outcome=on_outcome)


def has_own_code(piece: Any) -> bool:
    """Whether a unit or a piece is, or has in its fields, one that is not nstar's or reads what is not."""
    if not dataclasses.is_dataclass(piece):
        return False
    cls = type(piece)
    own = cls.__module__.partition(".")[0] != "sims" or getattr(cls, "reads_files", False)
    return own or any(has_own_code(getattr(piece, field.name)) for field in dataclasses.fields(piece))
