"""Learning curves of kernel regression, measured on drawn samples and predicted from the spectrum."""

import dataclasses
import math
from typing import Annotated, ClassVar

import numpy as np
import scipy.linalg

import theory.dsd.risks
from sims.learners.kernel_regression import KernelRegression
from sims.pieces import register
from sims.pieces.errors import is_number, require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from sims.probes.series import mean_quantity
from sims.protocols.criteria import ValidationSelection
from theory.kernels import ARCHITECTURES, Kernel, PatchKernel, ReLU, gram
from theory.kernels.learning_curve import predicted_sample_complexity
from theory.kernels.sampled_spectrum import SampledSpectrum, sampled_spectrum

TASKS = ("dsd", "own_process", "patch_process")
PATCH_TEACHER = PatchKernel("lcn", ReLU(), 2, "nngp")
"""Covariance of the teachers of "patch_process": locally connected nets of two hidden layers, infinitely wide
and at their random start. Their sums of functions of one patch have parts of every parity.
"""
LEARNT = 20
"""Eigenfunctions learnt from which on a prediction is held to its claim: it is a limit of many."""
ROUNDING = 1e-6
TEACHERS = 40
"""Draws of the Gaussian process for each training set."""

Array = np.ndarray


def draw_dsd(rng: np.random.Generator, n: int, k: int, d: int, sigma: float) -> tuple[Array, Array]:
    """Images (n, k, d) and labels (n,) of DSD with w* = e_1; the kernels see no direction before another."""
    labels, patches = rng.choice([-1.0, 1.0], size=n), rng.integers(k, size=n)
    x = sigma * rng.normal(size=(n, k, d))
    x[np.arange(n), patches, 0] += labels
    return x, labels


@dataclasses.dataclass(frozen=True, kw_only=True)
class _OfKernel(Checked):
    """A kernel on images of k patches with d coordinates: arch "fcn", "lcn" or "cnn"; activation, depth and
    kind as `KernelRegression` takes them; inputs: m, the held-out inputs behind the spectrum.
    """

    arch: Annotated[str, OneOf(ARCHITECTURES)]
    k: Annotated[int, Whole(1)]
    d: Annotated[int, Whole(1)]
    activation: str = "relu"
    threshold: float | None = None
    depth: int = 1
    kind: str = "ntk"
    inputs: Annotated[int, Whole(1)] = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        self._learner()

    def _learner(self) -> KernelRegression:
        fields = ("activation", "threshold", "depth", "kind")
        return KernelRegression(**{name: getattr(self, name) for name in fields})

    def kernel(self) -> PatchKernel:
        """The kernel, the same as the learner's."""
        return self._learner().kernel_of(self.arch)


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelLearningCurves(_OfKernel):
    """Test error of kernel regression at n = least, 2 least, ... up to most, and its prediction.

    Parameters
    ----------
    task: "dsd" (noise sigma; labels y are random given x); or x standard normal and labels a noiseless draw
        from a Gaussian process whose covariance, scaled to 1 at equal inputs in the mean, is the kernel
        ("own_process") or `PATCH_TEACHER`, whatever the kernel ("patch_process").
    ridge: of (K + ridge m I)^-1 with m the mean of K(x, x) over the held-out inputs.
    test_size: fresh test samples of every repetition; spectra: Gram matrices behind a prediction.

    Quantities, one for each n: test_mse with its prediction where at least 20 eigenfunctions are learnt,
    test_mse_early where fewer are; learnt, the number of eigenfunctions learnt (predicted). A prediction is
    the mean over `spectra` Gram matrices on held-out inputs and, on DSD, their labels; its standard error
    over them is part of the error given. A repetition draws `most` training samples and cuts them into
    as many disjoint training sets as there are of each size.
    """

    task: Annotated[str, OneOf(TASKS)]
    sigma: float | None = None
    ridge: Annotated[float, Number(least=0)] = 0.0
    least: Annotated[int, Whole(1)] = 25
    most: Annotated[int, Whole(1)] = 400
    test_size: Annotated[int, Whole(1)] = 500
    spectra: Annotated[int, Whole(2)] = 4
    repetitions: Annotated[int, Whole(2)] = 10
    name: ClassVar[str] = "kernel_learning_curves"
    version: ClassVar[int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        noisy = self.task == "dsd"
        fine = (is_number(self.sigma) and self.sigma > 0) if noisy else self.sigma is None
        require(fine, "sigma", self.sigma, "a number > 0 for dsd, none for others")
        require(self.least <= self.most, "least", self.least, f"an integer from 1 to {self.most}")
        require(self.most < self.inputs, "most", self.most, f"an integer < inputs = {self.inputs}")

    def sizes(self) -> list[int]:
        """least, 2 least, 4 least, ... up to most."""
        count = int(math.log2(self.most / self.least)) + 1
        return [self.least * 2**i for i in range(count)]

    def measure(self, entropy: int) -> list[Quantity]:
        """test_mse or test_mse_early, and learnt, at every size."""
        rng = numpy_generator(entropy)
        curves, scales = zip(*(self._spectrum(rng) for _ in range(self.spectra)), strict=True)
        scale = float(np.mean(scales))
        errors = np.array([self._errors(rng, scale) for _ in range(self.repetitions)])
        found = []
        for n, measured in zip(self.sizes(), errors.T, strict=True):
            predictions = [curve.prediction(n, self.ridge) for curve in curves]
            predicted = np.array([prediction.test_mse for prediction in predictions])
            learnt = float(np.mean([prediction.learnt for prediction in predictions]))
            found += [
                Quantity(
                    name="test_mse" if learnt >= LEARNT - ROUNDING else "test_mse_early",
                    value=float(np.mean(measured)),
                    error=math.hypot(_standard_error(measured), _standard_error(predicted)),
                    predicted=float(np.mean(predicted)),
                    at=n,
                    repetitions=min(self.repetitions, self.spectra),
                ),
                Quantity(name="learnt", value=learnt, at=n),
            ]
        return found

    def teacher(self) -> Kernel | None:
        """The covariance that labels are drawn with, none on DSD."""
        return {"dsd": None, "own_process": self.kernel(), "patch_process": PATCH_TEACHER}[self.task]

    def _inputs(self, rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        if self.task == "dsd":
            assert self.sigma is not None
            return draw_dsd(rng, n, self.k, self.d, self.sigma)
        return rng.normal(size=(n, self.k, self.d)), np.zeros(n)

    def _spectrum(self, rng: np.random.Generator) -> tuple[SampledSpectrum, float]:
        """The spectrum of K over its mean diagonal, and that mean."""
        x, y = self._inputs(rng, self.inputs)
        matrix = gram(self.kernel(), x)
        scale = float(np.mean(np.diag(matrix)))
        root = self._root(x)
        # Targets with the second moment of a draw, in place of draws.
        targets = y if root is None else root * math.sqrt(len(x))
        return sampled_spectrum(matrix / scale, targets), scale

    def _root(self, x: Array) -> Array | None:
        """A root R of the teacher's covariance at inputs, R R^T, of mean diagonal 1; none on DSD."""
        teacher = self.teacher()
        if teacher is None:
            return None
        covariance = gram(teacher, x)
        values, vectors = scipy.linalg.eigh(covariance / np.mean(np.diag(covariance)), driver="evd")
        return vectors * np.sqrt(np.maximum(values, 0.0))

    def _errors(self, rng: np.random.Generator, scale: float) -> Array:
        """(sizes,): test errors of one repetition."""
        most = self.sizes()[-1]
        x, y = self._inputs(rng, most + self.test_size)
        # Only the columns of the training set are needed.
        across = gram(self.kernel(), x, x[:most]) / scale
        root = self._root(x)
        labels = y[:, None] if root is None else root @ rng.normal(size=(len(x), TEACHERS))
        errors = []
        for n in self.sizes():
            of_sets = []
            for start in range(0, most - n + 1, n):
                own = slice(start, start + n)
                train = across[own, own] + self.ridge * np.eye(n)
                alpha = scipy.linalg.solve(train, labels[own], assume_a="pos")
                of_sets.append(np.mean((across[most:, own] @ alpha - labels[most:]) ** 2))
            errors.append(np.mean(of_sets))
        return np.array(errors)


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelSampleComplexity(_OfKernel):
    """n* of kernel regression on DSD under the honest protocol, predicted from the spectrum alone.

    The target is the risk of `floor` plus `tolerance`; the ridge is the best of the default path of
    `KernelRegression`; n counts the samples that are held out, n = 5/4 of those for training.

    Quantities: n_star_predicted, mean over `repetitions` spectra of `inputs` inputs, or n_star_above where
    one of them does not reach the target within what so many inputs can say.
    """

    sigma: Annotated[float, Number(above=0)]
    floor: Annotated[str, OneOf(("linear", "oracle"))] = "linear"
    tolerance: Annotated[float, Number(above=0)] = 0.03
    repetitions: Annotated[int, Whole(2)] = 2
    name: ClassVar[str] = "kernel_sample_complexity"
    version: ClassVar[int] = 1

    def target(self) -> float:
        """The squared risk to reach."""
        if self.floor == "linear":
            return float(theory.dsd.risks.linear_risk(self.k, self.sigma).squared) + self.tolerance
        return float(theory.dsd.risks.oracle_risk(self.k, self.sigma).risk) + self.tolerance

    def measure(self, entropy: int) -> list[Quantity]:
        """n_star_predicted or n_star_above."""
        rng = numpy_generator(entropy)
        found = [self._one(rng) for _ in range(self.repetitions)]
        every = ValidationSelection.validation_every
        whole = every / (every - 1)
        reached = np.array([n for n in found if n is not None], float) * whole
        if len(reached) < len(found):
            return [Quantity(name="n_star_above", value=whole * self._most)]
        return [mean_quantity("n_star_predicted", reached)]

    @property
    def _most(self) -> int:
        """Largest training set asked for: near m, ridgeless, the auxiliary ridge would be at rounding."""
        return self.inputs * 9 // 10

    def _one(self, rng: np.random.Generator) -> int | None:
        x, y = draw_dsd(rng, self.inputs, self.k, self.d, self.sigma)
        matrix = gram(self.kernel(), x)
        curve = sampled_spectrum(matrix / np.mean(np.diag(matrix)), y)
        ridges = self._learner().ridge
        return predicted_sample_complexity(curve, self.target(), ridges, most=self._most)


def _standard_error(values: Array) -> float:
    return float(np.std(values, ddof=1) / math.sqrt(len(values)))
