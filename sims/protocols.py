"""Named protocols: everything about a measurement that is not the task or the model."""

import dataclasses
from collections.abc import Callable

from sims.criteria import Criterion, TestSelection, ValidationSelection
from sims.errors import require
from sims.learners import GradientDescent, Learner
from sims.models import FCN, Linear, Model
from sims.search import Bisection, Search
from sims.tasks import Task

Protocol = tuple[Learner, Criterion, Search]


def _descent(model: Model, *, patience: int | None) -> GradientDescent:
    """Full-batch gradient descent on the squared loss from a start that suits the architecture.

    LCN and CNN start near zero with b = 0. An FCN started so stays at the linear solution; it starts at
    standard deviation 0.1 with b = 0.2 and takes 3000 steps. (Measured choices; the paper's are not known.)
    """
    if isinstance(model, FCN):
        return GradientDescent(init_std=0.1, init_bias=0.2, steps=3000, patience=patience)
    return GradientDescent(init_std=1e-3, init_bias=0.0, steps=1200, patience=patience)


def lahoti(model: Model) -> Protocol:
    """The DSD paper's experiments, as far as they are known (Lahoti et al. 2024 and its public discussion).

    A grid of nine rates, the lowest test loss over the grid and along the path, target = best ground-truth
    loss plus 0.03, fresh data at every size, binary search up to 1000 samples.
    """
    floor = "linear" if isinstance(model, Linear) else "oracle"
    return (
        _descent(model, patience=None),
        TestSelection(tolerance=0.03, test_size=1000, fresh=True, floor=floor),
        Bisection(n_min=4, n_max=1000, ratio=1.05, start=None, confirm=0),
    )


def honest(model: Model) -> Protocol:
    """Selection on held-out samples, which count; nested training sets; a test set never selected on."""
    floor = "linear" if isinstance(model, Linear) else "oracle"
    return (
        _descent(model, patience=300),
        ValidationSelection(tolerance=0.03, validation_every=5, test_size=10_000, floor=floor),
        Bisection(n_min=5, n_max=2000, ratio=1.05, start=None, confirm=1),
    )


PROTOCOLS: dict[str, Callable[[Model], Protocol]] = {"lahoti": lahoti, "honest": honest}


def first_guess(model: Model, task: Task) -> int:
    """Where a search may start: half the order of magnitude that theory gives the architecture.

    It saves the doublings from the smallest n; a wrong guess costs doublings, not correctness, as a search
    brackets in both directions from its start.
    """
    k, d = task.k, task.d
    orders = {"cnn": d, "lcn": k * d // 2, "fcn": k * k * d // 2, "linear": k * d // 2}
    return max(1, orders.get(model.name, k * d // 2))


def protocol(name: str, model: Model, task: Task | None = None) -> Protocol:
    """(learner, criterion, search) of the protocol `name` for `model`; `InputError` for an unknown name.

    Given the task, the search starts at `first_guess`, else at its smallest n.
    """
    require(name in PROTOCOLS, "protocol", name, ", ".join(PROTOCOLS))
    learner, criterion, search = PROTOCOLS[name](model)
    if task is not None and isinstance(search, Bisection):
        start = min(max(first_guess(model, task), search.n_min), search.n_max)
        search = dataclasses.replace(search, start=start)
    return learner, criterion, search
