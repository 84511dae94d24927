"""What an experiment asks for at a preset: ids, which the store may remember, and units, which are made."""

from functools import cached_property
from pathlib import Path

from sims.experiments import Experiment
from sims.measuring.units import Unit
from sims.store import Store
from sims.store.index import Index, definition


class Roster:
    """The units of an experiment at a preset, asked of the store at `root` (which need not exist).

    protocol: only the cells of this one.
    """

    def __init__(
        self, experiment: Experiment, preset: str, root: Path, *, protocol: str | None = None
    ) -> None:

        self.experiment = experiment
        self.preset = preset
        self._root = root
        self._index = Index(root)
        self._name = f"{experiment.name}-{preset}"
        settings = experiment.settings(preset)
        self.has_readings = any(getattr(one, "reading", None) for one in settings)
        self._chosen = [protocol in (None, one.protocol) for one in settings]
        self._definition = definition(settings)

    def ids(self) -> list[str]:
        """The ids, in order. Raises what the making of a unit raises."""
        return [id for id, chosen in zip(self.every_id, self._chosen, strict=True) if chosen]

    def units(self) -> list[Unit]:
        """The units, in order. Raises what the making of a unit raises."""
        return [unit for unit, chosen in zip(self.every_unit, self._chosen, strict=True) if chosen]

    @cached_property
    def every_id(self) -> list[str]:
        """The ids of all protocols."""
        kept = self._index.ids(self._name, self._definition)
        # One unit a setting: a list of another length is none of ours.
        fits = kept is not None and len(kept) == len(self._chosen)
        return kept if kept is not None and fits else [unit.id for unit in self.every_unit]

    @cached_property
    def every_unit(self) -> list[Unit]:
        """The units of all protocols."""
        return list(self.experiment.units(self.preset))

    def keep(self) -> None:
        """Have the store remember the ids, if there is one that does not yet."""
        if Store(self._root).is_marked() and self._index.ids(self._name, self._definition) is None:
            self._index.keep_ids(self._name, self._definition, self.every_unit)
