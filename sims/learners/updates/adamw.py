"""AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101), and a schedule."""

import dataclasses
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import optax

from sims.pieces import register
from sims.pieces.fields import Checked, Number, Whole

MAX_DECAY = 1e3
MAX_WARMUP = 10_000_000
"""As many as the most steps of a training."""


@register("update")
@dataclasses.dataclass(frozen=True, kw_only=True)
class AdamW(Checked):
    """theta <- theta - rate s_t (m_t / (sqrt v_t + epsilon) + decay theta), with Adam's moments m_t and v_t,
    both corrected for their start (algorithm 2 of the paper; its decay is here decay times rate, as in
    PyTorch and optax).

    Parameters
    ----------
    decay: of all parameters but the bias "b", 0 to 1000.
    warmup: steps over which s_t rises linearly: s_t = t / warmup at step t = 1, 2, ..., then 1.
    cosine: after the warm-up s_t falls as (1 + cos(pi u)) / 2, u from 0 to 1 at the end of the training.
    beta_1, beta_2: decay of the moments, in [0, 1); epsilon > 0.
    """

    decay: Annotated[float, Number(least=0, most=MAX_DECAY)] = 0.01
    warmup: Annotated[int, Whole(0, MAX_WARMUP)] = 0
    cosine: bool = False
    beta_1: Annotated[float, Number(least=0, below=1)] = 0.9
    beta_2: Annotated[float, Number(least=0, below=1)] = 0.999
    epsilon: Annotated[float, Number(above=0, most=1)] = 1e-8
    name: ClassVar[str] = "adamw"
    version: ClassVar[int] = 1

    def transformation(self, steps: int) -> optax.GradientTransformation:
        """See `sims.learners.updates.base.Update`."""

        def schedule(count: Any) -> jax.Array:
            rising = jnp.minimum((count + 1) / max(self.warmup, 1), 1.0)
            if not self.cosine:
                return -rising
            gone = (count - self.warmup) / max(steps - self.warmup, 1)
            return -rising * (1 + jnp.cos(jnp.pi * jnp.clip(gone, 0.0, 1.0))) / 2

        def decays(params: Any) -> dict[str, bool]:
            return {role: role != "b" for role in params}

        return optax.chain(
            optax.scale_by_adam(b1=self.beta_1, b2=self.beta_2, eps=self.epsilon),
            optax.add_decayed_weights(self.decay, mask=decays),
            optax.scale_by_schedule(schedule),
        )
