"""Experiment: a question, and the list of settings that answers it at each size."""

import dataclasses
from collections.abc import Callable, Sequence
from functools import cached_property

from sims.experiments.setting import ProbeSetting, Setting
from sims.pieces.cell import Cell, ProbeCell
from sims.pieces.errors import require

PRESETS = ("quick", "paper", "full")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """A named list of units: cells, which measure n*, or probes of one type.

    title: a few words; question: the sentence that the experiment answers; make: preset -> settings, all
    different.
    """

    name: str
    title: str
    question: str
    make: Callable[[str], Sequence[Setting | ProbeSetting]]

    @cached_property
    def probe(self) -> str | None:
        """Name of the probe; None if the experiment measures n*."""
        return next((one.probe for one in self.make(PRESETS[0]) if isinstance(one, ProbeSetting)), None)

    def settings(self, preset: str) -> list[Setting | ProbeSetting]:
        """The settings of a preset. Raises `InputError` for an unknown preset."""
        require(preset in PRESETS, "preset", preset, ", ".join(PRESETS))
        return list(self.make(preset))

    def units(self, preset: str, *, protocol: str | None = None) -> list[Cell | ProbeCell]:
        """Everything to compute at a preset; with a protocol named, the cells of that protocol alone."""
        settings = self.settings(preset)
        return [setting.cell() for setting in settings if protocol in (None, setting.protocol)]

    def cells(self, preset: str, *, protocol: str | None = None) -> list[Cell]:
        """The cells of a preset that measure n*, of one protocol if it is named."""
        return [unit for unit in self.units(preset, protocol=protocol) if isinstance(unit, Cell)]

    def probes(self, preset: str) -> list[ProbeCell]:
        """The probes of a preset."""
        return [unit for unit in self.units(preset) if isinstance(unit, ProbeCell)]
