"""How much the three architectures lean on a shortcut in patches, at a given number of samples."""

import dataclasses
from typing import Annotated, Any, ClassVar, cast

import jax

from sims.learners import GradientDescent
from sims.models import CNN, FCN, LCN
from sims.pieces import register
from sims.pieces.fields import Checked, OneOf, Whole, same_fields
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key
from sims.probes.intervals import Ranges
from sims.probes.shortcut.reliances import RANGES, Run, optimum_quantities, read_off, reliance_quantities
from sims.protocols import protocol
from sims.samples import pack
from sims.samples.datasets import Datasets
from sims.tasks.shortcut.shortcut_patches import ShortcutPatches

MODELS: dict[str, Any] = {"fcn": FCN, "lcn": LCN, "cnn": CNN}
EVERY = 5
"""Every fifth sample is held out to select, as in the protocol honest."""


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class PatchesBias(Checked):
    """Bias on `sims.tasks.ShortcutPatches` of a net trained as the protocol "honest" trains it on n samples:
    its reliance on the shortcut less that of the optimal classifier of the latents.

    No cell with the reading `reliance`: it would draw other samples, and the published numbers would go.

    Parameters
    ----------
    k, d, sigma, rho_s, rho_c, sigma_sc, ratio, placement: of the task.
    model: "fcn", "lcn" or "cnn".
    n: samples, a fifth of them held out to select among rates and steps; an integer >= 5.
    probes: images on which reliance is read off, the square of an even number.
    seeds: independent repetitions (>= 2).

    Quantities: those of `sims.probes.shortcut.reliances.reliance_quantities` at the checkpoint
    "best_validation", the selected net, with accuracy on 1000 fresh samples; and "optimal_FORM". A net that
    decides at random has the reliance 0, so the bias -optimal; "along_s_best_validation" is 0 for it, and for
    one that leaves the shortcut aside. Raises `InputError`, named by the field, for values out of range.
    """

    k: int
    d: int
    sigma: float
    rho_s: float
    model: Annotated[str, OneOf(MODELS)]
    n: Annotated[int, Whole(EVERY)]
    rho_c: float = 0.9
    sigma_sc: float = 0.6
    ratio: float = 1.0
    placement: str = "patch"
    probes: int = 900
    seeds: Annotated[int, Whole(2)] = 5
    name: ClassVar[str] = "patches_bias"
    version: ClassVar[int] = 1
    ranges: ClassVar[Ranges] = RANGES

    def __post_init__(self) -> None:
        self.task().probe_latents(self.probes)
        super().__post_init__()

    def task(self) -> ShortcutPatches:
        """The task of this cell."""
        return ShortcutPatches(**same_fields(self, ShortcutPatches))

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities named above. Raises `FloatingPointError` if a net has diverged."""
        key = jax_key(entropy)
        runs = [self._run(jax.random.fold_in(key, seed)) for seed in range(self.seeds)]
        return reliance_quantities(runs, probes=self.probes) + optimum_quantities(self.task())

    def _run(self, key: jax.Array) -> Run:
        task, model = self.task(), MODELS[self.model]()
        learner = cast("GradientDescent", protocol("honest", model, task)[0])
        data = Datasets(task, key, capacity=self.n)
        train, monitor = data.split(self.n, every=EVERY)
        start = jax.random.fold_in(key, 2**31 - 1)
        trained = learner.train(model, start, train, monitor, stop_below=None)
        probes = pack(task.probes(key, self.probes), capacity=self.probes)
        z = task.probe_latents(self.probes)
        return read_off(trained, probes, z, data.test(1000), task.optimum(), selected_only=True)
