"""What may be measured: names, models, learners and pairs of them, each as a model and its learner."""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

from sims.learners.own_estimator import TAKEN, OwnEstimator, estimator
from sims.models.none import NoModel
from sims.pieces import describe, registered
from sims.pieces.errors import InputError, require
from sims.tables.configs import written_options


class Pair(NamedTuple):
    """A model, and the learner that trains it: fields of a description as `sims.experiments.Setting` takes
    them, with a ``name`` a learner altogether, without one what replaces fields of the protocol's.
    """

    model: Any
    learner: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The model's, or that of a learner that brings its own; what is your own has its class's."""
        if not isinstance(self.model, NoModel):
            return getattr(self.model, "of", self.model.name).rpartition(":")[2]
        own = self.learner["name"] == OwnEstimator.name
        return self.learner["of"].rpartition(":")[2] if own else self.learner["name"]

    @property
    def options(self) -> str:
        """What is not as its class has it, in words."""
        parts = [written_options("model", describe(self.model))]
        if "name" in self.learner:
            learner = written_options("learner", {**self.learner})
            parts += [] if isinstance(self.model, NoModel) else [self.learner["name"]]
            parts += [learner]
        else:
            parts += [f"{field}={value}" for field, value in self.learner.items()]
        return "; ".join(part for part in parts if part)


def is_piece(kind: str, thing: object) -> bool:
    """Whether something is a piece of a kind: task, model, learner, ..."""
    return type(thing) is registered(kind).get(getattr(thing, "name", None) or "")


def fields_of(piece: Any) -> dict[str, Any]:
    """The fields of a piece, JSON-ready."""
    return {name: value for name, value in describe(piece).items() if name not in ("name", "version")}


def pair_of(thing: object) -> Pair:
    """The model and the learner of what is to be measured: the name of a model ("lcn"), a model, a learner
    that brings its own model, a pair (model, learner), or what `foreign_pair` knows. In a pair the learner
    may be a dict of fields, ``("lcn", {"steps": 600})``, that replace the protocol's. Raises `InputError`.
    """
    if isinstance(thing, tuple) and not isinstance(thing, Pair):
        require(len(thing) == 2, "model", thing, "a model and its learner, where it is a tuple")
        return Pair(_model(thing[0]), _learner(thing[1]))
    if isinstance(thing, Pair):
        return thing
    if is_piece("learner", thing):
        return Pair(NoModel(), _learner(thing))
    if isinstance(thing, str) or is_piece("model", thing):
        return Pair(_model(thing), {})
    return foreign_pair(thing)


def foreign_pair(thing: object) -> Pair:
    """The pair of an object that is none of nstar's, a class or an object with fit and predict, or a function
    (see `sims.learners.own_estimator`). Raises `InputError` for anything else.
    """
    if callable(thing) or hasattr(thing, "fit"):
        return Pair(NoModel(), _learner(estimator(thing)))
    allowed = f"{', '.join(_by_name())}, a model or a learner of nstar, a tuple (model, learner), {TAKEN}"
    raise InputError("model", thing, allowed)


def _by_name() -> dict[str, type]:
    """Models that need no fields."""

    def free(cls: Any) -> bool:
        fields = dataclasses.fields(cls)
        return all(
            field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
            for field in fields
        )

    return {name: cls for name, cls in sorted(registered("model").items()) if name != "none" and free(cls)}


def _model(thing: object) -> Any:
    if is_piece("model", thing):
        return thing
    models = _by_name()
    allowed = f"{', '.join(models)}, or a model of nstar"
    require(isinstance(thing, str) and thing in models, "model", thing, allowed)
    return models[str(thing)]()


def _learner(thing: object) -> Mapping[str, Any]:
    if isinstance(thing, Mapping):
        return {**thing}
    allowed = "a learner of nstar, or a dict of fields that replace the protocol's"
    require(is_piece("learner", thing), "learner", thing, allowed)
    return {"name": getattr(thing, "name"), **fields_of(thing)}  # noqa: B009 - a piece has one
