"""How far decisions rely on a shortcut feature rather than on the core (Hermann et al. 2024)."""

import dataclasses
from typing import Any, ClassVar, Protocol

import jax
import numpy as np
from numpy.typing import ArrayLike

from sims.learners.prices.training import outputs_flops
from sims.measuring.need import DRAWING
from sims.measuring.readings.base import Evaluated
from sims.pieces import register
from sims.pieces.cell import Cell
from sims.pieces.errors import MAX_SAMPLES, Diverged, InputError, require_integer
from sims.samples import Layout, pack
from sims.tasks.base import Batch, Task
from theory.shortcut import Reliance


class TwoFeatureTask(Task, Protocol):
    """A task with latents ``z_s`` and ``z_c`` whose signs are a shortcut and a core feature."""

    def probe_latents(self, n: int) -> np.ndarray:
        """Latents (n, 2) on which reliance is read off, shortcut first. Raises `InputError` for
        ``probes``.
        """
        ...

    def probes(self, key: jax.Array, n: int) -> Batch:
        """Images of them; y is 0."""
        ...

    def optimum(self) -> Reliance:
        """Reliance of the optimal classifier of the latents."""
        ...


def decisions(outputs: ArrayLike) -> np.ndarray:
    """+-1 (n,) of outputs (n,); 0 counts as +1.

    Raises `FloatingPointError` for an output that is not finite: a net that has diverged decides nothing.
    """
    values = np.asarray(outputs)
    if not np.all(np.isfinite(values)):
        raise Diverged("outputs: some are not finite; the net has diverged")
    return np.where(values >= 0, 1.0, -1.0)


def reliance(decided: ArrayLike, z_s: ArrayLike, z_c: ArrayLike) -> Reliance:
    """Signed and absolute reliance of decisions +-1 (n,) on probes with latents z_s, z_c (n,).

    signed = mean yhat (sign z_s - sign z_c); absolute = |mean yhat sign z_s| - |mean yhat sign z_c|. The
    paper prints the absolute form (section 3) with sums times 2/n and a range of [-1, 1]. With yhat of 0 and
    1, on probes symmetric in both signs, that is this mean with yhat of -1 and 1; with yhat of -1 and 1 it
    would reach 2.

    Raises `ValueError` for shapes that disagree, no probe, or decisions other than +-1.
    """
    yhat, s, c = (np.asarray(values, np.float64) for values in (decided, z_s, z_c))
    if yhat.ndim != 1 or len(yhat) == 0 or not yhat.shape == s.shape == c.shape:
        raise ValueError(f"decided: has shape {yhat.shape}; allowed: (n,), n >= 1, as z_s and z_c")
    if not np.all(np.abs(yhat) == 1):
        raise ValueError("decided: holds other values; allowed: 1 and -1")
    along_s, along_c = float(np.mean(yhat * np.sign(s))), float(np.mean(yhat * np.sign(c)))
    return Reliance(signed=along_s - along_c, absolute=abs(along_s) - abs(along_c))


@register("reading")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ShortcutReliance:
    """Reliance of the selected predictor on the shortcut of its task, net or not.

    probes: images on which it is read off; as a task of latents or of attributes takes them, 900 suits all.

    Quantities: "along_s" and "along_c", the means of yhat sign z_s and of yhat sign z_c over the probes;
    "reliance_FORM" (`reliance`), FORM signed or absolute; "bias_FORM", that less the reliance of the optimal
    classifier of the latents.
    """

    probes: int = 900
    name: ClassVar[str] = "reliance"
    version: ClassVar[int] = 1
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "along_*": (-1, 1),
        "reliance_*": (-1, 1),
        "bias_*": (-2, 2),  # a difference of two reliances
    }

    def __post_init__(self) -> None:
        require_integer("probes", self.probes, 1, MAX_SAMPLES)

    def read(self, evaluated: Evaluated) -> dict[str, float | None]:
        """See `sims.measuring.readings.base.Reading`."""
        task, z = _with_shortcut(evaluated.task), self._latents(evaluated.task)
        images = pack(task.probes(evaluated.data.key, self.probes), capacity=self.probes)
        decided = decisions(evaluated.trained.outputs(images))
        own, optimum = reliance(decided, z[:, 0], z[:, 1]), task.optimum()
        return {
            "along_s": float(np.mean(decided * np.sign(z[:, 0]))),
            "along_c": float(np.mean(decided * np.sign(z[:, 1]))),
            "reliance_signed": own.signed,
            "reliance_absolute": own.absolute,
            "bias_signed": own.signed - optimum.signed,
            "bias_absolute": own.absolute - optimum.absolute,
        }

    def flops(self, cell: Cell) -> float:
        """Those of a net's outputs on the probes."""
        self._latents(cell.task)
        layout = Layout.of(self.probes, self.probes, cell.task.k, cell.task.d)
        return 0.0 if cell.model.name == "none" else outputs_flops(cell.model, 1, layout)

    def bytes(self, cell: Cell) -> float:
        """Of drawing the probes and packing them."""
        return (DRAWING + 1) * 4 * self.probes * cell.task.k * cell.task.d

    def _latents(self, task: Any) -> np.ndarray:
        return _with_shortcut(task).probe_latents(self.probes)


def _with_shortcut(task: Any) -> TwoFeatureTask:
    if not all(callable(getattr(task, name, None)) for name in ("probe_latents", "probes", "optimum")):
        allowed = f"another for task {task.name}, which has no shortcut"
        raise InputError("reading", ShortcutReliance.name, allowed)
    return task
