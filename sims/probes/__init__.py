"""Probes: measurements of named quantities, beside n*. A new probe is one file in the folder of its
family.
"""

from sims.probes.base import Probe, jax_key, numpy_generator
from sims.probes.kernels.cyclic_pooling import CyclicPooling
from sims.probes.kernels.hierarchical_kernels import HierarchicalKernels
from sims.probes.kernels.kernel_convergence import KernelConvergence
from sims.probes.kernels.kernel_learning_curves import KernelLearningCurves, KernelSampleComplexity
from sims.probes.kernels.kernel_movement import KernelMovement
from sims.probes.kernels.overlapping_patches import OverlappingPatches
from sims.probes.kernels.trained_kernel import TrainedKernel
from sims.probes.limits.equivariance import Equivariance
from sims.probes.limits.lower_bounds import LowerBounds
from sims.probes.limits.oracle_estimators import OracleEstimators
from sims.probes.limits.packing_sizes import PackingSizes
from sims.probes.limits.static_divergence import StaticDivergence
from sims.probes.related.local_signal_training import LocalSignalTraining
from sims.probes.shortcut.availability_sensitivity import AvailabilitySensitivity
from sims.probes.shortcut.clustered_modes import ClusteredModes
from sims.probes.shortcut.image_bias import DigitsBias, FootprintBias, ImageFolderBias
from sims.probes.shortcut.kernel_reliance import KernelReliance
from sims.probes.shortcut.nesting_bias import NestingBias
from sims.probes.shortcut.paired_activations import PairedActivations
from sims.probes.shortcut.patches_bias import PatchesBias
from sims.probes.shortcut.shortcut_bias import ShortcutBias
from sims.probes.two_step.two_step_alignment import TwoStepAlignment

__all__ = [
    "AvailabilitySensitivity",
    "ClusteredModes",
    "CyclicPooling",
    "DigitsBias",
    "Equivariance",
    "FootprintBias",
    "HierarchicalKernels",
    "ImageFolderBias",
    "KernelConvergence",
    "KernelLearningCurves",
    "KernelMovement",
    "KernelReliance",
    "KernelSampleComplexity",
    "LocalSignalTraining",
    "LowerBounds",
    "NestingBias",
    "OracleEstimators",
    "OverlappingPatches",
    "PackingSizes",
    "PairedActivations",
    "PatchesBias",
    "Probe",
    "ShortcutBias",
    "StaticDivergence",
    "TrainedKernel",
    "TwoStepAlignment",
    "jax_key",
    "numpy_generator",
]
