"""A net of a user's own as a model: ``module(Net)``, trained by any learner of ours, its lanes side by side.

What is taken, on one image x (k, d), with an output () or (1,), or (o,) for labels of o numbers:

* a class or a function that makes a net of a ``key``, ``net(x)`` its output, and the net a pytree of jax, as
  `equinox.Module` is;
* an object, or a class that makes one, with ``init(key, x)`` and ``apply(parameters, x)``, as
  `flax.linen.Module` is.

Where its function has parameters ``k`` and ``d``, they are those of the task. Neither library is needed.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sims.models.base import AutomaticGradient, Parameters, Sized
from sims.pieces import objects, register
from sims.pieces.carried import Carried
from sims.pieces.errors import InputError, in_words, require
from sims.pieces.fields import Checked

TAKEN = "a class or a function that makes a net of a key, or an object with init(key, x) and apply(params, x)"
RATES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
"""Nine points of the grid, as every architecture tries."""


class _Net(NamedTuple):
    """How a net starts, from a key, and what it gives on one image; both of pytrees."""

    start: Callable[[jax.Array], Any]
    call: Callable[[Any, jax.Array], jax.Array]


class _Structure(NamedTuple):
    """What of a net is no parameter: its leaves (None for those that are), and its tree."""

    tree: Any
    leaves: tuple[Any, ...]
    roles: tuple[str, ...]


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Module(Carried, Checked, AutomaticGradient):
    """The parameters are the floating-point arrays of the net, by their path in it, as ".conv.weight".

    All of them move at ``lr_w``; an update with ``rate_of`` may give each path a factor of its own
    (`sims.learners.updates.base`). There is no grid of biases: the scalar "b" that every model carries stays
    0. The net starts as it does by itself, every array times ``init_std``, which is 1 unless it is given.

    Parameters
    ----------
    of, parameters, code: which class, function or object, see `sims.pieces.objects`.

    Raises `InputError`, named by the field or "model", for what does not make a net of images (k, d) with
    finite outputs, and for state that is no parameter, such as statistics of batches or keys of dropout.
    """

    of: str
    parameters: str | dict = ""
    code: str = ""
    name: ClassVar[str] = "module"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "none that is known"
    trained_bias: ClassVar[bool] = False
    reads_files: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        found = objects.completed(self.of, self.parameters, self.code, make=False)
        for field, value in found.items():
            object.__setattr__(self, field, value)
        _require_taken(self._maker(), self.of)

    def recipe(self, task: Sized) -> dict[str, Any]:
        """The net's own start, at nine rates."""
        del task
        return {"init_std": 1.0, "lr_w": RATES}

    def output_shape(self, k: int, d: int) -> tuple[int, ...]:
        """Of one output on an image (k, d), from a net that starts there: () for one number."""
        return _output_shape(self, k, d)

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """The floating-point arrays of a net, each times std; "b" is 0 whatever is asked."""
        del bias
        leaves = jax.tree.leaves(self._net(k, d).start(key))
        structure = _structure(self, k, d)
        found = dict(zip(structure.roles, filter(_is_array, leaves), strict=True))
        return {"b": jnp.zeros((), jnp.float32), **{role: std * leaf for role, leaf in found.items()}}

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B), or (L, o, B), of the lanes on a block x (k, d, B)."""
        k, d, _ = x.shape
        call, structure = self._net(k, d).call, _structure(self, k, d)

        def of_lane(arrays: dict[str, jax.Array]) -> jax.Array:
            rest = iter([arrays[role] for role in structure.roles])
            net = jax.tree.unflatten(
                structure.tree, [next(rest) if leaf is None else leaf for leaf in structure.leaves]
            )
            return jax.vmap(lambda image: _flat(call(net, image)), in_axes=-1, out_axes=-1)(x)

        return jax.vmap(of_lane)({role: params[role] for role in structure.roles})

    def _maker(self) -> Any:
        return objects.maker(self.of, str(self.parameters), self.code)

    def _net(self, k: int, d: int) -> _Net:
        thing = self._maker()
        if isinstance(getattr(thing, "func", thing), type) and _has_apply(getattr(thing, "func", thing)):
            thing = thing()
        if _has_apply(thing):
            return _Net(lambda key: _parameters_alone(thing.init(key, jnp.zeros((k, d)))), thing.apply)
        known = inspect.signature(thing).parameters
        sizes = {name: value for name, value in (("k", k), ("d", d)) if _is_free(thing, known, name)}

        return _Net(lambda key: thing(**sizes, key=key), lambda net, x: net(x))


def _is_free(thing: Any, known: Any, name: str) -> bool:
    return name in known and name not in getattr(thing, "keywords", {})


def _has_apply(thing: Any) -> bool:
    return all(callable(getattr(thing, method, None)) for method in ("init", "apply"))


def _require_taken(thing: Any, shown: Any) -> None:
    require(callable(thing) or _has_apply(thing), "of", shown, TAKEN)
    if _has_apply(getattr(thing, "func", thing)):
        return
    try:
        known = inspect.signature(thing).parameters
    except (TypeError, ValueError):
        known = {}
    require("key" in known, "of", shown, f"{TAKEN}: it has no parameter key")


def _parameters_alone(variables: Any) -> Any:
    """Of a module of flax, whose variables stand in collections."""
    if isinstance(variables, dict) and "params" in variables:
        others = ", ".join(sorted({*variables} - {"params"}))
        require(not others, "model", others, "a net whose state is its parameters alone")
    return variables


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array)


def _flat(output: Any) -> jax.Array:
    """() of an output (1,); others as they are."""
    found = jnp.asarray(output)
    return found[0] if found.shape == (1,) else found


@functools.lru_cache(maxsize=1024)
def _structure(model: Module, k: int, d: int) -> _Structure:
    """From a trace of the start: nothing is computed. Raises `InputError`."""
    kept: list[_Structure] = []
    shown = f"{model.of} on images ({k}, {d})"

    def start(key: jax.Array) -> Any:
        flat, tree = jax.tree_util.tree_flatten_with_path(model._net(k, d).start(key))
        for path, leaf in flat:
            real = not _is_array(leaf) or leaf.dtype == jnp.float32
            allowed = "a net whose arrays of jax are parameters, float32; a constant is an array of numpy"
            require(real, "model", f"{_role(path)} of {shown}", allowed)
        roles = tuple(_role(path) for path, leaf in flat if _is_array(leaf))
        kept.append(_Structure(tree, tuple(None if _is_array(leaf) else leaf for _, leaf in flat), roles))
        return [leaf for _, leaf in flat if _is_array(leaf)]

    try:
        jax.eval_shape(start, jax.random.key(0))
    except InputError:
        raise
    except Exception as error:
        raise InputError("model", shown, f"what makes a net ({in_words(error)})") from error
    require(bool(kept[0].roles), "model", shown, "a net with parameters, a pytree of jax that holds them")
    return kept[0]


def _role(path: Any) -> str:
    return "." + jax.tree_util.keystr(path, simple=True, separator=".")


@functools.lru_cache(maxsize=1024)
def _output_shape(model: Module, k: int, d: int) -> tuple[int, ...]:
    """Of one net that starts, on three images drawn from a fixed key. Raises `InputError`."""
    shown = f"{model.of} on images ({k}, {d})"
    _structure(model, k, d)
    x = jax.random.normal(jax.random.key(1), (k, d, 3))

    def given(key: jax.Array) -> jax.Array:
        params = model.init(key, k, d, std=1.0, bias=0.0)
        return model.outputs(jax.tree.map(lambda leaf: leaf[None], params), x)[0]

    try:
        found = np.asarray(jax.jit(given)(jax.random.key(0)))
    except InputError:
        raise
    except Exception as error:
        raise InputError("model", shown, f"what takes one image ({k}, {d}) ({in_words(error)})") from error
    shape = found.shape[:-1]
    require(len(shape) <= 1, "model", f"an output {shape} of {shown}", "(), (1,), or (o,) for o numbers")
    require(bool(np.isfinite(found).all()), "model", shown, "a net whose outputs are finite at its start")
    return shape


def module(thing: Any, *, name: str | None = None) -> Module:
    """The model of a net of a user's own; name: see `objects.fields_of`. Raises `InputError`.

    >>> class Perceptron:
    ...     def init(self, key, x):
    ...         return {"w": jax.random.normal(key, x.shape) / 10}
    ...     def apply(self, params, x):
    ...         return jnp.vdot(params["w"], x)
    >>> module(Perceptron).output_shape(5, 8)
    ()
    """
    given = thing
    if name is None and not isinstance(thing, type) and dataclasses.is_dataclass(thing) and _has_apply(thing):
        # What it is made with; a module of flax keeps its place in a net in the fields parent and name.
        fields = [one for one in dataclasses.fields(thing) if one.init and one.name not in ("parent", "name")]
        values = {one.name: getattr(thing, one.name) for one in fields}
        departing = {one.name: values[one.name] for one in fields if values[one.name] is not one.default}
        given = functools.partial(type(thing), **departing) if departing else type(thing)
    _require_taken(given, type(thing).__name__ if not callable(thing) else thing)
    return Module(**objects.fields_of(given, name=name))
