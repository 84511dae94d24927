"""The Bayes posterior distilled into a net: a trained net of the model that knows what any learner could."""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from sims.learners.base import More, Trained
from sims.learners.gradient_descent import GradientDescent
from sims.learners.posterior import Posterior, Sampled
from sims.learners.prices.training import Priced, Workspace, outputs_flops
from sims.models.base import Model
from sims.pieces import Piece, register
from sims.pieces.errors import MAX_SAMPLES, InputError, require
from sims.pieces.fields import Whole, same_fields
from sims.samples import Layout, Samples, pack
from sims.tasks.base import Batch

HELD = 5
"""Every so many unlabelled images one is held out, on which the student is selected."""
STUDENT = GradientDescent(
    lr_w=(1.0, 0.3),
    lr_b=(0.1, 0.03),
    batch=128,
    init_std=0.1,
    init_bias=(0.2, 0.3, 0.4),
    steps=5000,
    eval_every=100,
)
"""Mini-batches at large rates, from a start whose thresholds are above the noise of the pre-activations: an
FCN that starts near zero stays at the linear solution.
"""
_PREDICTED = 20
"""Bytes for a number of an image while it is predicted: it as it is, and twice in double precision; measured.
"""


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Distilled(Sampled, Priced):
    """The model, trained by gradient descent to say what the Bayes posterior says of unlabelled images.

    The n labelled samples go into the learner `posterior` alone. It predicts f(x) = E[y | x, the n samples]
    on images that n does not count, and a student, a net of the model, is trained on the pairs (x, f(x)): of
    those images every fifth is held out, and chooses among its rates and along its path. So what comes out is
    a net of the architecture, as of gradient descent on the labels, while all that the labels tell has come
    through the posterior. The images without labels tell it more, which inputs occur, and so it may do better
    than the posterior where n is small. Fields beside these: see `sims.learners.posterior.Sampled`.

    Parameters
    ----------
    unlabelled: images without labels, at least 5.
    student: the gradient descent, on squared loss, of the net. Where any of its fields is given those not
        given are the defaults of `gradient_descent`, and not those of `STUDENT`.

    `selected` has what the posterior and gradient descent say of themselves, and "distance": the mean of
    (net(x) - f(x))^2 over the held-out images. It is as large as the best net of the model's form is far from
    f, however many images and steps there are: for the task's signal about the floor "oracle", or less as
    filters need not be of norm 1. What lies above is the student's own.

    Raises `InputError` for values out of range, and for what the posterior refuses.

    >>> Distilled(sigma=0.15).unlabelled
    20000
    """

    unlabelled: Annotated[int, Whole(HELD, MAX_SAMPLES)] = 20_000
    student: Annotated[GradientDescent, Piece("learner")] = STUDENT
    name: ClassVar[str] = "distilled"
    version: ClassVar[int] = 1
    selects: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.student) is not GradientDescent:
            raise InputError("student", getattr(self.student, "name", self.student), "gradient_descent")
        require(self.student.loss == "squared", "student.loss", self.student.loss, "squared")

    def more(self, task: Any, n: int) -> tuple[More, ...]:
        """See `sims.learners.base.SeesMore`."""
        del task, n
        return (More("unlabelled", self.unlabelled),)

    def train(
        self,
        model: Model,
        key: jax.Array,
        train: Samples,
        monitor: Samples,
        *,
        more: Mapping[str, Samples],
        stop_below: float | None,
    ) -> Trained:
        """Nothing is selected on `monitor`, nothing stops early; `key` seeds the sampler, the net's start and
        its batches.
        """
        del stop_below
        teacher, images = self.posterior.train(model, key, train, train, stop_below=None), more["unlabelled"]
        f = teacher.outputs(images)
        sets = taught(images.images(), f)
        net = self.student.train(model, key, *sets, stop_below=None)
        selected = {**teacher.selected, **net.selected, "distance": net.risk}
        return dataclasses.replace(net, risk=net.squared_error(monitor), selected=selected)

    @property
    def posterior(self) -> Posterior:
        """The teacher."""
        return Posterior(**same_fields(self, Posterior))

    def runs(self, model: Model) -> int:
        """Points of the student's grid."""
        return self.student.runs(model)

    def flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> None:
        """Not counted, as those of the posterior are not."""
        del model, train, monitor, test

    def least_flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float:
        """What is certain of the posterior, its predictions included, and all steps of the student; of one
        that may lose patience those of one look.
        """
        unlabelled = dataclasses.replace(train, n=self.unlabelled)
        student = self.student if self.student.patience is None else self.student.brief()
        taught = self.posterior.least_flops(model, train, unlabelled, train)
        learnt = student.flops(model, *self._sets(train), test)
        return taught + learnt + outputs_flops(model, 1, monitor)

    def workspace(self, model: Model, train: Layout, monitor: Layout) -> Workspace:
        """See `sims.learners.prices.training.Priced`: of the posterior and its predictions, or of the student
        and its sets, whichever is more.
        """
        sets = self._sets(train)
        learning = self.student.workspace(model, *sets)
        kept = sum(one.bytes for one in sets)
        predicted = _PREDICTED * self.unlabelled * train.k * train.d
        teaching = self.posterior.workspace(model, train, monitor).fixed + predicted
        lanes = learning.lanes * learning.lane
        return Workspace(max(teaching, kept + learning.fixed + lanes))

    def _sets(self, train: Layout) -> tuple[Layout, Layout]:
        """The student's training set and the one that it is selected on."""
        held = self.unlabelled // HELD
        rest = self.unlabelled - held
        return Layout.of(rest, rest, train.k, train.d), Layout.of(held, held, train.k, train.d)


def taught(images: np.ndarray, f: np.ndarray) -> tuple[Samples, Samples]:
    """Images (N, k, d) with the labels f (N,), as a training set and, of every fifth of them, one to select
    on.
    """

    def part(chosen: np.ndarray) -> Samples:
        batch = Batch(jnp.asarray(images[chosen]), jnp.asarray(f[chosen]), {})
        return pack(batch, capacity=len(batch.y))

    held = np.arange(len(images)) % HELD == HELD - 1
    return part(~held), part(held)
