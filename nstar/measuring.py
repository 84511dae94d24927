"""n* of one model on one task: `measure`."""

import dataclasses
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from nstar.frames import Framed
from nstar.pairs import Pair, fields_of, is_piece, pair_of
from nstar.showing import Pictured, table
from sims.cli.divergence import divergence
from sims.cli.measure import MAX_REPS, answer_of, default_protocol, measure_at_once, text_of
from sims.experiments import Setting
from sims.learners.own_estimator import OwnEstimator
from sims.measuring.threshold import CellResult
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError, is_number, is_whole, require
from sims.search.estimate import Estimate
from sims.tasks.base import Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Bracket(NamedTuple):
    """One seed: it fails at ``low`` (0: at no n) and succeeds at ``high`` (None: at no n); ``censored`` says
    which end is missing ("left", "right" or "none"), ``monotone`` whether its outcomes switch once.
    """

    seed: int
    low: int
    high: int | None
    censored: str
    monotone: bool


@dataclasses.dataclass(frozen=True)
class Measurement(Framed, Pictured):
    """n* of a model on a task. It prints as ``nstar measure`` does, and shows itself in a notebook."""

    setting: Setting = dataclasses.field(repr=False)
    cell: Cell = dataclasses.field(repr=False)
    result: CellResult = dataclasses.field(repr=False)
    seconds: float

    @property
    def n_star(self) -> Estimate:
        """n* with its interval: ``low``, ``best``, ``high`` and the ``method``; None where the search found
        no end.
        """
        return self.result.n_star

    @property
    def brackets(self) -> tuple[Bracket, ...]:
        """What each seed showed."""
        return tuple(
            Bracket(
                seed.seed,
                seed.threshold.low,
                seed.threshold.high,
                seed.threshold.censored,
                seed.threshold.monotone,
            )
            for seed in self.result.per_seed
        )

    @property
    def target(self) -> float:
        """The risk to reach."""
        return self.result.target

    @cached_property
    def answer(self) -> dict[str, Any]:
        """All that was found and how it came about, JSON-ready: what ``nstar measure --json`` prints."""
        return answer_of(self.setting, self.cell, self.result, self.seconds)

    def _records(self) -> Iterable[Mapping[str, Any]]:
        return [bracket._asdict() for bracket in self.brackets]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the risk of every seed at every n that was tried, the target, and n* with its interval. ax:
        where to draw, None for a new figure.
        """
        from nstar.drawing import draw_risks

        return draw_risks(self.result, self._name, ax)

    @property
    def _name(self) -> str:
        learner = self.setting.learner
        return self.setting.model if self.setting.model != "none" else learner.get("of", learner["name"])

    def _draw(self, ax: "Axes") -> bool:
        self.plot(ax)
        return True

    def __str__(self) -> str:
        return text_of(self.answer)

    def _repr_html_(self) -> str:
        first, *_ = lines = str(self).splitlines()
        rows = [bracket._asdict() for bracket in self.brackets]
        return table(
            rows, title=first, lines=[line for line in lines[1:4] if line.strip()], image=self._image()
        )


def measure(
    task: Task,
    model: Any,
    *,
    n_min: int | None = None,
    n_max: int | None = None,
    seeds: int | Sequence[int] = 5,
    protocol: str | None = None,
    target: float | None = None,
    metric: str | None = None,
    criterion: Mapping[str, Any] | None = None,
    paired: bool = False,
    workers: int | None = None,
    progress: bool = True,
) -> Measurement:
    """n* of a model on a task: the smallest n such that, at it and at every larger n, at least half of all
    repetitions reach the target. Computed anew at every call; the cell is that of ``nstar measure``.

    task: a task, as ``nstar.DSD(k=6, d=8, sigma=0.15)``.
    model: "fcn", "lcn", "cnn" or another name; a model; a learner that brings its own model; or a tuple of a
        model and its learner, which may be a dict of fields that replace the protocol's, as
        ``("lcn", {"steps": 600})``; or an object or a class with fit and predict, such as one of
        scikit-learn, or a function f(X_train, y_train, X_test, seed) of your own.
    n_min, n_max: the smallest and the largest n that are tried; None for the protocol's. An estimator that
        needs a least number of samples, as ten neighbours do, is asked from there on.
    seeds: how many repetitions, or their seeds.
    protocol: "honest" (selection on held-out samples, which count), "lahoti", "tuned" or "direct"; None for
        honest, or direct where the learner selects nothing.
    target: the risk to reach; None for the protocol's, which is counted from a floor of the task.
    metric: of the risk, "squared", "zero_one" or "top_one"; under honest and tuned only with a target. None
        for squared, but with a target for the 0-1 error if what learns, or the data, are your own.
    criterion: further fields of the criterion, as {"test_size": 2000}, or with a ``name`` another.
    paired: whether samples and starts come from the task and the seed alone, so that whatever is measured
        so on a task sees the same samples; else from all that is asked.
    workers: trainings side by side, None for one a core.
    progress: whether standard error says how far it is.

    Raises `InputError`, before anything is computed, for what an argument or a piece does not allow, and
    `NotComputed` where training, or code of your own, fails.

    >>> import nstar
    >>> task = nstar.DSD(k=5, d=8, sigma=0.15)
    >>> found = nstar.measure(task, "linear", n_max=300, seeds=2, progress=False)
    >>> found.n_star.low < found.n_star.best < found.n_star.high
    True
    >>> len(found.brackets), found.answer["protocol"]
    (2, 'honest')
    """
    require(workers is None or (is_whole(workers) and workers >= 1), "workers", workers, "an integer >= 1")
    pair = pair_of(model)
    metric = metric_of([task], [pair], target, metric)
    setting = setting_of(
        task,
        pair,
        n_min=n_min,
        n_max=n_max,
        seeds=seeds,
        protocol=protocol,
        target=target,
        metric=metric,
        criterion=criterion,
        paired=paired,
    )
    cell = setting.cell()
    result, seconds = measure_at_once(cell, workers, silent=not progress)
    said = divergence({"": result})
    if said is not None:
        print(f"nstar.measure: {said}", file=sys.stderr)
    return Measurement(setting, cell, result, seconds)


def metric_of(
    tasks: Sequence[Any], pairs: Iterable[Pair], target: float | None, metric: str | None
) -> str | None:
    """One metric for all that is measured together. With a target and none named: where an object or data of
    your own are among it, the 0-1 error of classes and squared risk of real labels; else the protocol's.
    """
    real = any(getattr(task, "real", False) for task in tasks)
    own = any(hasattr(task, "real") for task in tasks)
    own = own or any(pair.learner.get("name") == OwnEstimator.name for pair in pairs)
    if target is None or metric is not None or not own:
        return metric
    return "squared" if real else "zero_one"


def setting_of(
    task: Task,
    pair: Pair,
    *,
    n_min: int | None,
    n_max: int | None,
    seeds: int | Sequence[int],
    protocol: str | None,
    target: float | None,
    metric: str | None,
    criterion: Mapping[str, Any] | None,
    paired: bool = False,
) -> Setting:
    """What the command line would ask for to measure the same. Raises `InputError`."""
    allowed = "a task, such as nstar.DSD(k=6, d=8, sigma=0.15)"
    require(is_piece("task", task), "task", task, allowed)
    n_min, n_max, target = (plain(value) for value in (n_min, n_max, target))
    given = {"name", "floor"} & {*(criterion or {})}
    known = target is not None or bool(given) or not hasattr(task, "real")
    require(known, "target", target, "a number > 0, the risk to reach: of data no best predictor is known")
    for name, n in (("n_min", n_min), ("n_max", n_max)):
        require(n is None or (is_whole(n) and n >= 1), name, n, "an integer >= 1")
    require(isinstance(paired, bool), "paired", paired, "true or false")
    protocol = protocol or default_protocol(pair.learner.get("name"))
    return Setting(
        task=task.name,
        task_options=fields_of(task),
        model=pair.model.name,
        model_options=fields_of(pair.model),
        learner=pair.learner,
        protocol=protocol,
        criterion=_judging(protocol, target, metric, dict(criterion or {})),
        n_min=n_min,
        n_max=n_max,
        seeds=_seeds(seeds),
        paired=paired,
    )


def _judging(
    protocol: str, target: float | None, metric: str | None, criterion: dict[str, Any]
) -> dict[str, Any]:
    """Fields of the criterion. A target is counted from no floor, by the criterion that knows that one and
    holds out what the protocol does. Raises `InputError`.
    """
    given: dict[str, Any] = {} if metric is None else {"metric": metric}
    own = "name" not in criterion and protocol != "direct"
    judged = f"nothing under protocol {protocol}, which judges squared risk, but with a target"
    require(metric is None or target is not None or not own, "metric", metric, judged)
    if target is not None:
        require(is_number(target) and target > 0, "target", target, "a number > 0, the risk to reach")
        given |= {"floor": "zero", "tolerance": float(target)}
        if own:
            counted = f"nothing under protocol {protocol}, whose target is counted from a floor: criterion="
            held_out = protocol in ("honest", "tuned")
            require(held_out, "target", target, f"{counted}{{'tolerance': 0.05}}")
            given = {"name": "risk_level", "metric": "squared", "validation_every": 5, **given}
    for name, value in given.items():
        require(
            name not in criterion, f"criterion {name}", criterion.get(name), f"none beside {name}={value}"
        )
    return criterion | given


def plain(value: Any) -> Any:
    """A number of numpy as one of Python, for ids and JSON; anything else as it is."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value


def _seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    if isinstance(seeds, int):
        require(
            is_whole(seeds) and 1 <= seeds <= MAX_REPS,
            "seeds",
            seeds,
            f"an integer >= 1 and <= {MAX_REPS}, or seeds",
        )
        return tuple(range(seeds))
    try:
        found = tuple(plain(seed) for seed in seeds)
    except TypeError:
        raise InputError("seeds", seeds, "an integer >= 1, or different integers >= 0") from None
    require(len(found) <= MAX_REPS, "seeds", len(found), f"at most {MAX_REPS} of them")
    return found
