"""n* of several models on a family of tasks: `sweep`."""

import contextlib
import dataclasses
import itertools
import pickle
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nstar.fitting import Growths, fit
from nstar.frames import Framed
from nstar.measuring import metric_of, plain, setting_of
from nstar.pairs import Pair, is_piece, pair_of
from nstar.showing import Pictured, table
from sims.cli.divergence import divergence
from sims.cli.dry_run import dry_run as plan
from sims.cli.executors import default_options
from sims.cli.measure import n_star_text
from sims.cli.run import results_of, set_aside_changed
from sims.pieces import describe
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError, is_number, is_whole, require
from sims.store import Store
from sims.sweep import sweep as compute
from sims.sweep.executors.base import Executor
from sims.sweep.executors.in_process import InProcess
from sims.sweep.executors.local import Local
from sims.sweep.executors.slurm import Slurm
from sims.sweep.progress import Progress
from sims.tables.configs import with_configs
from sims.tables.rows import collect
from sims.tasks.base import Task
from sims.tasks.own_arrays import Arrays

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Sweep(Framed, Pictured):
    """What a sweep found.

    rows: one dict a cell and seed, as in the tables of ``nstar run``: ``series`` (what was measured), the
    sizes and other axes, ``low`` and ``high`` of the seed, ``n_low``, ``n_best`` and ``n_high`` of the cell;
    ``config`` has all that defines the cell. failed: cells that could not be computed, and why.
    """

    rows: tuple[Row, ...] = dataclasses.field(repr=False)
    failed: Mapping[str, str]
    axes: tuple[str, ...]

    @property
    def cells(self) -> list[Row]:
        """One dict a cell: series, axes and n*."""
        first = {row["cell"]: row for row in reversed(self.rows)}
        shown = ("series", *self.axes, "n_low", "n_best", "n_high", "n_method")
        return [{name: row[name] for name in shown} for row in reversed(first.values())]

    def _records(self) -> Iterable[Row]:
        return self.rows

    def _draw(self, ax: "Axes") -> bool:
        x = next((name for name in self.axes if self._is_of_numbers(name)), None)
        if x is not None:
            self.plot(x, ax)
        return x is not None

    def _is_of_numbers(self, name: str) -> bool:
        return bool(self.rows) and all(is_number(row[name]) for row in self.rows)

    def fit(self) -> Growths:
        """How n* grows with k, d and sigma in every series, at every value of the other axes: `nstar.fit`."""
        others = [name for name in self.axes if name not in ("k", "d", "sigma")]
        others = [name for name in others if len({str(row[name]) for row in self.rows}) > 1]

        def told(row: Row) -> str:
            return ", ".join([row["series"], *(f"{name} = {row[name]}" for name in others)])

        return fit([{**row, "series": told(row)} for row in self.rows])

    def plot(self, x: str = "k", ax: "Axes | None" = None) -> "Axes":
        """Draw n* of every series against an axis of the sweep, each with its interval and the brackets of
        its seeds, with the power law along k, d or sigma. ax: where to draw, None for a new figure.
        """
        from nstar.drawing import draw_against

        require(bool(self.rows), "rows", [], "at least one cell that was computed")
        named = [name for name in self.axes if self._is_of_numbers(name)]
        require(x in named, "x", x, ", ".join(named) or "an axis of numbers, of which this sweep has none")
        others = [name for name in self.axes if name != x]
        return draw_against(self.rows, x, others, ax)

    def __str__(self) -> str:
        lines = []
        for cell in self.cells:
            at = ", ".join(f"{name} = {cell[name]}" for name in self.axes)
            n_star = {end: cell[f"n_{end}"] for end in ("low", "best", "high")}
            lines.append(f"{cell['series']}, {at}: {n_star_text(n_star)}")
        lines += [f"failed: {label}: {message}" for label, message in self.failed.items()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        failed = [f"failed: {label}: {message}" for label, message in self.failed.items()]
        return table(self.cells, title=f"{len(self.cells)} cells", lines=failed, image=self._image())


def sweep(
    task: Task | Sequence[Task],
    models: Any,
    *,
    store: str | Path | None = None,
    n_min: int | None = None,
    n_max: int | None = None,
    seeds: int | Sequence[int] = 5,
    protocol: str | None = None,
    target: float | None = None,
    metric: str | None = None,
    criterion: Mapping[str, Any] | None = None,
    paired: bool = False,
    workers: int | None = None,
    executor: Executor | None = None,
    dry_run: bool = False,
    progress: bool = True,
    **axes: Iterable[Any],
) -> Sweep:
    """n* of every model on every task of a family.

    task: a task whose fields that `axes` name take every value given, in all combinations, as
        ``nstar.sweep(nstar.DSD(k=5, d=8, sigma=0.15), "lcn", k=[5, 6, 8])``; or a list of tasks, for sizes
        that follow one another: ``[nstar.DSD(k=k, d=8, sigma=k**-0.5) for k in (5, 6, 8)]``.
    models: what `nstar.measure` takes as its model, a list of that, or a dict that gives each a name.
    store: the folder of the results, made where there is none: the same call goes on where it was stopped,
        and computes nothing twice. None keeps nothing.
    executor: where cells are computed: ``nstar.Local(processes=2, cell_minutes=30)`` in processes of this
        machine, which code of your own may crash or keep busy for ever without harm to the others,
        ``nstar.Slurm(...)`` on a cluster, whose nodes have to see the store; None for ``workers`` threads of
        this process.
    dry_run: compute and write nothing, print what is missing and what it would take on every executor, as
        ``nstar run --dry-run``, and return what the store has.

    All else is as in `nstar.measure`. A cell that fails is named in ``failed``, and the rest goes on. Ctrl-C
    keeps what is finished in the store. Raises `InputError`, before anything is computed or written, for what
    an argument or a piece does not allow.

    >>> import nstar
    >>> task = nstar.DSD(k=3, d=4, sigma=0.1)
    >>> found = nstar.sweep(task, ["linear"], d=[4, 8], n_max=200, seeds=2, progress=False)
    >>> [(cell["series"], cell["d"]) for cell in found.cells]
    [('linear', 4), ('linear', 8)]
    """
    require(store is None or isinstance(store, str | Path), "store", store, "a path, or none")
    tasks, names = _family(task, axes)
    require(workers is None or (is_whole(workers) and workers >= 1), "workers", workers, "an integer >= 1")
    common: dict[str, Any] = {"n_min": n_min, "n_max": n_max, "seeds": seeds, "protocol": protocol}
    pairs = _named(models)
    metric = metric_of(tasks, pairs.values(), target, metric)
    common |= {"target": target, "metric": metric, "criterion": criterion, "paired": paired}
    cells: dict[str, Cell] = {}
    labels: dict[str, str] = {}
    for name, pair in pairs.items():
        for one in tasks:
            cell = setting_of(one, pair, **common).cell()
            cell.criterion.target(cell.task)
            same = labels.get(cell.id)
            require(cell.id not in cells, "models", name, f"models that differ: {same} is the same")
            cells[cell.id], labels[cell.id] = cell, name
    _require_executor(executor, workers, store, [*cells.values()])
    with contextlib.ExitStack() as stack:
        folder = store if store is not None else stack.enter_context(tempfile.TemporaryDirectory())
        if dry_run:
            rows, failed = _planned([*cells.values()], Path(folder), workers), {}
        else:
            chosen = executor or InProcess(workers)
            rows, failed = _computed([*cells.values()], Path(folder), chosen, silent=not progress)
    shown = tuple({"series": labels[row["cell"]], **_places(row, names), **row} for row in rows)
    return Sweep(shown, failed, names)


def _family(task: Any, axes: Mapping[str, Iterable[Any]]) -> tuple[list[Any], tuple[str, ...]]:
    """The tasks, and the names of the fields that tell them apart. Raises `InputError`."""
    if isinstance(task, Sequence):
        tasks = list(task)
        require(bool(tasks), "task", task, "at least one task")
        for one in tasks:
            require(is_piece("task", one), "task", one, "tasks, such as nstar.DSD(k=6, d=8, sigma=0.15)")
        require(not axes, next(iter(axes), ""), [*axes.values()], "nothing beside a list of tasks")
        fields: dict[str, list[Any]] = {}
        for one in tasks:
            for name, value in describe(one).items():
                fields.setdefault(name, []).append(value)
        fields["task"] = fields.pop("name")
        del fields["version"]
        told = (name for name, values in fields.items() if any(value != values[0] for value in values))
        return tasks, tuple(told) or ("k",)
    require(is_piece("task", task), "task", task, "a task, such as nstar.DSD(k=6, d=8, sigma=0.15)")
    known = [field.name for field in dataclasses.fields(task)]
    values: dict[str, list[Any]] = {}
    for name, given in axes.items():
        options = "an option of sweep, or a field of the task"
        require(name in known, name, given, f"{options}: {', '.join(known)}")
        fine = isinstance(given, Iterable) and not isinstance(given, str | bytes)
        values[name] = [plain(value) for value in given] if fine else []
        require(bool(values[name]), name, given, "a list of values, at least one")
    places = itertools.product(*values.values())
    tasks = [dataclasses.replace(task, **dict(zip(values, place, strict=True))) for place in places]
    return tasks, tuple(values) or ("k",)


def _named(models: Any) -> dict[str, Pair]:
    """What is measured, by a name of its own: the model's, with its options where that is not enough."""
    if isinstance(models, Mapping):
        require(bool(models), "models", models, "at least one")
        return {str(name): pair_of(model) for name, model in models.items()}
    pairs = [pair_of(one) for one in (models if isinstance(models, list) else [models])]
    require(bool(pairs), "models", models, "at least one")
    found: dict[str, Pair] = {}
    for pair in pairs:
        alike = sum(other.name == pair.name for other in pairs) > 1
        name = ", ".join(filter(None, (pair.name, pair.options if alike else "")))
        if name in found:
            raise InputError("models", name, "different models, or a dict with a name for each")
        found[name] = pair
    return found


def _places(row: Row, names: Sequence[str]) -> Row:
    """The values of axes that have no column."""
    return {name: row["config"]["task"].get(name) for name in names if name not in row}


def _require_executor(
    executor: Executor | None, workers: int | None, store: str | Path | None, cells: Sequence[Cell]
) -> None:
    """Raise `InputError` for an executor that is none, or to which the cells cannot be sent."""
    if executor is None:
        return
    allowed = "nstar.Local(...), nstar.Slurm(...), or none"
    require(isinstance(executor, Local | Slurm), "executor", executor, allowed)
    require(workers is None, "workers", workers, "none with an executor, which has options of its own")
    kept = store is not None or not isinstance(executor, Slurm)
    require(kept, "store", store, "a folder that all nodes see, for Slurm")
    for cell in cells:
        # Arrays are sent as they are, and may be large.
        pickle.dumps(cell if not isinstance(cell.task, Arrays) else (cell.model, cell.learner))


def _planned(cells: Sequence[Cell], root: Path, workers: int | None) -> list[Row]:
    """Rows of what the store at `root` has; what the rest would take is printed."""
    store = Store(root)
    missing = [cell for cell in cells if store.digest(cell.id) is None]
    plan(missing, len(cells) - len(missing), default_options(workers=workers))
    return with_configs(collect(store, cells), cells)


def _computed(
    cells: Sequence[Cell], root: Path, executor: Executor, *, silent: bool
) -> tuple[list[Row], dict[str, str]]:
    """Rows of the cells, with what is missing computed into the store at `root`; and the failures."""
    progress = Progress(None if silent else sys.stderr)
    store = Store.open(root, report=progress.note)
    set_aside_changed(lambda: cells, store)
    report = compute(cells, store, executor, progress=progress)
    said = divergence(results_of(report, store))
    if said is not None:
        print(f"nstar.sweep: {said}", file=sys.stderr)
    if report.interrupted:
        raise KeyboardInterrupt
    return with_configs(collect(store, cells), cells), {unit.label: words for unit, words in report.failed}
