"""Settings: units in words, names and numbers only, so that experiments are listed without importing jax."""

import dataclasses
from collections.abc import Mapping
from typing import Any, cast

from sims.pieces import build, describe, registered
from sims.pieces.cell import Cell, ProbeCell
from sims.pieces.errors import InputError, require
from sims.search import Grid

Options = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """One n* to measure: task and sizes, model, protocol, and what departs from the protocol.

    Parameters
    ----------
    k, d, sigma: patches, coordinates a patch, noise a coordinate; None where the task sets them itself.
    model: "fcn", "lcn", "cnn", "linear", ...; activation, bias and width (FCN only) as the models take them,
        None for the model's own choice.
    protocol: "lahoti", "honest", "tuned" or "direct".
    seeds: the repetitions.
    n_min, n_max: smallest and largest training set of the search, None for the protocol's.
    floor: what the target is counted from; None for the protocol's.
    ns: evaluate all of these n (a learning curve) in place of searching.
    learner, criterion: fields that replace the protocol's, or with a ``name`` another learner or criterion
        altogether.
    task_options, model_options: further fields of task and model.
    paired: whether samples are shared with other paired cells of the same task and seeds, see
        `sims.pieces.cell.Cell`.
    reading: what is read off every trained net, by its ``name``, with its fields; empty for nothing.
    """

    k: int | None = None
    d: int | None = None
    model: str
    protocol: str
    seeds: tuple[int, ...]
    sigma: float | None = None
    task: str = "dsd"
    activation: str | None = None
    bias: str | None = None
    width: int | None = None
    n_min: int | None = None
    n_max: int | None = None
    floor: str | None = None
    ns: tuple[int, ...] | None = None
    learner: Options = dataclasses.field(default_factory=dict)
    criterion: Options = dataclasses.field(default_factory=dict)
    task_options: Options = dataclasses.field(default_factory=dict)
    model_options: Options = dataclasses.field(default_factory=dict)
    paired: bool = False
    reading: Options = dataclasses.field(default_factory=dict)

    def cell(self) -> Cell:
        """The cell. Raises `InputError`, named by the option, for anything that a piece refuses."""
        from sims.protocols import protocol

        for kind, name in (("task", self.task), ("model", self.model)):
            require(name in registered(kind), kind, name, ", ".join(sorted(registered(kind))))
        task = build("task", {"name": self.task, **self._task_options()})
        for name in ("k", "d", "sigma"):
            fixed = getattr(task, name, None)
            asked = getattr(self, name)
            require(asked in (None, fixed), name, asked, f"{fixed} for task {self.task}")
        model = build("model", {"name": self.model, **self._model_options()})
        learner, *rest = protocol(self.protocol, model, task, n_max=self.n_max)
        criterion, search = cast("list[Any]", rest)
        floor = {} if self.floor is None else {"floor": self.floor}
        if self.n_min is not None:
            search = dataclasses.replace(
                search, n_min=self.n_min, start=max(self.n_min, search.start or self.n_min)
            )
        if self.ns is not None:
            search = Grid(ns=self.ns)
        learner = _changed("learner", learner, _knowing_the_noise(task, self.learner))
        criterion = _changed("criterion", criterion, {**floor, **self.criterion})
        from sims.protocols.agreement import require_agreement, within_the_data  # late: they import jax

        asked = {"n_max": self.n_max, "test_size": self.criterion.get("test_size")}
        criterion, search = within_the_data(task, criterion, search, **asked)

        reading = build("reading", dict(self.reading)) if self.reading else None
        require_agreement(task, model, learner, criterion, reading)
        return Cell(
            task=task,
            model=model,
            learner=learner,
            criterion=criterion,
            search=search,
            seeds=self.seeds,
            paired=self.paired,
            reading=reading,
        )

    def _task_options(self) -> dict[str, object]:
        fields = {field.name: field for field in dataclasses.fields(registered("task")[self.task])}
        if self.sigma is not None and "sigma" not in fields:
            raise InputError("sigma", self.sigma, f"nothing for task {self.task}, which has no such noise")
        sizes = {"k": self.k, "d": self.d, "sigma": self.sigma}
        # A task may fix one of its sizes, such as k = 2 halves: `cell` holds it against what was asked.
        given = {name: value for name, value in sizes.items() if name in fields and value is not None}
        return {**given, **self.task_options}

    def _model_options(self) -> dict[str, object]:
        options = {"activation": self.activation, "bias": self.bias, "width": self.width}
        given = {name: value for name, value in options.items() if value is not None}
        given |= self.model_options
        if not given:
            return {}
        takes = {
            model: {field.name for field in dataclasses.fields(cls)}
            for model, cls in registered("model").items()
        }
        for name, value in given.items():
            if name not in takes[self.model] and name not in self.model_options:
                having = ", ".join(sorted(model for model, fields in takes.items() if name in fields))
                raise InputError(name, value, f"nothing for model {self.model}; it is an option of {having}")
        return given


def _knowing_the_noise(task: Any, learner: Options) -> Options:
    """The fields of a learner that has to be told the noise of the task, such as the Bayes posterior, with
    that of the task. Raises `InputError` for another noise and for a task without any.
    """

    cls = registered("learner").get(learner.get("name", ""))
    fields = {} if cls is None else {field.name: field for field in dataclasses.fields(cls)}
    if "sigma" not in fields or fields["sigma"].default is not dataclasses.MISSING:
        return learner
    noise = getattr(task, "sigma", None)
    allowed = f"a task with noise, which learner {learner['name']} has to know: dsd, ..."
    require(noise is not None, "task", task.name, allowed)
    given = learner.get("sigma", noise)
    if given != noise:
        raise InputError("sigma", given, f"{noise:g}, the noise of the task, or none", piece="learner")
    return {**learner, "sigma": noise}


def _changed(kind: str, piece: Any, changes: Options) -> Any:
    """`piece` with some fields replaced, or the piece that `changes` name."""

    if not changes:
        return piece
    if "name" in changes:
        return build(kind, dict(changes))
    return build(kind, {**describe(piece), **changes})


@dataclasses.dataclass(frozen=True)
class ProbeSetting:
    """One probe to run: its name and its fields."""

    probe: str
    fields: Options = dataclasses.field(default_factory=dict)
    protocol: None = None

    def cell(self) -> ProbeCell:
        """The cell. Raises `InputError`, named by the field, for anything that the probe refuses."""
        return ProbeCell(probe=build("probe", {"name": self.probe, **self.fields}))
