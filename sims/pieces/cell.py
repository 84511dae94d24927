"""Cells, the units of measurement: one n* at one setting, or the quantities of a probe. An id is the hash of
all that defines the answer.
"""

import dataclasses
import hashlib
import json
from functools import cached_property
from typing import Any

from sims.pieces import build, describe
from sims.pieces.errors import require

PARTS = ("task", "model", "learner", "criterion", "search")
"""Kinds of the pieces that every cell is made of."""


def canonical_json(value: Any) -> str:
    """The one text of a JSON-ready value: keys sorted, no spaces, whole floats as integers (1.0 is 1).

    Raises `ValueError` for NaN and infinities and `TypeError` for anything that JSON has no word for.
    """

    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: plain(entry) for key, entry in item.items()}
        if isinstance(item, list | tuple):
            return [plain(entry) for entry in item]
        if isinstance(item, float) and item.is_integer():
            return int(item)
        return item

    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def config_id(config: dict[str, Any]) -> str:
    """sha256 (64 hexadecimal digits) of the canonical JSON of `config`."""
    return hashlib.sha256(canonical_json(config).encode()).hexdigest()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """Task, model, learner, criterion, search and seeds: what has to be known to compute one n*.

    The id covers every field and version of every piece and the seeds, and all randomness is folded from it,
    so two cells with the same id have the same answer whatever the order or the worker count.

    paired: cells of one comparison see the same samples at the same seed, and their nets start from the same
    key, whatever model, learner and search: randomness is folded from the task in place of the id. A
    criterion that draws a fresh set for every n sees others than one of nested sets. The ratio of their n*
    varies less than that of cells apart, and their errors are not independent.

    reading: what is read off every trained net beside its alignment (`sims.measuring.readings`), None for
    nothing. It looks and changes nothing: with it the same nets are trained on the same samples.
    """

    task: Any
    model: Any
    learner: Any
    criterion: Any
    search: Any
    seeds: tuple[int, ...]
    paired: bool = False
    reading: Any = None

    def __post_init__(self) -> None:
        whole = all(isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0 for seed in self.seeds)
        allowed = "at least one seed, all different integers >= 0"
        require(whole and 0 < len(set(self.seeds)) == len(self.seeds), "seeds", self.seeds, allowed)
        require(isinstance(self.paired, bool), "paired", self.paired, "true or false")

    def pieces(self) -> dict[str, Any]:
        """What the cell is made of, by kind."""
        beside = {} if self.reading is None else {"reading": self.reading}
        return {kind: getattr(self, kind) for kind in PARTS} | beside

    def config(self) -> dict[str, Any]:
        """JSON-ready description: one `describe` a piece, and the seeds."""
        pieces = {kind: describe(piece) for kind, piece in self.pieces().items()}
        return {**pieces, "seeds": list(self.seeds), **({"paired": True} if self.paired else {})}

    @cached_property
    def id(self) -> str:
        """sha256 of the canonical JSON of `config()`."""
        return config_id(self.config())

    @cached_property
    def drawn_from(self) -> str:
        """What samples and starts are folded from, beside the seed: the id that the cell has without a
        reading, or the task of a paired cell.
        """
        if self.paired:
            return config_id({"paired": describe(self.task)})
        return self.id if self.reading is None else dataclasses.replace(self, reading=None).id

    @property
    def label(self) -> str:
        """A short name for people, e.g. ``dsd k=20 d=20 sigma=0.1 lcn test_selection 1a2b3c4d``; a learner
        that brings its own model stands in the place of it.
        """
        task = describe(self.task)
        sizes = " ".join(f"{key}={task[key]}" for key in ("k", "d", "sigma") if key in task)
        learns = getattr(self.learner, "called", type(self.model).name)
        parts = (task["name"], sizes, learns, type(self.criterion).name, self.id[:8])
        return " ".join(part for part in parts if part)

    @property
    def kind(self) -> tuple[str, str]:
        """What the time of the cell depends on most: model and criterion."""
        return type(self.model).name, type(self.criterion).name

    @staticmethod
    def from_config(config: dict[str, Any]) -> "Cell":
        """The inverse of `config`. Raises `InputError` if a piece is unknown here or has another version."""
        kinds = (*PARTS, "reading") if "reading" in config else PARTS
        pieces = {kind: build(kind, config[kind]) for kind in kinds}
        return Cell(**pieces, seeds=tuple(config["seeds"]), paired=config.get("paired", False))


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
