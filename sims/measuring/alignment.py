"""Alignment of a net's filters with the signal of a task: what is recorded of every trained net."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import jax

    from sims.learners.base import Trained
    from sims.models.base import Model
    from sims.tasks.base import Task


def cosines(filters: np.ndarray, signals: np.ndarray) -> np.ndarray:
    """Cosines (units, signals) of the angles between rows of two matrices; 0 where a row is 0."""
    products = filters.astype(np.float64) @ signals.astype(np.float64).T
    sizes = np.linalg.norm(filters, axis=1)[:, None] * np.linalg.norm(signals, axis=1)[None, :]
    return np.divide(products, sizes, out=np.zeros_like(products), where=sizes > 0)


def alignment_of(task: "Task", model: "Model", key: "jax.Array", trained: "Trained") -> dict[str, Any]:
    """What describes a trained net beside its risk; empty if the task has no signals or the learner no net.

    alignment: for every patch the largest cosine of a filter with the signal in that patch, as vectors over
    the whole image; mean over patches. alignment_median, alignment_least: median and least over patches.
    norm: largest norm of a filter.
    """
    signals, filters = getattr(task, "signals", None), getattr(model, "filters", None)
    if signals is None or filters is None or trained.params is None:
        return {}
    means = np.asarray(signals(key)).reshape(-1, task.k * task.d)
    rows = np.asarray(filters(trained.params, task.k, task.d))
    best = cosines(rows, means).max(axis=0)
    return {
        "alignment": float(best.mean()),
        "alignment_median": float(np.median(best)),
        "alignment_least": float(best.min()),
        "norm": float(np.linalg.norm(rows, axis=1).max()),
    }
