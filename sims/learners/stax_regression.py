"""Kernel regression with the infinitely wide limit of a neural-tangents network over the row of patches.

A network of one's own is one small file, a subclass of `StaxMethod` that lists its layers:

    @register("learner")
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Residual(StaxMethod):
        name: ClassVar[str] = "residual"
        version: ClassVar[int] = 1

        def layers(self, arch):
            net = stax()
            convolution = net.Conv(1, (3,), padding="CIRCULAR")
            inner = net.serial(net.Relu(), convolution)
            block = net.serial(net.FanOut(2), net.parallel(net.Identity(), inner), net.FanInSum())
            return [convolution, block, net.GlobalAvgPool(), net.Dense(1)]
"""

import dataclasses
import functools
from typing import Annotated, Any, ClassVar

from sims.learners.kernel_method import KernelMethod
from sims.models.base import Model
from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import OneOf, Whole
from theory.kernels import KINDS, Kernel
from theory.kernels.neural_tangents import StaxKernel, stax

ARCHITECTURES = ("lcn", "cnn")
ACTIVATIONS = ("relu", "erf")
PADDINGS = ("circular", "same", "valid")
MAX_FILTER, MAX_LAYERS = 100_000, 100


@dataclasses.dataclass(frozen=True, kw_only=True)
class StaxMethod(KernelMethod):
    """A kernel method whose kernel is that of a network of `neural_tangents.stax`.

    kind: "ntk" or "nngp". Raises `InputError`, named kind, for another; `ImportError`, with the command to
    run, at the first use if neural-tangents is not installed.
    """

    kind: Annotated[str, OneOf(KINDS)] = "ntk"

    def layers(self, arch: str) -> list[Any]:
        """The layers of the network, for `stax.serial`, on an input (batch, k, d); arch: the model's name."""
        raise NotImplementedError(f"{type(self).__name__} has no layers of its own")

    def kernel(self, model: Model, k: int, d: int) -> Kernel:
        """The kernel of the network."""
        del k, d
        # The path along which it is regularised is no part of the network.
        return _kernel(dataclasses.replace(self, ridge=(0.0,), time=()), model.name)


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class StaxRegression(StaxMethod):
    """Regression with the NTK or NNGP of a net whose filters span several patches; needs neural-tangents.

    The image is a row of k pixels (the patches) with d channels. Model "cnn": `depth` times [Conv,
    activation], global average pooling, Dense; model "lcn": ConvLocal in place of Conv, and no pooling. All
    in NTK parametrisation, W_std = 1, no biases. With filters of one patch these are the kernels of
    `KernelRegression`, which needs far less time. ridge and time as in `KernelMethod`.

    Parameters
    ----------
    filter: patches under a filter. depth: layers of filters. activation: "relu" or "erf".
    padding: at the ends of the row, "circular", "same" (zeros) or "valid" (none).
    """

    filter: Annotated[int, Whole(1, MAX_FILTER)] = 3
    depth: Annotated[int, Whole(1, MAX_LAYERS)] = 1
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "relu"
    padding: Annotated[str, OneOf(PADDINGS)] = "circular"
    name: ClassVar[str] = "stax_regression"
    version: ClassVar[int] = 1

    def layers(self, arch: str) -> list[Any]:
        """The layers of the network, for `stax.serial`; the input is (batch, k, d). arch: "lcn" or "cnn"."""
        net = stax()
        convolution, last = {
            "cnn": (net.Conv, net.GlobalAvgPool()),
            "lcn": (net.ConvLocal, net.Flatten()),
        }[arch]
        activation = {"relu": net.Relu, "erf": net.Erf}[self.activation]
        found = []
        for _ in range(self.depth):
            padding = self.padding.upper()
            found += [convolution(1, (self.filter,), padding=padding, W_std=1.0), activation()]
        return [*found, last, net.Dense(1, W_std=1.0)]

    def kernel(self, model: Model, k: int, d: int) -> Kernel:
        """The kernel of the model's architecture. Raises `InputError`, named model, for another than lcn and
        cnn, and named filter where no filter fits.
        """
        require(model.name in ARCHITECTURES, "model", model.name, ", ".join(ARCHITECTURES))
        shrinks = self.padding == "valid"
        need = self.depth * (self.filter - 1) + 1 if shrinks else self.filter
        most = (k - 1) // self.depth + 1 if shrinks else k
        require(need <= k, "filter", self.filter, f"1 to {most} at k = {k}")
        return super().kernel(model, k, d)


@functools.lru_cache(maxsize=64)
def _kernel(learner: StaxMethod, arch: str) -> StaxKernel:
    """One kernel for equal networks: what is compiled for it is found again."""
    _, _, function = stax().serial(*learner.layers(arch))
    return StaxKernel(function, learner.kind)
