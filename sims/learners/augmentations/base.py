"""What every augmentation provides."""

from typing import ClassVar, Protocol, runtime_checkable

import jax


@runtime_checkable
class Augmentation(Protocol):
    """A frozen dataclass, registered with ``@register("augmentation")``.

    Its fields must be hashable: it is part of the compiled program. Tasks say by `keeps_label` which
    augmentations leave their labels true; no other is refused. Labels of several numbers go to augmentations
    alone that say ``several_outputs: ClassVar[bool] = True``.
    """

    name: ClassVar[str]
    version: ClassVar[int]

    def __call__(self, key: jax.Array, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Samples x (k, d, B) with labels y (B,), or (o, B), as training sees them at one step, of the same
        shapes.

        Traced, with a new key at every step. What becomes of a sample may depend on that sample alone: the
        whole set comes block by block, with zeros behind the last sample. How many samples make a block
        depends on the kind of device, and with it what is drawn for each.
        """
        ...
