"""Kernel regression with the kernel of the infinitely wide net of the model's architecture."""

import dataclasses
from typing import Annotated, ClassVar

from sims.learners.kernel_method import KernelMethod
from sims.models.base import Model
from sims.pieces import register
from sims.pieces.errors import MAX_DEPTH, require
from sims.pieces.fields import Number, OneOf, Whole
from theory.kernels import ACTIVATIONS, ARCHITECTURES, KINDS, LSA, PatchKernel


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelRegression(KernelMethod):
    """Regression with the NTK or the NNGP kernel of an architecture; ridge and time as in `KernelMethod`.

    The model names the architecture, "fcn", "lcn" or "cnn" with global average pooling, and takes no other
    part: its activation, width and bias are those of nets that are trained. A convolutional net without
    pooling has the kernel of "lcn".

    Parameters
    ----------
    kind: "ntk" (all layers trained) or "nngp" (the last layer alone).
    activation: "relu", "erf" or "lsa"; threshold: b >= 0 of "lsa", 1 if it is not given, and nothing for
        others. Biases are 0, weights N(0, 1/fan-in).
    depth: hidden layers, which act on every patch alone for lcn and cnn.

    >>> KernelRegression(activation="erf", depth=2).kind
    'ntk'
    """

    kind: Annotated[str, OneOf(KINDS)] = "ntk"
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "relu"
    threshold: Annotated[float | None, Number(least=0)] = None
    depth: Annotated[int, Whole(1, MAX_DEPTH)] = 1
    name: ClassVar[str] = "kernel_regression"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.threshold is None or isinstance(ACTIVATIONS[self.activation], LSA)
        nothing = f"nothing for activation {self.activation}; it is an option of lsa"
        require(fits, "threshold", self.threshold, nothing)

    def kernel(self, model: Model, k: int, d: int) -> PatchKernel:
        """The kernel of the model's architecture. Raises `InputError`, named model, for one without."""
        require(model.name in ARCHITECTURES, "model", model.name, ", ".join(ARCHITECTURES))
        return self.kernel_of(model.name)

    def kernel_of(self, arch: str) -> PatchKernel:
        """The kernel of an architecture, "fcn", "lcn" or "cnn"."""
        activation = self.activation if self.threshold is None else LSA(self.threshold)
        return PatchKernel(arch, activation, self.depth, self.kind)
