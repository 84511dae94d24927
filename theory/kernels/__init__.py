"""Kernels of infinitely wide nets and their relatives, exact and in little memory. Needs JAX."""

from theory.kernels.cyclic import CyclicKernel
from theory.kernels.duals import ACTIVATIONS, LSA, Dual, Erf, ReLU
from theory.kernels.gram import Kernel, gram
from theory.kernels.hierarchical import HierarchicalKernel
from theory.kernels.overlapping import LaplacianKernel, OverlappingPatchKernel
from theory.kernels.patches import ARCHITECTURES, KINDS, PatchKernel, ntk

__all__ = [
    "ACTIVATIONS",
    "ARCHITECTURES",
    "KINDS",
    "LSA",
    "CyclicKernel",
    "Dual",
    "Erf",
    "HierarchicalKernel",
    "Kernel",
    "LaplacianKernel",
    "OverlappingPatchKernel",
    "PatchKernel",
    "ReLU",
    "gram",
    "ntk",
]
