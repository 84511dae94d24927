"""What theory says of n* before anything is measured: `predict`."""

import dataclasses
from typing import Any, cast

from nstar.pairs import pair_of
from nstar.showing import table
from sims.pieces.errors import InputError, is_number, require
from sims.protocols import protocol
from sims.tasks.dsd import DSD
from theory.architectures import Architecture
from theory.dsd.coverage import coverage_success_bound
from theory.limits.bound import Bound
from theory.limits.lower_bounds import lower_bound
from theory.rates import CLAIMS, RateClaim
from theory.two_step.upper_bounds import largest_noise, sufficient_samples

ARCHITECTURES = ("fcn", "lcn", "cnn")


@dataclasses.dataclass(frozen=True)
class Prediction:
    """Closed forms and bounds for a model on a task.

    target: the squared risk that is asked for. risks: squared risks of the best predictor there is ("bayes"),
    the best net of unit norm that knows the signal ("oracle") and the best linear one ("linear").
    bound: below ``bound.n`` samples a learner with the architecture's symmetry, which returns such a net,
    reaches the target with probability less than ``bound.success``; its ``conditions`` say what is assumed.
    coverage: the least n at which any learner that treats the signs of patches alike can reach it with that
    probability; None for the CNN. sufficient: samples at which the two-step algorithm of the proofs reaches a
    risk of 0.0025, and noise: the largest sigma of those proofs; None for the FCN, of which none is known.
    theorems: the growth that is proved, up to constants.
    """

    task: DSD
    model: str
    target: float
    risks: dict[str, float]
    bound: Bound = dataclasses.field(repr=False)
    coverage: int | None
    sufficient: int | None
    noise: float | None
    theorems: tuple[RateClaim, ...] = dataclasses.field(repr=False)

    @property
    def n_low(self) -> float:
        """The greater of the lower bounds on n*, in samples."""
        return max(self.bound.n, self.coverage or 0)

    def _lines(self) -> list[tuple[str, str]]:
        found = [(f"squared risk, {name}", f"{risk:.4f}") for name, risk in self.risks.items()]
        found += [
            ("target, squared risk", f"{self.target:.4f}"),
            (f"n* at least, by {self.bound.method}", f"{self.bound.n:.4g}"),
        ]
        if self.coverage is not None:
            found.append(("n* at least, by coverage of the patches", str(self.coverage)))
        if self.sufficient is not None:
            found.append((f"enough by the proofs, at sigma <= {self.noise:.2g}", str(self.sufficient)))
        return found + [(f"{one.kind} bound proved, grows as", str(one.rate)) for one in self.theorems]

    def __str__(self) -> str:
        lines = [f"{self.model} on {self.task}"]
        return "\n".join(lines + [f"  {name:<44} {value}" for name, value in self._lines()])

    def _repr_html_(self) -> str:
        rows = [{"quantity": name, "value": value} for name, value in self._lines()]
        return table(rows, title=f"{self.model} on {self.task}", lines=self.bound.conditions)


def predict(task: Any, model: Any, *, target: float | None = None, success: float = 0.5) -> Prediction:
    """What theory says of n* of a model on DSD, exact numbers; nothing is trained.

    model: "fcn", "lcn", "cnn", or one of these models with its LSA activation; target: squared risk to reach,
    None for that of the protocol honest; success: probability of it. Raises `InputError` for other tasks and
    models, of which nothing is proved.

    >>> import nstar
    >>> found = nstar.predict(nstar.DSD(k=12, d=16, sigma=0.12), "lcn")
    >>> round(found.bound.n, 1), found.coverage, found.sufficient
    (26.0, 26, 5048)
    """
    require(type(task) is DSD, "task", task, "nstar.DSD(...), of which theory has bounds")
    named = model if isinstance(model, str) else getattr(model, "name", None)
    allowed = f"{', '.join(ARCHITECTURES)}, of which theory has bounds"
    require(named in ARCHITECTURES, "model", model, allowed)
    piece = pair_of(model).model
    require(piece.activation == "lsa", "activation", piece.activation, "lsa, of which theory has bounds")
    fine = target is None or (is_number(target) and target > 0)
    require(fine, "target", target, "a number > 0, a squared risk")
    require(is_number(success) and 0 < success < 1, "success", success, "a number between 0 and 1")
    if target is None:
        _, criterion, _ = protocol("honest", piece, task)
        target = criterion.target(task)
    arch, size = cast("Architecture", piece.name), (task.k, task.d, task.sigma)
    width = {"neurons": piece.width} if arch == "fcn" else {}
    try:
        bound = lower_bound(arch, *size, target, success=success, **width)
    except ValueError as error:  # "target: got 0.2; allowed: at least ...": theory has no options to name
        option, _, words = str(error).partition(": ")
        given = {"target": target, "k": task.k, "d": task.d, "sigma": task.sigma}
        raise InputError(option, given.get(option), words.rpartition("allowed: ")[2]) from error
    proved = [
        claim
        for claim in CLAIMS.values()
        if claim.trust == "theorem" and claim.kind in ("upper", "lower") and claim.architectures == (arch,)
    ]
    coverage = None if arch == "cnn" else coverage_success_bound(task.k, target, success=success)
    has_upper = arch != "fcn" and task.k * task.d > 1
    return Prediction(
        task=task,
        model=arch,
        target=target,
        risks={name: task.floor(name) for name in ("bayes", "oracle", "linear")},
        bound=bound,
        coverage=coverage,
        sufficient=sufficient_samples(arch, *size) if has_upper else None,
        noise=largest_noise(task.k, task.d) if has_upper else None,
        theorems=tuple(proved),
    )
