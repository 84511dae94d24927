"""What every probe provides: named quantities, measured, with their errors and what theory says of them."""

import dataclasses
import math
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

if TYPE_CHECKING:
    import jax


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quantity:
    """One number that a probe found.

    name: what it is, unique within the probe together with `at`; value: the number; error: its standard error
    over repetitions, None if it is exact; predicted: what theory says it is, None if nothing; at: abscissa,
    if the quantity is one point of a series (a step, a size, a threshold); repetitions: independent draws
    behind the value.

    Raises `ValueError` if a number is not finite or an error is negative.
    """

    name: str
    value: float
    error: float | None = None
    predicted: float | None = None
    at: float | None = None
    repetitions: int = 1

    def __post_init__(self) -> None:
        for field in ("value", "error", "predicted", "at"):
            number: float | None = getattr(self, field)
            if number is None and field != "value":
                continue
            if number is None or not math.isfinite(number):
                raise ValueError(f"{field}: {self.name} is {number}; allowed: a finite number")
            object.__setattr__(self, field, float(number))
        if self.error is not None and self.error < 0:
            raise ValueError(f"error: {self.name} has {self.error}; allowed: a number >= 0, or none")


class Probe(Protocol):
    """A frozen dataclass, registered with ``@register("probe")``, whose fields are plain values."""

    name: ClassVar[str]
    version: ClassVar[int]

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities. All randomness comes from `entropy`: 128 bits folded from the cell's id."""
        ...


def numpy_generator(entropy: int) -> np.random.Generator:
    """The numpy generator of a probe."""
    return np.random.default_rng(entropy)


def jax_key(entropy: int) -> "jax.Array":
    """The JAX key of a probe: the first 64 bits of its entropy."""
    import jax
    import jax.numpy as jnp

    words = np.frombuffer(entropy.to_bytes(16, "big")[:8], ">u4").astype(np.uint32)
    return jax.random.wrap_key_data(jnp.asarray(words), impl="threefry2x32")
