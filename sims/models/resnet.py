"""Residual networks with the basic blocks of ResNet-18 (He, Zhang, Ren, Sun 2016), on square images.

A patch is a pixel: k = side^2 pixels, row by row, d colour channels. With batch normalisation (Ioffe and
Szegedy 2015): training steps use the statistics of their batch, outputs use running means of them.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

from sims.models.base import Parameters, Residual
from sims.pieces import register
from sims.pieces.errors import MAX_WIDTH, is_whole, require
from sims.pieces.fields import Checked, OneOf, Whole

MAX_STAGES, MAX_BLOCKS = 8, 100
STEMS = ("small", "imagenet")
MOMENTUM = 0.1
"""Share of a new batch in the running statistics."""
EPSILON = 1e-5
Norm = Callable[[str, jax.Array], jax.Array]


@register("model")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ResNet(Checked):
    """Stem, stages of basic blocks, global average, linear output.

    A block is relu(x' + bn(conv(relu(bn(conv(x)))))), 3 x 3 convolutions; x' is x, or at the
    start of every stage but the first, where the image is halved, a 1 x 1 convolution of it, normalised.

    Parameters
    ----------
    channels: of every stage; each stage after the first halves the image.
    blocks: of every stage.
    stem: "small", a 3 x 3 convolution, or "imagenet", a 7 x 7 convolution of stride 2 and a 3 x 3 maximum of
        stride 2. ResNet-18 is channels (64, 128, 256, 512), two blocks, "imagenet".

    Convolutions start at N(0, std^2 2/fan-out) (He et al. 2015), the output layer at N(0, std^2/fan-in) where
    PyTorch draws from a uniform law, offsets at 0, scales at 1. Raises `InputError`, named by the field, for
    anything else.

    >>> ResNet(channels=(8, 16), blocks=1).channels
    (8, 16)
    """

    channels: tuple[int, ...] = (8, 16, 32)
    blocks: Annotated[int, Whole(1, MAX_BLOCKS)] = 2
    stem: Annotated[str, OneOf(STEMS)] = "small"
    name: ClassVar[str] = "resnet"
    version: ClassVar[int] = 1
    group: ClassVar[str] = "one common orthogonal block: rotations of colour"
    trained_bias: ClassVar[bool] = False

    def __post_init__(self) -> None:
        fine = isinstance(self.channels, tuple) and all(
            is_whole(c) and 1 <= c <= MAX_WIDTH for c in self.channels
        )
        stages = f"one to {MAX_STAGES} integers >= 1 and <= {MAX_WIDTH}"
        require(fine and 0 < len(self.channels) <= MAX_STAGES, "channels", self.channels, stages)
        super().__post_init__()

    def convolutions(self, d: int) -> dict[str, tuple[int, int, int, int]]:
        """(size, size, channels in, channels out) of every convolution of a net on d colours, by name."""
        first = 3 if self.stem == "small" else 7
        found = {"w": (first, first, d, self.channels[0])}
        last = self.channels[0]
        for stage, channels in enumerate(self.channels):
            for block in range(self.blocks):
                name = f"layer{stage + 1}.{block}"
                if block == 0 and stage > 0:
                    found[f"{name}.downsample"] = (1, 1, last, channels)
                found[f"{name}.conv1"] = (3, 3, last, channels)
                found[f"{name}.conv2"] = (3, 3, channels, channels)
                last = channels
        return found

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """Kernels by the names of `convolutions`, each with NAME.scale, NAME.shift, NAME.mean and
        NAME.variance of its normalisation (channels,), "fc" and "fc.shift" of the output. The scalar "b"
        that every model carries stays 0. Raises `InputError` unless k is a square.
        """
        del bias
        _side(k)
        params: Parameters = {"b": jnp.zeros((), jnp.float32), "fc.shift": jnp.zeros((), jnp.float32)}
        for index, (name, shape) in enumerate(self.convolutions(d).items()):
            own = jax.random.fold_in(key, index)
            gain = math.sqrt(2 / (shape[0] * shape[1] * shape[3]))
            params[name] = std * gain * jax.random.normal(own, shape, jnp.float32)
            ones, zeros = jnp.ones((shape[3],), jnp.float32), jnp.zeros((shape[3],), jnp.float32)
            params |= {f"{name}.scale": ones, f"{name}.shift": zeros}
            params |= {f"{name}.mean": zeros, f"{name}.variance": ones}
        last = jax.random.normal(jax.random.fold_in(key, 2**31), (self.channels[-1],), jnp.float32)
        params["fc"] = std * last / math.sqrt(self.channels[-1])
        return params

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """f (L, B) of lanes on a block x (k, d, B), normalised by the running statistics."""
        images = _images(x)
        return _each_lane(lambda lane: self._forward(lane, images, _by_running_statistics(lane)), params)

    def pull_back(self, params: Parameters, x: jax.Array, residual: Residual) -> tuple[jax.Array, Parameters]:
        """Outputs f (L, B) on a batch that is normalised by its own statistics, and sum_n r_n df_n/dparams.

        The running statistics get a gradient of 0: `track` moves them.
        """
        images = _images(x)

        def of_batch(p: Parameters) -> jax.Array:
            return _each_lane(lambda lane: self._forward(lane, images, _by_batch(lane, {})), p)

        f, adjoint = jax.vjp(of_batch, params)
        return f, adjoint(residual(f))[0]

    def track(self, params: Parameters, x: jax.Array) -> Parameters:
        """The running statistics of `params`, moved toward those of the batch x by `MOMENTUM`. Within one
        compiled step XLA merges this forward pass with that of `pull_back`.
        """
        images = _images(x)

        def moved(lane: Parameters) -> Parameters:
            seen: Parameters = {}
            self._forward(lane, images, _by_batch(lane, seen))
            return {role: (1 - MOMENTUM) * lane[role] + MOMENTUM * value for role, value in seen.items()}

        return _each_lane(moved, params)

    def _forward(self, params: Parameters, images: jax.Array, norm: Norm) -> jax.Array:
        """f (B,) of one lane on images (B, side, side, d)."""
        h = jax.nn.relu(norm("w", _convolve(images, params["w"], 1 if self.stem == "small" else 2)))
        if self.stem == "imagenet":
            window, steps = (1, 3, 3, 1), (1, 2, 2, 1)
            padding = ((0, 0), (1, 1), (1, 1), (0, 0))
            h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, window, steps, padding)
        for stage in range(len(self.channels)):
            for block in range(self.blocks):
                name = f"layer{stage + 1}.{block}"
                first, second, side = f"{name}.conv1", f"{name}.conv2", f"{name}.downsample"
                stride = 2 if side in params else 1
                skip = norm(side, _convolve(h, params[side], stride)) if side in params else h
                h = jax.nn.relu(norm(first, _convolve(h, params[first], stride)))
                h = jax.nn.relu(norm(second, _convolve(h, params[second], 1)) + skip)
        return jnp.mean(h, (1, 2)) @ params["fc"] + params["fc.shift"]


def resnet18() -> ResNet:
    """The shape of ResNet-18, with one output."""
    return ResNet(channels=(64, 128, 256, 512), blocks=2, stem="imagenet")


def _side(k: int) -> int:
    side = math.isqrt(k)
    require(side**2 == k, "k", k, "a square number of pixels for model resnet")
    return side


def _images(x: jax.Array) -> jax.Array:
    """(k, d, B) as (B, side, side, d)."""
    k, d, count = x.shape
    side = _side(k)
    return jnp.transpose(x, (2, 0, 1)).reshape(count, side, side, d)


def _convolve(x: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    """Convolution with zero padding of half the kernel on every side, as ResNet-18 has it.

    On a CPU a matrix product of gathered windows: inside a loop XLA's own convolution is eight times slower
    there (JAX 0.10).
    """
    if jax.default_backend() == "cpu":
        return _by_windows(x, kernel, stride)
    margin = kernel.shape[0] // 2
    padding = ((margin, margin), (margin, margin))
    return jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _by_windows(x: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    """The same, as one matrix product: (B, side', side', channels out)."""
    edge, _, channels, out = kernel.shape
    margin = edge // 2
    padded = jnp.pad(x, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    side = (x.shape[1] + 2 * margin - edge) // stride + 1
    span = stride * (side - 1) + 1
    windows = jnp.concatenate(
        [
            padded[:, row : row + span : stride, column : column + span : stride]
            for row in range(edge)
            for column in range(edge)
        ],
        -1,
    )
    flat = windows.reshape(-1, edge * edge * channels) @ kernel.reshape(-1, out)
    return flat.reshape(len(x), side, side, out)


def _normalised(params: Parameters, name: str, z: jax.Array, mean: jax.Array, variance: jax.Array):
    scale = params[f"{name}.scale"] * jax.lax.rsqrt(variance + EPSILON)
    of_channel = (None, None, None, slice(None))
    return (z - mean[of_channel]) * scale[of_channel] + params[f"{name}.shift"][of_channel]


def _by_running_statistics(params: Parameters) -> Norm:
    return lambda name, z: _normalised(params, name, z, params[f"{name}.mean"], params[f"{name}.variance"])


def _by_batch(params: Parameters, seen: Parameters) -> Norm:
    """Normalise by the batch; its mean and unbiased variance go into `seen`."""

    def norm(name: str, z: jax.Array) -> jax.Array:
        count = z.size // z.shape[-1]
        mean, variance = jnp.mean(z, (0, 1, 2)), jnp.var(z, (0, 1, 2))
        seen[f"{name}.mean"] = mean
        seen[f"{name}.variance"] = variance * count / max(1, count - 1)
        return _normalised(params, name, z, mean, variance)

    return norm


def _each_lane(function: Callable, params: Parameters):
    """`function` of every lane, one after another: side by side, a convolution per lane is slow on a CPU."""
    if len(params["b"]) == 1:
        return jax.tree.map(
            lambda leaf: leaf[None], function({role: leaf[0] for role, leaf in params.items()})
        )
    return jax.lax.map(function, params)
