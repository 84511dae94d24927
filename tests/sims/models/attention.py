"""A model from outside, in one file: one head of softmax attention over patches, with its own training."""

import dataclasses
import math
from typing import ClassVar

import jax
import jax.numpy as jnp

from sims.models.base import AutomaticGradient
from sims.pieces import register


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Attention(AutomaticGradient):
    """f(x) = mean_i sum_j softmax_j(<Q x_i, K x_j> / sqrt r) <w, x_j>, Q and K of r rows."""

    rows: int = 4
    name: ClassVar[str] = "attention"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "permutations of patches"
    trained_bias: ClassVar[bool] = False

    def recipe(self, task):
        update = {"name": "adamw", "decay": 0.01, "warmup": 50, "cosine": True}
        return {"update": update, "lr_w": (0.1, 0.03), "init_std": 0.5, "steps": 500}

    def init(self, key, k, d, *, std, bias):
        shapes = {"w": (d,), "query": (self.rows, d), "key": (self.rows, d)}
        keys = jax.random.split(key, 3)
        drawn = {
            role: std * jax.random.normal(own, shapes[role]) for role, own in zip(shapes, keys, strict=True)
        }
        return drawn | {"b": jnp.zeros(())}

    def outputs(self, params, x):
        queries, keys = (jnp.einsum("lrd,kdb->lkrb", params[role], x) for role in ("query", "key"))
        scores = jnp.einsum("lirb,ljrb->lijb", queries, keys) / math.sqrt(self.rows)
        values = jnp.einsum("ld,kdb->lkb", params["w"], x)
        return jnp.einsum("lijb,ljb->lb", jax.nn.softmax(scores, axis=2), values) / x.shape[0]
