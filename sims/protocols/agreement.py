"""Whether task, model, learner and criterion go together: how many numbers a label and an output have,
and how many samples there are.
"""

import dataclasses
from typing import Any

from sims.models.base import Model, SeveralOutputs, output_shape
from sims.pieces import registered
from sims.pieces.errors import InputError, require
from sims.protocols.criteria import METRICS, TOP_ONE
from sims.tasks.base import Task, label_shape


def models_of(*, several: bool) -> list[str]:
    """Names of the models with several outputs, or of those with one."""
    found = registered("model").items()
    return sorted(name for name, cls in found if issubclass(cls, SeveralOutputs) == several)


def require_agreement(task: Task, model: Model, learner: Any, criterion: Any, reading: Any = None) -> None:
    """Raise `InputError`, named by the option, where outputs have not the shape of labels, or where labels of
    several numbers come to a learner, an augmentation or a reading that does not say that it takes them (by
    ``several_outputs``), or labels of one to a metric for several.
    """
    label = label_shape(task)
    words = f"for labels of {label[0] if label else 'one'} number{'s' * bool(label)}"
    if model.name != "none":
        found = output_shape(model, task.k, task.d)
        shown = f"{model.name} of {found[0]} outputs" if found else model.name
        require(found == label, "model", shown, f"{words} {', '.join(models_of(several=bool(label)))}")
    if not label:
        others = ", ".join(metric for metric in METRICS if metric != TOP_ONE)
        metric = getattr(criterion, "metric", None)
        require(metric != TOP_ONE, "metric", metric, f"{words} {others}")
        return
    for option, kind, piece in (
        ("learner", "learner", learner),
        ("augment", "augmentation", getattr(learner, "augment", None)),
        ("reading", "reading", reading),
    ):
        if piece is None or getattr(piece, "several_outputs", False):
            continue
        able = [name for name, cls in registered(kind).items() if getattr(cls, "several_outputs", False)]
        owner = "learner" if option == "augment" else None
        raise InputError(option, piece.name, f"{words} {', '.join(sorted(able)) or 'none'}", piece=owner)


def within_the_data(
    task: Task, criterion: Any, search: Any, *, n_max: int | None, test_size: int | None
) -> tuple[Any, Any]:
    """Criterion and search as they are, or cut to the samples of a task that has only so many (``parts``).

    n_max, test_size: what was asked for by name, which is not cut. Raises `InputError` for more of these than
    there are, and for a list of n.
    """
    parts = getattr(task, "parts", None)
    if parts is None:
        return criterion, search
    most, judged = parts
    ns = getattr(search, "ns", None)
    for option, asked, there, which in (
        ("n_max", n_max, most, "that may be trained on"),
        ("ns", ns and max(ns), most, "that may be trained on"),
        ("test_size", test_size, judged, "of the test part"),
    ):
        require(asked is None or asked <= there, option, asked, f"at most {there}, the samples {which}")
    if criterion.test_size > judged:
        criterion = dataclasses.replace(criterion, test_size=judged)
    if ns is None and search.n_max > most:
        start = None if search.start is None else min(search.start, most)
        search = dataclasses.replace(search, n_max=most, start=start)
    return criterion, search
