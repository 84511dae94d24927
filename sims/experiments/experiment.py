"""Experiment: a question, and the list of settings that answers it at each size."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from sims.errors import require
from sims.experiments.setting import Setting

if TYPE_CHECKING:
    from sims.cell import Cell

PRESETS = ("quick", "paper", "full")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """A named list of cells.

    title: a few words; question: the sentence that the experiment answers; make: preset -> settings, all
    different.
    """

    name: str
    title: str
    question: str
    make: Callable[[str], list[Setting]]

    def settings(self, preset: str) -> list[Setting]:
        """The settings of a preset. Raises `InputError` for an unknown preset."""
        require(preset in PRESETS, "preset", preset, ", ".join(PRESETS))
        return self.make(preset)

    def cells(self, preset: str, *, protocol: str | None = None) -> list["Cell"]:
        """The cells of a preset, of one protocol if it is named."""
        settings = self.settings(preset)
        return [setting.cell() for setting in settings if protocol in (None, setting.protocol)]
