"""Rendered images of a core and a shortcut feature whose availability is a footprint in pixels.

    y, z = (z_s, z_c) as in `sims.tasks.shortcut.two_features`
    image: black, with a disc of grey level g(z_s) and a square of grey level g(z_c), apart, at random places
    area of the square = footprint,  area of the disc = ratio footprint + pi/12 pixels, its blurred edge
    g(z) = 1/2 + z/10, cut to [0, 1]

After Hermann et al. 2024 (2310.16228), section 5 and figure 4: a circle for z_s, a square for z_c, their
colours set by the values; figure 4C has ratio 4. Whether the ratio is of areas or of sides, the sizes in
pixels, the images on which a net is probed and the map from latent to colour are in its supplement, which was
not found; a re-implementation has 224 x 224 pixels, a square of 20 and probes at ratio 1. Here the map is the
same for all images, so that the class means remain in them.
"""

import dataclasses
import math
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.tasks.base import PROBES, Batch
from sims.tasks.shortcut.rendering import render_each
from sims.tasks.shortcut.two_features import OfLatents, Shortcut, latents
from sims.tasks.signal_in_patch import COMPILED_ONCE

FLOORS = ("bayes", "zero")
GREY_RANGE = 10.0
MIN_SIZE, MAX_SIZE = 8, 1024
RATIO = Number(least=0.01, most=100)
SIZES = ("area", "side")
"""Of disc and square, that the ratio may compare."""
PLACES = 64
"""Places tried for the square: each is apart from the disc with probability 1/2 at least."""


@partial(jax.jit, static_argnames="size", compiler_options=COMPILED_ONCE)
def _render(key: jax.Array, z: jax.Array, radius: float, edge: float, *, size: int) -> jax.Array:
    """Images (n, size^2, 1) of latents z (n, 2), a key each: a disc of that radius, a square of that edge."""
    middle = jnp.arange(size, dtype=jnp.float32) + 0.5
    half = edge / 2

    def one(index: jax.Array, own: jax.Array) -> jax.Array:
        key_disc, key_square = jax.random.split(jax.random.fold_in(key, index))
        disc = jax.random.uniform(key_disc, (2,), minval=radius, maxval=size - radius)
        places = jax.random.uniform(key_square, (PLACES, 2), minval=half, maxval=size - half)
        # A pixel lies between them: each edge is blurred over one.
        gap = jnp.maximum(jnp.abs(places - disc[None, :]) - half, 0)
        square = places[jnp.argmax(jnp.sum(gap**2, 1) > (radius + 1) ** 2)]
        distance = jnp.hypot(middle[:, None] - disc[0], middle[None, :] - disc[1])
        in_disc = jnp.clip(radius - distance + 0.5, 0, 1)
        sides = jnp.clip(half - jnp.abs(middle[None, :] - square[:, None]) + 0.5, 0, 1)
        grey = jnp.clip(0.5 + own / GREY_RANGE, 0, 1)
        image = grey[0] * in_disc + grey[1] * sides[0][:, None] * sides[1][None, :]
        return image.reshape(-1, 1)

    return render_each(one, jnp.arange(len(z), dtype=jnp.uint32), z)


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Footprint(Checked, OfLatents):
    """The module's task; a patch is a pixel: k = size^2, d = 1.

    Parameters
    ----------
    rho_s, rho_c, sigma_sc: as in `Shortcut`.
    ratio: disc over square, from 1/100 to 100; ratio_of: "area", or "side": the square root of the areas'.
    probe_ratio: that of the images of `probes`, none for `ratio`: at 1 nets are probed at the base size.
    size: pixels along an edge of the image, 8 to 1024.
    footprint: pixels of the square, a number >= 4. Disc and square must be so small that a random place for
        the square is free with probability 1/2.

    Latents: ``z_s``, ``z_c`` (n,). Raises `InputError`, named by the field, for anything else.
    """

    rho_s: float
    rho_c: float = 0.9
    sigma_sc: float = 0.6
    ratio: Annotated[float, RATIO] = 1.0
    size: Annotated[int, Whole(MIN_SIZE, MAX_SIZE)] = 224
    footprint: Annotated[float, Number(least=4)] = 400.0
    ratio_of: Annotated[str, OneOf(SIZES)] = "area"
    probe_ratio: Annotated[float | None, RATIO] = None
    name: ClassVar[str] = "footprint"
    version: ClassVar[int] = 1
    d: ClassVar[int] = 1

    def __post_init__(self) -> None:
        self.features()
        super().__post_init__()
        most = self.size**2
        require(self.footprint <= most, "footprint", self.footprint, f"a number from 4 to {most}")
        for ratio in (self.ratio, self.probe_ratio or self.ratio):
            radius = self.radius_at(ratio)
            large = "more, at that ratio: the disc needs a radius of a pixel at least"
            require(radius >= 1, "footprint", self.footprint, large)
            apart = 2 * (radius + 1) + self.edge <= (self.size - self.edge) / math.sqrt(2)
            require(
                apart and 2 * radius + 1 <= self.size,
                "footprint",
                self.footprint,
                f"less, at ratio {ratio:g} and size {self.size}: disc and square must find room apart",
            )

    def features(self) -> Shortcut:
        """The task of the latents alone."""
        return Shortcut(rho_s=self.rho_s, rho_c=self.rho_c, sigma_sc=self.sigma_sc)

    @property
    def k(self) -> int:
        """Pixels of an image."""
        return self.size**2

    @property
    def edge(self) -> float:
        """Edge of the square in pixels."""
        return math.sqrt(self.footprint)

    @property
    def radius(self) -> float:
        """Radius of the disc in pixels."""
        return self.radius_at(self.ratio)

    def radius_at(self, ratio: float) -> float:
        """Radius in pixels of a disc at that ratio to the square, of areas or of sides."""
        areas = ratio if self.ratio_of == "area" else ratio**2
        return math.sqrt(areas * self.footprint / math.pi)

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, 1) in [0, 1] and y (n,), float32."""
        require(n >= 0, "n", n, "an integer >= 0")
        drawn = latents(key, stream, *self.features().means, self.sigma_sc, n=n)
        return Batch(
            self.render(key, drawn.x, stream=stream),
            drawn.y,
            {"z_s": drawn.x[:, 0], "z_c": drawn.x[:, 1]},
        )

    def render(self, key: jax.Array, z: jax.Array, *, stream: int = 0) -> jax.Array:
        """Images (n, k, 1) of latents z (n, 2), shortcut first, at the places of a stream of the key."""
        own = jax.random.fold_in(jax.random.fold_in(key, 2), stream)
        ratio = self.probe_ratio if stream == PROBES and self.probe_ratio is not None else self.ratio
        return _render(own, z, self.radius_at(ratio), self.edge, size=self.size)

    def probes(self, key: jax.Array, n: int) -> Batch:
        """Images (n, k, 1) of `probe_latents`; y is 0."""
        z = jnp.asarray(self.probe_latents(n))
        x = self.render(key, z, stream=PROBES)
        return Batch(x, jnp.zeros(n, jnp.float32), {"z_s": z[:, 0], "z_c": z[:, 1]})

    def floor(self, kind: str, metric: str = "squared") -> float:
        """Risk of the Bayes classifier of the latents ("bayes"), which grey levels cut to [0, 1] can miss."""
        require(kind in FLOORS, "floor", kind, ", ".join(FLOORS))
        return self.features().floor(kind, metric)
