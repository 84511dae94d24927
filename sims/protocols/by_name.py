"""Named protocols: everything about a measurement that is not the task or the model."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sims.pieces import build
from sims.pieces.errors import require
from sims.search import Bisection

if TYPE_CHECKING:  # `nstar list` names protocols, and must not wait for jax
    from sims.learners import Learner
    from sims.models import Model
    from sims.protocols.criteria import Criterion
    from sims.search import Search
    from sims.tasks import Task

    Protocol = tuple[Learner, Criterion, Search]


def _descent(model: "Model", task: "Task", *, patience: int | None) -> "Learner":
    """Full-batch gradient descent on the squared loss from a start that suits the architecture.

    Nets start near zero with b = 0, take 1200 steps and try three rates for the weights and three for the
    bias, unless the model has a recipe of its own (`sims.models.base.WithRecipe`).
    """
    recipe = getattr(model, "recipe", None)
    own = {} if recipe is None else recipe(task)
    common = {"init_std": 1e-3, "init_bias": (0.0,), "steps": 1200, "patience": patience}
    return build("learner", {"name": "gradient_descent", **common, **own})


def _tuned_descent(model: "Model", task: "Task") -> "Learner":
    """As `_descent`, over rates up to those that diverge, of runs that end by patience and not by their
    number of steps. A model's own rates and start are those of its `tuned`, else of its `recipe`.
    """
    own = getattr(model, "tuned", getattr(model, "recipe", None))
    common = {"lr_w": (0.3, 0.1, 0.03), "lr_b": (0.1, 0.03, 0.01), "init_std": 1e-3, "init_bias": (0.0,)}
    ending = {"steps": 5000, "patience": 300}
    return build(
        "learner", {"name": "gradient_descent", **common, **({} if own is None else own(task)), **ending}
    )


def _floor(model: "Model") -> str:
    """What the model is held against: the best net of DSD, unless the model says what is in its reach."""
    return getattr(model, "floor", "oracle")


def first_guess(model: "Model", task: "Task") -> int:
    """Where a search may start: the order of magnitude that theory gives the architecture.

    It saves the doublings from the smallest n; a wrong guess costs doublings, not correctness, as a search
    brackets in both directions from its start.
    """
    k, d = task.k, task.d
    orders = {"cnn": d, "lcn": k * d // 2, "fcn": k * k * d // 2, "linear": k * d // 2}
    return max(1, orders.get(model.name, k * d // 2))


def _bisection(model: "Model", task: "Task", *, n_min: int, n_max: int, confirm: int) -> Bisection:
    start = min(max(first_guess(model, task), n_min), max(n_max, n_min))
    return Bisection(n_min=n_min, n_max=n_max, ratio=1.05, start=start, confirm=confirm)


def _judged(criterion: str, **fields: Any) -> "Criterion":
    return build("criterion", {"name": criterion, "tolerance": 0.03, **fields})


def lahoti(model: "Model", task: "Task", n_max: int | None) -> "Protocol":
    """The sample complexity experiments of the DSD paper (Lahoti et al. 2024, appendix "Experiments").

    Its text has: weights at 0.1, 0.01 and 0.001, biases at 0.01, 0.001 and 0.0001, of which the model with
    the lowest test error counts; a target of the ground truth's optimal loss plus 0.03; binary search up to
    1000 samples; five repetitions. It does not state sigma, optimiser, steps, batch, start, training loss,
    the size of the test set, whether w* and the samples are drawn anew, or how fine the search is: those are
    the suite's, and so is that the lowest error along the path counts as well.
    """
    return (
        _descent(model, task, patience=None),
        _judged("test_selection", test_size=1000, fresh=True, floor=_floor(model)),
        _bisection(model, task, n_min=4, n_max=n_max or 1000, confirm=0),
    )


def honest(model: "Model", task: "Task", n_max: int | None) -> "Protocol":
    """Selection on held-out samples, which count; nested training sets; a test set never selected on."""
    return (
        _descent(model, task, patience=300),
        _judged("validation_selection", validation_every=5, test_size=10_000, floor=_floor(model)),
        _bisection(model, task, n_min=5, n_max=n_max or 2000, confirm=1),
    )


def tuned(model: "Model", task: "Task", n_max: int | None) -> "Protocol":
    """As `honest`, with a budget that is meant not to bind, so that more steps or other rates would not
    change n*; the experiments `budgets` and `rates` hold it to that.

    Rates lie close together up to where training diverges (the LCN's grow with k), every run goes on until
    its held-out risk has not fallen for 300 steps, and the search looks at twice and four times its bracket,
    and at a half and a quarter.
    """
    search = _bisection(model, task, n_min=5, n_max=n_max or 20_000, confirm=1)
    return (
        _tuned_descent(model, task),
        _judged("validation_selection", validation_every=5, test_size=10_000, floor=_floor(model)),
        dataclasses.replace(search, beyond=(2.0, 4.0)),
    )


def direct(model: "Model", task: "Task", n_max: int | None) -> "Protocol":
    """For learners that have nothing to select: all n samples train, the 0-1 error on a fresh set is judged.

    Two-step gradient descent, unless another learner is named; target = error of the ground-truth net of unit
    norm and no threshold, plus 0.03.
    """
    return (
        build("learner", {"name": "two_step"}),
        _judged("risk_level", metric="zero_one", floor="ground_truth"),
        _bisection(model, task, n_min=1, n_max=n_max or 10_000, confirm=1),
    )


PROTOCOLS: dict[str, "Callable[[Model, Task, int | None], Protocol]"] = {
    "lahoti": lahoti,
    "honest": honest,
    "tuned": tuned,
    "direct": direct,
}


def protocol(name: str, model: "Model", task: "Task", *, n_max: int | None = None) -> "Protocol":
    """(learner, criterion, search) of the protocol `name` for `model` on `task`.

    n_max: the largest number of samples tried; None for the protocol's own. Raises `InputError` for an
    unknown name or an n_max below the smallest n.
    """
    require(name in PROTOCOLS, "protocol", name, ", ".join(PROTOCOLS))
    require(n_max is None or n_max >= 1, "n_max", n_max, "an integer >= 1")
    return PROTOCOLS[name](model, task, n_max)
