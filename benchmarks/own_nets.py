"""`python -m benchmarks.own_nets`: nets of equinox and flax beside the same nets as pieces.

Needs equinox and flax, which nstar does not. Two nets: the two-layer CNN of `sims.models.wide` in NTK
parametrisation; a transformer of one block (`Block`, written here as a piece); each as a module of equinox
and of flax with the same forward pass. The modules of equinox start as the pieces do, from the same key; flax
draws from keys of its own. Cells are paired: all nets see the same samples.
"""

import argparse
import dataclasses
import importlib.metadata
from pathlib import Path
from typing import Annotated, Any, ClassVar

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

import nstar
from benchmarks.results import RESULTS, write
from sims.models.base import AutomaticGradient, Parameters
from sims.models.wide import WideCNN
from sims.pieces import register
from sims.pieces.fields import Checked, Whole

WIDTH = 32
ROLES = ("query", "key", "value", "hidden", "last")
RATES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
SMALLER = tuple(rate / 200 for rate in RATES)


def block(weights: dict[str, jax.Array], x: jax.Array) -> jax.Array:
    """One head of attention over the patches of x (k, d), added to them; one hidden layer; the mean."""
    width = weights["query"].shape[1]
    query, key, value = (x @ weights[name] for name in ("query", "key", "value"))
    attended = x + jax.nn.softmax(query @ key.T / width**0.5) @ value
    return jnp.mean(jax.nn.relu(attended @ weights["hidden"]) @ weights["last"])


def start(key: jax.Array, d: int, width: int) -> dict[str, jax.Array]:
    """Weights of a block, each N(0, 1 / its inputs)."""
    shapes = {"query": (d, width), "key": (d, width), "value": (d, d), "hidden": (d, width), "last": (width,)}
    keys = jax.random.split(key, len(shapes))
    return {
        name: jax.random.normal(one, shape) / shape[0] ** 0.5
        for (name, shape), one in zip(shapes.items(), keys, strict=True)
    }


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Block(Checked, AutomaticGradient):
    """A transformer of one block, `block`, as a piece."""

    width: Annotated[int, Whole(1, 1000)] = WIDTH
    name: ClassVar[str] = "block"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "none that is known"
    trained_bias: ClassVar[bool] = False

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """See `sims.models.base.Model`."""
        del k, bias
        weights = {name: std * weight for name, weight in start(key, d, self.width).items()}
        return {**weights, "b": jnp.zeros(())}

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """See `sims.models.base.Model`."""
        weights = {name: params[name] for name in ROLES}
        images = jnp.moveaxis(x, -1, 0)
        return jax.vmap(lambda one: jax.vmap(lambda image: block(one, image))(images))(weights)


class EquinoxCNN(eqx.Module):
    """The net of `WideCNN`."""

    w: jax.Array
    a: jax.Array

    def __init__(self, d: int, *, key: jax.Array) -> None:
        first, second = jax.random.split(key)
        self.w, self.a = jax.random.normal(first, (WIDTH, d)), jax.random.normal(second, (WIDTH,))

    def __call__(self, x: jax.Array) -> jax.Array:
        hidden = jax.nn.relu(x @ self.w.T / x.shape[1] ** 0.5)
        return jnp.mean(hidden @ self.a) / WIDTH**0.5


class FlaxCNN(nn.Module):
    """The net of `WideCNN`, by layers of flax."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        normal = nn.initializers.normal(1.0)
        hidden = nn.Dense(WIDTH, use_bias=False, kernel_init=normal)(x) / x.shape[1] ** 0.5
        out = nn.Dense(1, use_bias=False, kernel_init=normal)(nn.relu(hidden))
        return jnp.mean(out) / WIDTH**0.5


class EquinoxBlock(eqx.Module):
    """The net of `Block`."""

    weights: dict[str, jax.Array]

    def __init__(self, d: int, *, key: jax.Array) -> None:
        self.weights = start(key, d, WIDTH)

    def __call__(self, x: jax.Array) -> jax.Array:
        return block(self.weights, x)


class FlaxBlock(nn.Module):
    """The net of `Block`, by layers of flax."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        def dense(size: int) -> nn.Dense:
            scaled = nn.initializers.variance_scaling(1.0, "fan_in", "normal")
            return nn.Dense(size, use_bias=False, kernel_init=scaled)

        query, key, value = dense(WIDTH)(x), dense(WIDTH)(x), dense(x.shape[1])(x)
        attended = x + nn.softmax(query @ key.T / WIDTH**0.5) @ value
        return jnp.mean(dense(1)(nn.relu(dense(WIDTH)(attended))))


NETS: dict[str, tuple[Any, dict[str, Any], tuple[float, ...]]] = {
    "two-layer CNN": (WideCNN(width=WIDTH), {"equinox": EquinoxCNN, "flax": FlaxCNN}, RATES),
    "transformer": (Block(), {"equinox": EquinoxBlock, "flax": FlaxBlock}, SMALLER),
}


def compared(name: str, *, task: Any, target: float, seeds: int, steps: int, n_max: int) -> dict[str, Any]:
    """n* of a net as a piece and as modules, and the ratio to the piece's, seed by seed."""
    piece, modules, rates = NETS[name]
    learner = {"lr_w": list(rates), "steps": steps, "init_std": 1.0}
    models = {"piece": (piece, learner)} | {
        library: (nstar.module(module), learner) for library, module in modules.items()
    }
    sweep = nstar.sweep(
        task,
        models,
        target=target,
        metric="squared",
        seeds=seeds,
        n_max=n_max,
        paired=True,
        progress=False,
    )
    found: dict[str, Any] = {}
    for library in models:
        rows = sorted((row for row in sweep.rows if row["series"] == library), key=lambda row: row["seed"])
        found[library] = {name: rows[0][name] for name in ("n_low", "n_best", "n_high", "n_method")}
        found[library]["brackets"] = [[row["low"], row["high"]] for row in rows]
    middle = {
        library: np.array([np.sqrt(max(low, 1) * high) for low, high in one["brackets"]])
        for library, one in found.items()
    }
    for library in modules:
        logs = np.log(middle[library] / middle["piece"])
        half = stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs))
        ends = {"low": logs.mean() - half, "best": logs.mean(), "high": logs.mean() + half}
        found[library]["ratio"] = {end: float(np.exp(value)) for end, value in ends.items()}
    return found


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--out", type=Path, default=RESULTS / "own-nets.json")
    args = parser.parse_args()
    task = nstar.DSD(k=4, d=6, sigma=0.15)
    settings = {
        "two-layer CNN": {"target": 0.1, "steps": 300, "n_max": 1000},
        "transformer": {"target": 0.1, "steps": 300, "n_max": 1000},
    }
    result: dict[str, Any] = {
        "versions": {one: importlib.metadata.version(one) for one in ("jax", "equinox", "flax")},
        "task": {"name": "dsd", "k": 4, "d": 6, "sigma": 0.15},
        "settings": settings,
    }
    for name, setting in settings.items():
        result[name] = compared(name, task=task, seeds=args.seeds, **setting)
        for library in ("piece", *NETS[name][1]):
            one = result[name][library]
            print(
                f"{name}, {library}: n* {one['n_best']} [{one['n_low']}, {one['n_high']}]",
                one.get("ratio", ""),
            )
    write(result, args.out)


if __name__ == "__main__":
    main()
