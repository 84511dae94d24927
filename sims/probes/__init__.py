"""Probes: measurements of named quantities, beside n*. A new probe is one file here and one import below."""

from sims.probes.availability_sensitivity import AvailabilitySensitivity
from sims.probes.base import Probe, jax_key, numpy_generator
from sims.probes.clustered_modes import ClusteredModes
from sims.probes.cyclic_pooling import CyclicPooling
from sims.probes.equivariance import Equivariance
from sims.probes.hierarchical_kernels import HierarchicalKernels
from sims.probes.image_bias import DigitsBias, FootprintBias, ImageFolderBias
from sims.probes.kernel_convergence import KernelConvergence
from sims.probes.kernel_learning_curves import KernelLearningCurves, KernelSampleComplexity
from sims.probes.kernel_movement import KernelMovement
from sims.probes.kernel_reliance import KernelReliance
from sims.probes.local_signal_training import LocalSignalTraining
from sims.probes.lower_bounds import LowerBounds
from sims.probes.nesting_bias import NestingBias
from sims.probes.oracle_estimators import OracleEstimators
from sims.probes.overlapping_patches import OverlappingPatches
from sims.probes.packing_sizes import PackingSizes
from sims.probes.paired_activations import PairedActivations
from sims.probes.patches_bias import PatchesBias
from sims.probes.shortcut_bias import ShortcutBias
from sims.probes.static_divergence import StaticDivergence
from sims.probes.trained_kernel import TrainedKernel
from sims.probes.two_step_alignment import TwoStepAlignment

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
