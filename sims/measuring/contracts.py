"""What a piece must keep to, tried on the piece: nothing is believed that can be run in a moment."""

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from sims.learners import GradientDescent
from sims.learners.base import seen_beside
from sims.measuring.readings.base import Evaluated, read
from sims.models.base import Turnable, output_shape
from sims.pieces import build, describe, registered
from sims.pieces.errors import InputError, in_words, is_whole
from sims.pieces.registry import default_of
from sims.samples import pack
from sims.samples.datasets import Datasets
from sims.tasks import DSD, ShortcutPatches, SignalLocation
from sims.tasks.base import Batch, label_shape
from theory.groups import GROUPS, patch_blocks

FIELDS: dict[str, Any] = {"k": 4, "d": 3, "sigma": 0.2}
"""Values of required fields of these names; a class gives others as ``example: ClassVar[dict]``."""
CLOSE = 1e-4
"""Of outputs and gradients in float32, relative to the largest of them."""
SEEDS = (0, 1)
LABELS = 200
"""Samples of a task, whose labels are looked at."""


@dataclasses.dataclass(frozen=True)
class Checked:
    """A contract of a piece, and why it is broken; None where it holds."""

    contract: str
    broken: str | None


def check_piece(kind: str, cls: type) -> list[Checked]:
    """The contracts of a registered piece, each tried; the first of them is that an example can be made."""
    try:
        piece = example_of(kind, cls)
    except Exception as error:  # noqa: BLE001 - it is not our code: whatever it raises is the answer
        return [Checked("an example can be made", f"{in_words(error)}; example: ClassVar[dict] gives fields")]
    contracts: dict[str, Callable[[Any], str | None]] = {"description and rebuilding": _rebuilt(kind)}
    contracts |= CONTRACTS.get(kind, {})
    return [Checked(words, _tried(contract, piece)) for words, contract in contracts.items()]


def example_of(kind: str, cls: Any) -> Any:
    """A piece of the class with its required fields set. Raises `InputError` where that cannot be."""
    needed = {field.name for field in dataclasses.fields(cls) if default_of(field) is dataclasses.MISSING}
    given = {name: FIELDS[name] for name in needed if name in FIELDS} | getattr(cls, "example", {})
    return build(kind, {"name": cls.name, **given})


def _tried(contract: Callable[[Any], str | None], piece: Any) -> str | None:
    try:
        return contract(piece)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - not our code: what it raises is the answer
        return in_words(error)


def _rebuilt(kind: str) -> Callable[[Any], str | None]:
    def contract(piece: Any) -> str | None:
        described = json.loads(json.dumps(describe(piece), allow_nan=False))
        return None if build(kind, described) == piece else "its description builds another piece"

    return contract


def _draws(task: Any, n: int, seed: int = 0, stream: int = 0) -> Batch:
    return task.sample(jax.random.key(seed), n, stream=stream)


def _shapes(task: Any) -> str | None:
    batch = _draws(task, 7)
    wanted, label = (7, task.k, task.d), label_shape(task)
    if len(label) > 1 or not all(is_whole(numbers) and numbers >= 1 for numbers in label):
        return f"label_shape is {label}; allowed: () or (o,) for o numbers"
    if batch.x.shape != wanted or batch.y.shape != (7, *label):
        return f"x {batch.x.shape}, y {batch.y.shape}; allowed: x {wanted}, y {(7, *label)}"
    if batch.x.dtype != jnp.float32 or batch.y.dtype != jnp.float32:
        return f"x {batch.x.dtype}, y {batch.y.dtype}; allowed: float32"
    finite = bool(jnp.isfinite(batch.x).all() & jnp.isfinite(batch.y).all())
    return None if finite else "a number is not finite"


def _labels(task: Any) -> str | None:
    found = np.unique(_draws(task, LABELS).y)
    if len(found) > 2 or list(found) == [-1, 1]:
        return None
    shown = " and ".join(f"{value:g}" for value in found)
    return f"{LABELS} labels are {shown}; allowed: -1 and +1, both of them, or more than two real numbers"


def _nested(task: Any) -> str | None:
    for few, many in ((5, 11), (11, 300)):
        one, other = _draws(task, few), _draws(task, many)
        if not (np.array_equal(one.x, other.x[:few]) and np.array_equal(one.y, other.y[:few])):
            return f"the set of {few} is no prefix of the set of {many} samples of the same key"
    return None


def _from_the_key(task: Any) -> str | None:
    one, again, other = _draws(task, 6), _draws(task, 6), _draws(task, 6, seed=1)
    if not np.array_equal(one.x, again.x):
        return "the same key gives other samples"
    if np.array_equal(one.x, other.x):
        return "another key gives the same samples"
    return None if not np.array_equal(one.x, _draws(task, 6, stream=1).x) else "two streams are the same"


def _zero_floor(task: Any) -> str | None:
    found = task.floor("zero")
    return None if found == 0 else f'floor("zero") is {found}; allowed: 0'


def _lanes(model: Any) -> tuple[dict[str, jax.Array], jax.Array]:
    k, d = FIELDS["k"], FIELDS["d"]
    each = [model.init(jax.random.key(seed), k, d, std=0.5, bias=0.1) for seed in SEEDS]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *each), jax.random.normal(
        jax.random.key(9), (k, d, 5)
    )


def _outputs(model: Any) -> str | None:
    params, x = _lanes(model)
    found, wanted = model.outputs(params, x), (2, *output_shape(model, FIELDS["k"], FIELDS["d"]), 5)
    if found.shape != wanted or len(wanted) > 3:
        allowed = wanted if len(wanted) <= 3 else "(2, o, 5)"
        return f"outputs of 2 lanes on 5 samples have shape {found.shape}; allowed: {allowed}"
    alone = jnp.concatenate([model.outputs(_one(params, lane), x) for lane in (0, 1)])
    return None if _are_close(found, alone) else "a lane's outputs depend on the other lane"


def _one(params: dict[str, jax.Array], lane: int) -> dict[str, jax.Array]:
    return jax.tree.map(lambda leaf: leaf[lane : lane + 1], params)


def _are_close(one: Any, other: Any) -> bool:
    size = max(float(jnp.abs(other).max()), 1e-6)
    return one.shape == other.shape and float(jnp.abs(one - other).max()) <= CLOSE * size


def _gradient(model: Any) -> str | None:
    params, x = _lanes(model)
    outputs, found = model.pull_back(params, x, lambda f: f)
    if not _are_close(outputs, model.outputs(params, x)):
        return "pull_back gives other outputs than outputs"
    _, adjoint = jax.vjp(lambda p: model.outputs(p, x), params)
    wanted = adjoint(outputs)[0]
    roles = [role for role in wanted if not _are_close(found[role], wanted[role])]
    return f"the gradient of {', '.join(roles)} is not that of outputs" if roles else None


def _group(model: Any) -> str | None:
    """Where the model says how it follows a turn; other groups than those of `theory.groups.GROUPS` are
    words, which nothing can try.
    """
    stated = model.group
    group = GROUPS.get(stated)
    if not isinstance(model, Turnable):
        return None
    if group is None:
        return f"group is {stated!r}; allowed, with transport: {', '.join(GROUPS)}"
    follows, outputs = model.transport, getattr(model, "outputs")  # noqa: B009 - a model that is Turnable too
    k, d = FIELDS["k"], FIELDS["d"]
    params, x = _lanes(model)
    matrix = group.sample(np.random.default_rng(3), k, d)
    turned = follows(_one(params, 0), matrix, k, d)
    if turned is None:
        return f"transport refuses a matrix of its group, {group.name}"
    moved = jnp.asarray(matrix @ np.asarray(x, np.float64).reshape(k * d, -1), jnp.float32).reshape(x.shape)
    found, before = outputs(turned, moved), outputs(_one(params, 0), x)
    patches = patch_blocks(matrix, k, d)
    if before.ndim == 3 and before.shape[1] == k and patches is not None:
        # One output a patch goes with its patch; k outputs may also be no patches.
        gone = jnp.zeros_like(before).at[:, patches.destination].set(before)
        before = gone if _are_close(found, gone) else before
    same = _are_close(found, before)
    return None if same else f"the function does not follow a turn of its group, {group.name}"


def _trainings(learner: Any, task: Any, models: tuple[str, ...]) -> Iterator[Any]:
    """The same training twice, on the first of the models that the learner takes."""
    sets = [pack(_draws(task, n, stream=stream), capacity=n) for stream, n in enumerate((40, 20, 15))]
    data = Datasets(task, jax.random.key(0), capacity=40)
    for name in models:
        model = registered("model")[name]()
        try:
            for _ in range(2):
                arguments = (model, jax.random.key(0), *sets[:2])
                trained = learner.train(*arguments, **seen_beside(learner, data, 40), stop_below=None)
                yield trained, np.asarray(trained.outputs(sets[2])), trained.squared_error(sets[2]), sets[2]
            return
        except InputError as error:
            if error.option != "model":
                raise
    raise InputError("model", None, f"one of {', '.join(models)} that the learner takes")


def _predicts(learner: Any) -> str | None:
    return _predicts_on(learner, DSD(**FIELDS), ("none", "cnn", "linear"))


def _predicts_several(learner: Any) -> str | None:
    if not getattr(learner, "several_outputs", False):
        return None
    return _predicts_on(learner, SignalLocation(**FIELDS), ("none", "dense_cnn"))


def _predicts_on(learner: Any, task: Any, models: tuple[str, ...]) -> str | None:
    (_, outputs, error, test), (_, again, _, _) = _trainings(learner, task, models)
    wanted = test.labels().shape
    if outputs.shape != wanted or not np.isfinite(outputs).all():
        return f"outputs of 15 images: shape {outputs.shape}; allowed: {wanted}, finite"
    if not np.array_equal(outputs, again):
        return "the same samples and key give another predictor"
    mean = float(np.mean((outputs - test.labels()) ** 2))
    return None if abs(mean - error) <= CLOSE * max(mean, 1.0) else f"squared_error is {error}, not {mean}"


def _measures(probe: Any) -> str | None:
    one, again = probe.measure(2**90), probe.measure(2**90)
    if [vars(quantity) for quantity in one] != [vars(quantity) for quantity in again]:
        return "the same entropy gives other quantities"
    places = [(quantity.name, quantity.at) for quantity in one]
    return None if len(set(places)) == len(places) else "a quantity is given twice"


def _reads(reading: Any) -> str | None:
    """On a net of the first task that the reading takes."""
    learner, model = GradientDescent(steps=10), registered("model")["cnn"]()
    for task in (DSD(**FIELDS), ShortcutPatches(**FIELDS, rho_s=0.8)):
        data = Datasets(task, jax.random.key(0), capacity=40)
        train, monitor = data.split(40, every=5)
        trained = learner.train(model, jax.random.key(1), train, monitor, stop_below=None)
        evaluated = Evaluated(task, model, learner, data, train, jax.random.key(1), trained)
        with contextlib.suppress(InputError):
            one, again = read(reading, evaluated), read(reading, evaluated)
            return None if one == again and one else f"a second look gives {again}, the first gave {one}"
    raise InputError(
        "task", None, "one of dsd, shortcut_patches that the reading takes, with descent on a cnn"
    )


CONTRACTS: dict[str, dict[str, Callable[[Any], str | None]]] = {
    "task": {
        "shapes and types": _shapes,
        "labels": _labels,
        "nested samples": _nested,
        "determinism from the key": _from_the_key,
        "floor zero": _zero_floor,
    },
    "model": {"outputs of lanes": _outputs, "gradient": _gradient, "group as stated": _group},
    "learner": {
        "a predictor, the same from the same key": _predicts,
        "the same of labels of several numbers": _predicts_several,
    },
    "reading": {"numbers, the same at every look": _reads},
    "probe": {"quantities, the same from the same entropy": _measures},
}
"""By kind; of the other kinds the description alone is tried."""
