"""Setting: a cell in words, names and numbers only, so that experiments are listed without importing jax."""

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from sims.errors import InputError, require

if TYPE_CHECKING:
    from sims.cell import Cell


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """One n* to measure: task and sizes, model, protocol, and what departs from the protocol.

    Parameters
    ----------
    k, d, sigma: patches, coordinates a patch, noise a coordinate.
    model: "fcn", "lcn", "cnn" or "linear"; activation, bias and width (FCN only) as the models take them,
        None for the model's own choice.
    protocol: "lahoti" or "honest".
    seeds: the repetitions.
    n_max: largest training set of the search, None for the protocol's.
    floor: what the target is counted from, "oracle" or "linear"; None for the protocol's.
    ns: evaluate all of these n (a learning curve) in place of searching.
    """

    k: int
    d: int
    sigma: float
    model: str
    protocol: str
    seeds: tuple[int, ...]
    task: str = "dsd"
    activation: str | None = None
    bias: str | None = None
    width: int | None = None
    n_max: int | None = None
    floor: str | None = None
    ns: tuple[int, ...] | None = None

    def cell(self) -> "Cell":
        """The cell. Raises `InputError`, named by the option, for anything that a piece refuses."""
        from sims.cell import Cell, register_all
        from sims.pieces import build, registered
        from sims.protocols import protocol
        from sims.search import Grid

        register_all()
        for kind, name in (("task", self.task), ("model", self.model)):
            require(name in registered(kind), kind, name, ", ".join(sorted(registered(kind))))
        sizes = {"k": self.k, "d": self.d, "sigma": self.sigma}
        task = build("task", {"name": self.task, **sizes})
        model = build("model", {"name": self.model, **self._model_options()})
        learner, *rest = protocol(self.protocol, model, task, n_max=self.n_max)
        criterion, search = cast("list[Any]", rest)
        if self.floor is not None:
            criterion = dataclasses.replace(criterion, floor=self.floor)
        if self.ns is not None:
            search = Grid(ns=self.ns)
        return Cell(
            task=task, model=model, learner=learner, criterion=criterion, search=search, seeds=self.seeds
        )

    def _model_options(self) -> dict[str, object]:
        from sims.pieces import registered

        options = {"activation": self.activation, "bias": self.bias, "width": self.width}
        given = {name: value for name, value in options.items() if value is not None}
        takes = {
            model: {field.name for field in dataclasses.fields(cls)}
            for model, cls in registered("model").items()
        }
        for name, value in given.items():
            if name not in takes[self.model]:
                having = ", ".join(sorted(model for model, fields in takes.items() if name in fields))
                raise InputError(name, value, f"nothing for model {self.model}; it is an option of {having}")
        return given
