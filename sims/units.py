"""Units: what a sweep computes and a store keeps: cells, which measure n*, and probes, which measure
quantities.
"""

from typing import TYPE_CHECKING, Any

from sims.cell import Cell
from sims.measure import CellResult, OnOutcome, measure_cell
from sims.probe_cell import ProbeCell, ProbeResult, measure_probe

if TYPE_CHECKING:
    from sims.pool import Pool

Unit = Cell | ProbeCell
Result = CellResult | ProbeResult


def unit_from_config(config: dict[str, Any]) -> Unit:
    """The unit that a stored configuration describes. Raises `InputError` if a piece is unknown here."""
    return ProbeCell.from_config(config) if "probe" in config else Cell.from_config(config)


def result_from_json(config: dict[str, Any], data: dict[str, Any]) -> Result:
    """The stored result of a unit. Raises `KeyError`, `TypeError` or `ValueError` if it is none."""
    return ProbeResult.from_json(data) if "probe" in config else CellResult.from_json(data)


def measure_unit(unit: Unit, pool: "Pool", *, on_outcome: OnOutcome | None = None) -> Result:
    """Compute a unit, always anew. on_outcome: as in `measure_cell`; a probe has no outcomes."""
    from sims.compilation import drop_programs_if_many

    pool.memory.note_programs(drop_programs_if_many(pool.memory.most_programs))
    if isinstance(unit, ProbeCell):
        return measure_probe(unit, pool)
    return measure_cell(unit, pool, on_outcome=on_outcome)
