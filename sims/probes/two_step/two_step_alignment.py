"""The two steps of two-step gradient descent, run many times: alignments, norms and risks beside theory's."""

import dataclasses
import math
from typing import Annotated, ClassVar, cast

import numpy as np

import theory.two_step.final_risk
from sims.learners import TwoStep
from sims.pieces import register
from sims.pieces.fields import Checked, Number, OneOf, Whole, same_fields
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from sims.probes.intervals import Ranges
from sims.probes.two_step.two_step_runs import NETS, run
from theory.architectures import Architecture
from theory.two_step.final_risk import SLOPE, Loss
from theory.two_step.first_step import alignment_rule
from theory.two_step.upper_bounds import Constants

MODELS = ("cnn", "lcn", "fcn")


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class TwoStepAlignment(Checked):
    """`TwoStep` on `repetitions` independent sets of n DSD samples, each with a signal of its own.

    No reading on a cell: it looks at the net after the first step as well, which no learner returns.

    Parameters
    ----------
    model: "cnn", "lcn" or "fcn" (with as many neurons as patches).
    k, d, sigma: sizes and noise of the task; n: samples of both steps together.
    repetitions: independent data sets; test_size: fresh samples on which the risks of each are measured.
    eta_1, eta_2, bias_1, bias_2, init_variance, project, loss, samples: as `TwoStep` takes them.

    Quantities: means over filters and repetitions, with the standard error over repetitions.

    alignment_1, alignment_1_squared, alignment_2: cosine with w* (FCN: with (w*, ..., w*) / sqrt k) after
    step 1 and step 2; norm_1, norm_2: root mean square length before projection.
    fraction_above: filters whose response to the signal exceeds b_1 after step 1 (alignment > b_1; FCN:
    alignment / sqrt k > b_1).
    active_signal, active_noise: chance that a patch with and without the signal passes b_1 in step 2; for
    the FCN, whose neurons always see the signal, active_signal alone.
    squared_risk, zero_one_risk: of the returned net on fresh samples.

    Predictions are those of `theory.two_step.final_risk`, for what it covers: the correlation loss, and for
    CNN and LCN the squared one; after step 1 fresh samples and projection. The predicted risks, of the
    correlation loss, are those at the predicted alignment; risks vary with the alignments around it, which is
    left out.
    """

    model: Annotated[str, OneOf(MODELS)]
    k: Annotated[int, Whole(1)]
    d: Annotated[int, Whole(2)]
    sigma: Annotated[float, Number(above=0)]
    n: Annotated[int, Whole(2)]
    repetitions: Annotated[int, Whole(2)] = 200
    test_size: Annotated[int, Whole(1)] = 200
    eta_1: float | None = None
    eta_2: float | None = None
    bias_1: float | None = None
    bias_2: float | None = None
    init_variance: float | None = None
    project: bool = True
    loss: str = "squared"
    samples: str = "fresh"
    name: ClassVar[str] = "two_step_alignment"
    version: ClassVar[int] = 2
    ranges: ClassVar[Ranges] = {
        "alignment_1_squared": (0, 1),
        "alignment_*": (-1, 1),
        "fraction_above": (0, 1),
        "active_*": (0, 1),
        "zero_one_risk": (0, 1),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        self.learner  # noqa: B018  # refuses what it cannot take

    @property
    def learner(self) -> TwoStep:
        """The learner whose steps are taken."""
        return TwoStep(**same_fields(self, TwoStep))

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities that the class lists."""
        sizes = {"k": self.k, "d": self.d, "sigma": self.sigma, "n": self.n}
        counts = {"repetitions": self.repetitions, "test_size": self.test_size}
        found = run(self.learner, NETS[self.model], rng=numpy_generator(entropy), **sizes, **counts)
        theirs = self._predicted()
        bias = self._constants.bias_1 * self._response
        values = {
            "alignment_1": found.first_cosines.mean(1),
            "alignment_1_squared": (found.first_cosines**2).mean(1),
            "norm_1": (found.first_norms**2).mean(1),
            "fraction_above": (found.first_cosines > bias).mean(1),
            "active_signal": found.active_signal,
            "active_noise": found.active_noise,
            "alignment_2": found.second_cosines.mean(1),
            "norm_2": (found.second_norms**2).mean(1),
            "squared_risk": found.squared_risk,
            "zero_one_risk": found.zero_one_risk,
        }
        if self.model == "fcn" or self.k == 1:  # no patch without a signal
            del values["active_noise"]
        return [self._quantity(name, of_each, theirs.get(name)) for name, of_each in values.items()]

    @property
    def _constants(self) -> Constants:
        return self.learner.constants(NETS[self.model], self.k, self.d)

    @property
    def _response(self) -> float:
        """Cosine that a filter needs for a response of 1 to the signal in one patch."""
        return math.sqrt(self.k) if self.model == "fcn" else 1.0

    def _quantity(self, name: str, of_each: np.ndarray, predicted: float | None) -> Quantity:
        value, error = float(of_each.mean()), float(of_each.std(ddof=1) / math.sqrt(len(of_each)))
        if name.startswith("norm"):  # root of a mean square
            value = math.sqrt(value)
            error = error / (2 * value)
        return Quantity(name=name, value=value, error=error, predicted=predicted, repetitions=len(of_each))

    def _predicted(self) -> dict[str, float]:
        """Theory's values of the quantities that it covers."""
        architecture, constants = cast("Architecture", self.model), self._constants
        if self.loss not in SLOPE or (self.loss == "squared" and architecture == "fcn"):
            return {}
        loss = cast("Loss", self.loss)
        n_1 = self.n if self.samples == "shared" else (self.n + 1) // 2
        task = {"k": self.k, "d": self.d, "sigma": self.sigma}
        # To first order in the initial weights step 1 is that of the correlation loss, times the slope.
        eta_1 = SLOPE[loss] * constants.eta_1
        start = {**task, "eta_1": eta_1, "init_variance": constants.init_variance}
        first = theory.two_step.final_risk.first_step(architecture, n=n_1, **start)
        known = {
            "alignment_1": first.alignment,
            "alignment_1_squared": first.alignment_squared,
            "norm_1": first.norm,
            "fraction_above": float(
                theory.two_step.final_risk.fraction_above(
                    architecture, bias=constants.bias_1 * self._response, n=n_1, **start
                )
            ),
        }
        if self.samples == "shared" or not self.project:
            return known
        cosines, weights = alignment_rule(architecture, n=n_1, **start)
        passing = theory.two_step.final_risk.activation_probabilities(
            cosines, constants.bias_1, self.sigma, signal=1 / self._response
        )
        alignment = float(
            theory.two_step.final_risk.two_step_alignment(
                architecture,
                n_1=n_1,
                n_2=self.n - n_1,
                bias_1=constants.bias_1,
                eta_2=constants.eta_2,
                loss=loss,
                **{**start, "eta_1": constants.eta_1},
            )
        )
        known |= {
            "active_signal": float(weights @ passing.signal),
            "active_noise": float(weights @ passing.noise),
            "alignment_2": alignment,
        }
        if loss == "squared":  # alignments vary much where step 2 is about to turn
            return known
        risks = theory.two_step.final_risk.final_risk(
            architecture, alignments=min(alignment, 1.0), bias_2=constants.bias_2, **task
        )
        return {**known, "squared_risk": risks.squared, "zero_one_risk": risks.zero_one}
