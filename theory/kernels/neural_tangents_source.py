"""neural-tangents 0.6.5 as it is read here: its own source, with what today's JAX refuses exchanged.

JAX itself is left as it is. Exchanged are lines in four of the library's modules (`EDITS`), while they are
imported:

| module | what | why |
|---|---|---|
| `neural_tangents` | `experimental` is not imported | it alone needs TensorFlow |
| `_src.empirical`, `_src.utils.rules` | jaxprs are of `jax.extend.core` | `jax.core` has them no more |
| `_src.empirical` | `safe_map` and `safe_zip` come from here | there is no `jax.util` |
| `_src.empirical` | the name stack is `jax.named_scope` | JAX's own is private |
| `_src.empirical` | no check of cotangents, no arrays of dynamic shape | JAX has dropped both |
| `_src.empirical` | sizes and shapes of what is a shape alone from numpy, types by value | `jnp` warns |
| `_src.empirical` | the cost of a program is a dictionary | it was a list of one |
| `_src.predict` | `eigvalsh` takes `subset_by_index` | scipy has renamed it |
| `_src.predict` | a traced kernel is decomposed where it is | `eval_context` has no tracer of `vmap` |
| `_src.utils.rules` | no rules of `zeros_like_p` | JAX binds it nowhere |

and two functions of `_src.empirical`, on which the structured derivatives rest, by the two of the same names
at the end of this file: they take a linear program from `jax.linearize` and transpose an equation of it by
`jax.linear_transpose`, where the library called JAX's own parts.
"""

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.machinery import PathFinder
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import ShapedArray, Tracer, eval_context
from jax.interpreters import ad

PACKAGE = "neural_tangents"
EMPIRICAL = "neural_tangents._src.empirical"
PREDICT = "neural_tangents._src.predict"
RULES = "neural_tangents._src.utils.rules"


def _moved(*names: str) -> dict[str, str]:
    return {f"from jax.core import {name}\n": f"from jax.extend.core import {name}\n" for name in names}


EDITS: dict[str, dict[str, str]] = {
    PACKAGE: {"from . import experimental\n": "\n"},
    EMPIRICAL: {
        **_moved("Jaxpr", "JaxprEqn", "Literal", "Var"),
        "from jax.util import safe_map as map\n": f"from {__name__} import safe_map as map\n",
        "from jax.util import safe_zip as zip\n": f"from {__name__} import safe_zip as zip\n",
        "prim: core.Primitive,": "prim: jax.extend.core.Primitive,",
        "ad.source_info_util.transform_name_stack('transpose')": "jax.named_scope('transpose')",
        "if ad.config.jax_enable_checks:": "if False:",
        "if type(a) is core.DShapedArray:": "if False:",
        "tree_map(jnp.dtype, params)": "tree_map(jnp.result_type, params)",
        "map(jnp.size, leaves)": "map(np.size, leaves)",
        "arr.shape[:axis] + jnp.shape(l) + ": "arr.shape[:axis] + np.shape(l) + ",
        "[jnp.size(l) for l in leaves[:-1]]": "[np.size(l) for l in leaves[:-1]]",
        "e.compile().cost_analysis()[0]": "e.compile().cost_analysis()",
    },
    PREDICT: {
        "eigvals=(ntk_train_train.shape[0] - 1,": "subset_by_index=(ntk_train_train.shape[0] - 1,",
        "import lru_cache\n": f"import lru_cache; from {__name__} import eager\n",
        "with jax.core.eval_context():\n      solve =": "with eager(k_train_train):\n      solve =",
        "with jax.core.eval_context():\n      expm1_fn": "with eager(k_train_train):\n      expm1_fn",
    },
    RULES: {
        **_moved("Jaxpr", "JaxprEqn", "Literal", "Primitive", "Var"),
        "STRUCTURE_RULES[jax.interpreters.ad.zeros_like_p] = _eye_s\n": "\n",
        "JACOBIAN_RULES[jax.interpreters.ad.zeros_like_p] = _zeros_like_j\n": "\n",
    },
}
"""By module: a text that stands in it once, and what is read in its place. Lines keep their numbers."""


@contextmanager
def mended_imports() -> Iterator[None]:
    """Within it the library is imported as it is read here, whatever an import before has left behind."""
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of `EDITS` where they lie, and nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname in EDITS else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles the mended source, past the cache of the released one."""

    def get_code(self, fullname: str) -> types.CodeType:
        path = self.get_filename(fullname)
        text = self.get_data(path).decode()
        for old, new in EDITS[fullname].items():
            if text.count(old) != 1:
                raise ImportError(
                    f"neural_tangents: {path} is not that of version 0.6.5, which alone can be used here; "
                    "run: pip install --no-deps neural-tangents==0.6.5"
                )
            text = text.replace(old, new)
        return self.source_to_code(text.encode(), path)

    def exec_module(self, module: types.ModuleType) -> None:
        super().exec_module(module)
        if module.__name__ == EMPIRICAL:
            vars(module).update(_get_primals_out_and_pullback=_pullback_of(module), _eqn_vjp_fn=_eqn_vjp_fn)


def eager(kernel: Any) -> AbstractContextManager:
    """Outside of all transformations, so that what is kept of a kernel is no tracer; inside, if it is one."""
    return nullcontext() if isinstance(kernel, Tracer) else eval_context()


def safe_map(function: Callable, *arguments: Iterable) -> list:
    """A list, of arguments of one length."""
    return [function(*each) for each in zip(*arguments, strict=True)]


def safe_zip(*arguments: Iterable) -> list[tuple]:
    """A list of tuples, of arguments of one length."""
    return list(zip(*arguments, strict=True))


def _pullback_of(empirical: types.ModuleType) -> Callable:
    """Its `_get_primals_out_and_pullback`: outputs of `fn`, and the walk back through its linear program."""

    def _get_primals_out_and_pullback(
        fn: Callable, mode: Any, _j_rules: bool, _s_rules: bool, _fwd: bool | None, *primals_in: Any
    ) -> tuple[Any, Callable]:
        with jax.disable_jit():  # calls of compiled functions come inline
            primals_out, linear = jax.linearize(fn, *primals_in)
            program = jax.make_jaxpr(linear)(*primals_in)

        def pullback(*cotangents: Any) -> Any:
            found = empirical._backward_pass(
                program.jaxpr,
                mode=mode,
                consts=program.consts,
                primals_in=[ad.UndefinedPrimal(v.aval) for v in program.jaxpr.invars],
                cotangents_in=tuple(jax.tree.leaves(cotangents)),
                _j_rules=_j_rules,
                _s_rules=_s_rules,
                _fwd=_fwd,
            )
            return jax.tree.unflatten(jax.tree.structure(primals_in), found)

        return primals_out, pullback

    return _get_primals_out_and_pullback


def _eqn_vjp_fn(eqn: Any, cts_in: Any, *invals: Any) -> Sequence[Any]:
    """Cotangents of an equation's inputs: None where an input is a value, as it has none."""
    if eqn is None:  # the identity
        return (cts_in,)
    if isinstance(cts_in, ad.Zero):
        return [ad.Zero(x.aval) if isinstance(x, ad.UndefinedPrimal) else None for x in invals]
    # Of an input that is a shape alone, the values do not enter.
    known = [jnp.zeros(x.shape, x.dtype) if isinstance(x, ShapedArray) else x for x in invals]
    places = [place for place, x in enumerate(invals) if isinstance(x, ad.UndefinedPrimal)]

    def linear(*tangents: jax.Array) -> Any:
        inputs = list(known)
        for place, tangent in zip(places, tangents, strict=True):
            inputs[place] = tangent
        return eqn.primitive.bind(*inputs, **eqn.params)

    shapes = [jax.ShapeDtypeStruct(invals[place].aval.shape, invals[place].aval.dtype) for place in places]
    found: list[Any] = [None] * len(invals)
    for place, cotangent in zip(places, jax.linear_transpose(linear, *shapes)(cts_in), strict=True):
        found[place] = cotangent
    return found
