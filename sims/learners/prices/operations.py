"""Floating-point operations and temporaries of a traced program, equation by equation.

XLA has a count of its own (`jax.stages.Lowered.cost_analysis`), which takes the body of a loop once, however
often it runs; ours multiplies by the length where that is known.
"""

import math
from collections.abc import Iterator
from typing import Any

FREE = frozenset(
    (
        *("bitcast_convert_type", "broadcast_in_dim", "concatenate", "convert_element_type", "copy"),
        *("device_put", "dynamic_slice", "dynamic_update_slice", "expand_dims", "gather", "iota"),
        *("optimization_barrier", "pad", "reshape", "rev", "scatter", "slice", "split", "squeeze"),
        *("stop_gradient", "transpose"),
    )
)
"""Equations that move numbers and compute none."""


WHOLE = frozenset(
    (
        *("broadcast_in_dim", "concatenate", "conv_general_dilated", "dot_general", "gather", "pad", "rev"),
        *("scatter", "scatter-add", "sort", "transpose"),
    )
)
"""Equations whose numbers are not made one of one: they do not write over what they read."""


def count_flops(jaxpr: Any) -> float:
    """Operations of a jaxpr: a product of matrices has two for each pair of factors, a reduction one for each
    number that it takes in, everything else one for each number that it gives, transcendental or not.

    The body of a loop whose length is not fixed counts once; of a choice the costliest branch.
    """
    return float(sum(_flops(equation) for equation in jaxpr.eqns))


def _flops(equation: Any) -> float:
    name, params = equation.primitive.name, equation.params
    out = sum(_size(variable) for variable in equation.outvars)
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        shape = equation.invars[0].aval.shape
        return 2.0 * out * math.prod(shape[axis] for axis in contracted)
    if name == "conv_general_dilated":
        numbers = params["dimension_numbers"]
        kernel = equation.invars[1].aval.shape
        # One output takes a product with every weight of its own output channel.
        return 2.0 * out * math.prod(kernel) / kernel[numbers.rhs_spec[0]]
    if name == "cond":
        return max(count_flops(branch.jaxpr) for branch in params["branches"])
    inner = list(_inner(params))
    if inner:
        return params.get("length", 1) * sum(count_flops(jaxpr) for jaxpr in inner)
    if name in FREE:
        return 0.0
    if name.startswith(("reduce_", "arg", "cum")):
        return float(sum(_size(variable) for variable in equation.invars))
    return float(out)


def peak_bytes(jaxpr: Any) -> float:
    """The most bytes that a jaxpr holds at a time on its way, equation by equation, beside its inputs and
    constants: an array lives until its last use, and what is computed number by number takes the place of an
    array that ends there.

    A compiled program may need less, as it fuses equations, or more, as it takes them in another order.
    """
    last = {id(variable): index for index, one in enumerate(jaxpr.eqns) for variable in one.invars}
    last |= {id(variable): len(jaxpr.eqns) for variable in jaxpr.outvars}
    alive: dict[int, float] = {}
    peak = held = 0.0
    for index, equation in enumerate(jaxpr.eqns):
        ending = {id(variable) for variable in equation.invars if last[id(variable)] == index} & alive.keys()
        inside = max((peak_bytes(one) for one in _inner(equation.params)), default=0.0)
        made = {id(variable): _size(variable) * _width(variable) for variable in equation.outvars}
        given_up = sum(alive.pop(variable) for variable in ending)
        name, new = equation.primitive.name, sum(made.values())
        if not inside:
            needed = new if name in WHOLE else max(new - given_up, 0.0)
        else:
            # What a call makes is made inside; a loop's state is there beside what its body makes.
            needed = new + inside if name in ("while", "scan") else max(new, inside)
        peak = max(peak, held + needed)
        alive |= {variable: size for variable, size in made.items() if last.get(variable, -1) > index}
        held = sum(alive.values())
    return peak


def _inner(params: dict[str, Any]) -> Iterator[Any]:
    """The jaxprs in an equation's parameters."""
    for value in params.values():
        for one in value if isinstance(value, tuple | list) else (value,):
            if hasattr(one, "jaxpr"):
                yield one.jaxpr
            elif hasattr(one, "eqns"):
                yield one


def _size(variable: Any) -> int:
    return math.prod(getattr(variable.aval, "shape", ()))


def _width(variable: Any) -> int:
    return getattr(getattr(variable.aval, "dtype", None), "itemsize", 0)
