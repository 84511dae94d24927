"""Render images a batch at a time, so that memory does not grow with their number."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

TOGETHER = 128
"""Images rendered side by side."""


def render_each(one: Callable[..., jax.Array], *inputs: jax.Array) -> jax.Array:
    """`one` of every row of the inputs (n, ...), stacked: (n, ...).

    The last batch is filled up with copies of the first row, so that the program holds `one` once.
    """
    n = len(inputs[0])
    if n == 0:
        image = jax.eval_shape(one, *(jax.ShapeDtypeStruct(rows.shape[1:], rows.dtype) for rows in inputs))
        return jnp.zeros((0, *image.shape), image.dtype)
    batches = max(1, -(-n // TOGETHER))

    def filled(rows: jax.Array) -> jax.Array:
        spare = jnp.broadcast_to(rows[:1], (batches * TOGETHER - n, *rows.shape[1:]))
        return jnp.concatenate([rows, spare]).reshape(batches, TOGETHER, *rows.shape[1:])

    rendered = jax.lax.map(lambda batch: jax.vmap(one)(*batch), tuple(filled(rows) for rows in inputs))
    return rendered.reshape(batches * TOGETHER, *rendered.shape[2:])[:n]
