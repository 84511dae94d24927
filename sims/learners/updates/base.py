"""What every update provides."""

from typing import ClassVar, Protocol, runtime_checkable

import optax


@runtime_checkable
class Update(Protocol):
    """A frozen dataclass, registered with ``@register("update")``.

    Its fields must be hashable: it shapes the compiled program. `Rated` is what it adds to tell roles apart,
    ``linear: ClassVar[bool] = True`` what it says if its steps are linear in the gradients, as those of
    momentum are: outputs may then be scaled (`sims.learners.scaled`).
    """

    name: ClassVar[str]
    version: ClassVar[int]

    def transformation(self, steps: int) -> optax.GradientTransformation:
        """Any transformation of optax that takes no more than gradients and parameters, at the rate 1, with
        the sign of optax: what it gives is added to the parameters, as that of ``optax.adamw(1.0)`` is.

        Every lane has its own, so that a norm is that of one lane's gradient. It sees the parameters that
        move, by role, and what it gives is multiplied by the rates of the grid. steps: after which a
        training ends that nothing ends before, for schedules.
        """
        ...


@runtime_checkable
class Rated(Protocol):
    """What an update provides beside, to give parameters rates of their own."""

    def rate_of(self, role: str) -> float:
        """The factor on the grid's rate (lr_b for the role "b", lr_w for all others) for a role."""
        ...
