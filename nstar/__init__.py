"""How many labelled samples an architecture needs, measured and held against theory: the public face.

>>> import nstar
>>> found = nstar.measure(nstar.DSD(k=5, d=8, sigma=0.15), "linear", n_max=300, seeds=2, progress=False)
>>> 10 < found.n_star.best < 300
True

Every name is imported when it is first asked for: ``import nstar`` by itself takes no time.
"""

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nstar.fitting import fit
    from nstar.measuring import measure
    from nstar.predicting import predict
    from nstar.publishing import table
    from nstar.reporting import report
    from nstar.sweeping import sweep
    from sims.learners.cross_validated import CrossValidated
    from sims.learners.distilled import Distilled
    from sims.learners.gradient_descent import GradientDescent
    from sims.learners.kernel_regression import KernelRegression
    from sims.learners.own_estimator import estimator
    from sims.learners.posterior import Posterior
    from sims.learners.second_moment import SecondMoment
    from sims.learners.two_step import TwoStep
    from sims.models.linear import Linear
    from sims.models.local import CNN, FCN, LCN, DenseCNN, DenseLCN
    from sims.models.mlp import MLP
    from sims.models.own_module import module
    from sims.models.pooled import PooledCNN
    from sims.models.resnet import ResNet
    from sims.pieces.errors import InputError, NotComputed
    from sims.sweep.executors.local import Local
    from sims.sweep.executors.slurm import Slurm
    from sims.tasks.dsd import DSD, SSD
    from sims.tasks.own_arrays import arrays
    from sims.tasks.own_generator import generator
    from sims.tasks.own_images import images
    from sims.tasks.related.local_signal import LocalSignal
    from sims.tasks.related.sign_of_quadratics import QuadraticRegression, SignOfQuadratics
    from sims.tasks.related.textures import Textures
    from sims.tasks.shortcut.shortcut_patches import ShortcutPatches
    from sims.tasks.signal_location import SignalLocation
    from theory.kernels.neural_tangents import neural_tangents
    from theory.kernels.patches import ntk

__all__ = [
    "CNN",
    "DSD",
    "FCN",
    "LCN",
    "MLP",
    "SSD",
    "CrossValidated",
    "DenseCNN",
    "DenseLCN",
    "Distilled",
    "GradientDescent",
    "InputError",
    "KernelRegression",
    "Linear",
    "Local",
    "LocalSignal",
    "NotComputed",
    "PooledCNN",
    "Posterior",
    "QuadraticRegression",
    "ResNet",
    "SecondMoment",
    "ShortcutPatches",
    "SignOfQuadratics",
    "SignalLocation",
    "Slurm",
    "Textures",
    "TwoStep",
    "arrays",
    "estimator",
    "fit",
    "generator",
    "images",
    "measure",
    "module",
    "neural_tangents",
    "ntk",
    "predict",
    "report",
    "sweep",
    "table",
]

_HOMES = {
    "nstar.fitting": ("fit",),
    "nstar.measuring": ("measure",),
    "nstar.predicting": ("predict",),
    "nstar.publishing": ("table",),
    "nstar.reporting": ("report",),
    "nstar.sweeping": ("sweep",),
    "sims.learners.distilled": ("Distilled",),
    "sims.learners.gradient_descent": ("GradientDescent",),
    "sims.learners.kernel_regression": ("KernelRegression",),
    "sims.learners.cross_validated": ("CrossValidated",),
    "sims.learners.posterior": ("Posterior",),
    "sims.learners.second_moment": ("SecondMoment",),
    "sims.learners.two_step": ("TwoStep",),
    "sims.learners.own_estimator": ("estimator",),
    "sims.models.linear": ("Linear",),
    "sims.models.local": ("CNN", "FCN", "LCN", "DenseCNN", "DenseLCN"),
    "sims.models.mlp": ("MLP",),
    "sims.models.own_module": ("module",),
    "sims.models.pooled": ("PooledCNN",),
    "sims.models.resnet": ("ResNet",),
    "sims.pieces.errors": ("InputError", "NotComputed"),
    "sims.sweep.executors.local": ("Local",),
    "sims.sweep.executors.slurm": ("Slurm",),
    "sims.tasks.dsd": ("DSD", "SSD"),
    "sims.tasks.own_arrays": ("arrays",),
    "sims.tasks.own_generator": ("generator",),
    "sims.tasks.own_images": ("images",),
    "sims.tasks.related.local_signal": ("LocalSignal",),
    "sims.tasks.related.sign_of_quadratics": ("QuadraticRegression", "SignOfQuadratics"),
    "sims.tasks.related.textures": ("Textures",),
    "sims.tasks.shortcut.shortcut_patches": ("ShortcutPatches",),
    "sims.tasks.signal_location": ("SignalLocation",),
    "theory.kernels.neural_tangents": ("neural_tangents",),
    "theory.kernels.patches": ("ntk",),
}
"""Module -> public names that it has."""
_HOME = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # to a type checker, with this, any name would be one of ours

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module 'nstar' has no attribute {name!r}")
        found = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = found  # the next time it is found without this function
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _stranger() -> str | None:
    """What stands in the place of a package of ours on Python's path, and what to do, in one line."""
    home = Path(__file__).resolve().parent.parent
    for package in ("theory", "sims", "figures", "paper_repro"):
        spec = find_spec(package)
        places = [] if spec is None else [spec.origin or "", *(spec.submodule_search_locations or ())]
        place = next((Path(one).resolve() for one in places if one), None)
        if place is not None and place != home / package / "__init__.py":
            return (
                f"{place} stands in the place of nstar's own package {package!r}; rename it, or take "
                f"{place.parent} off Python's path"
            )
    return None


def _is_command() -> bool:
    """Whether this process is the command ``nstar``, or ``python -m nstar``."""
    return Path((sys.argv or [""])[0]).stem == "nstar" or sys.orig_argv[1:3] == ["-m", "nstar"]


if (_found := _stranger()) is not None:
    if _is_command():
        print(f"nstar: error: {_found}", file=sys.stderr)
        sys.exit(2)
    raise ImportError(_found)
