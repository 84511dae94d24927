"""ProbeCell: a probe at one setting, with an id, and what was found there."""

import dataclasses
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sims.cell import config_id
from sims.pieces import build, describe
from sims.quantity import Quantity

if TYPE_CHECKING:
    from sims.pool import Pool


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProbeCell:
    """A probe, and with it all that has to be known to compute its quantities."""

    probe: Any

    def config(self) -> dict[str, Any]:
        """JSON-ready description."""
        return {"probe": describe(self.probe)}

    @cached_property
    def id(self) -> str:
        """sha256 of the canonical JSON of `config()`."""
        return config_id(self.config())

    @property
    def entropy(self) -> int:
        """128 bits folded from the id: order, workers and machine cannot change what is drawn."""
        return int.from_bytes(hashlib.sha256(f"{self.id}/probe".encode()).digest()[:16], "big")

    @property
    def label(self) -> str:
        """A short name for people, e.g. ``oracle_estimators k=4 d=8 1a2b3c4d``."""
        fields = describe(self.probe)
        shown = " ".join(
            f"{key}={value}"
            for key, value in fields.items()
            if key not in ("name", "version") and value is not None
        )
        return f"{fields['name']} {shown} {self.id[:8]}"

    @property
    def kind(self) -> tuple[str, str]:
        """What the time of the cell depends on most."""
        return type(self.probe).name, ""

    @staticmethod
    def from_config(config: dict[str, Any]) -> "ProbeCell":
        """The inverse of `config`. Raises `InputError` if the probe, or its version, is unknown here."""
        return ProbeCell(probe=build("probe", config["probe"]))


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
