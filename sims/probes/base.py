"""What every probe provides: named quantities, measured, with their errors and what theory says of them."""

from typing import ClassVar, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from sims.pieces.quantity import Quantity


class Probe(Protocol):
    """A frozen dataclass, registered with ``@register("probe")``, whose fields are plain values.

    Quantities that are bounded stand in a ``ranges: ClassVar[Ranges]``, see `sims.probes.intervals`.
    """

    name: ClassVar[str]
    version: ClassVar[int]

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities. All randomness comes from `entropy`: 128 bits folded from the cell's id."""
        ...


def numpy_generator(entropy: int) -> np.random.Generator:
    """The numpy generator of a probe."""
    return np.random.default_rng(entropy)


def jax_key(entropy: int) -> jax.Array:
    """The JAX key of a probe: the first 64 bits of its entropy."""
    words = np.frombuffer(entropy.to_bytes(16, "big")[:8], ">u4").astype(np.uint32)
    return jax.random.wrap_key_data(jnp.asarray(words), impl="threefry2x32")
