"""How much a residual net leans on a shortcut in images: rendered ones, digits, or those of a folder."""

import dataclasses
from typing import Annotated, Any, ClassVar

import jax

from sims.learners import GradientDescent
from sims.learners.prices.training import Trainings
from sims.measuring.readings.reliance import TwoFeatureTask
from sims.models import ResNet
from sims.models.resnet import MAX_STAGES
from sims.pieces import added, register
from sims.pieces.errors import MAX_SAMPLES, Diverged, require
from sims.pieces.fields import Checked, Number, Whole, same_fields
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key
from sims.probes.intervals import Ranges
from sims.probes.shortcut.reliances import (
    MAX_BATCH,
    MAX_EPOCHS,
    MAX_PROBES,
    MAX_SEEDS,
    RANGES,
    Run,
    adam,
    optimum_quantities,
    read_off,
    reliance_quantities,
)
from sims.samples import Layout, Samples, pack
from sims.samples.layout import UNROLLED
from sims.tasks import Digits, Footprint, ImageFolder
from sims.tasks.base import Batch

TOGETHER = 4_000_000
"""Numbers of the images that are judged at a time, at most: some hundred megabytes in a first stage."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _ImageBias(Checked):
    """Bias of a `ResNet` on an image task: its reliance on the shortcut less that of the optimal classifier
    of the latents, over independent seeds (samples and start).

    No cell with the reading `reliance`: it would draw other samples, and the published numbers would go.

    Parameters, beside those of the task
    ----------
    channels: of the net's first stage; each of its stages doubles them. blocks, stem: of the net.
    rate, epochs, batch: of Adam on the mean squared error; batches are drawn with replacement, train/batch
        steps an epoch.
    train, validation, probes: samples, from streams 0 and 1 of the task, and its probes.
    seeds: independent repetitions (>= 2).

    Quantities, each a mean over seeds: those of `sims.probes.shortcut.reliances.reliance_quantities` at two
    checkpoints (final; best_validation, the step of least squared error on the validation set), and
    "optimal_FORM", the optimal classifier's reliance. "along_s_CHECKPOINT", the mean of yhat sign z_s, is 0
    for a net that does not look at the shortcut, however badly it reads the core; its bias is not 0: a net
    that decides at random has the reliance 0, and so the bias -optimal.
    """

    channels: Annotated[int, Whole(1)] = 8
    stages: Annotated[int, Whole(1, MAX_STAGES)] = 3
    blocks: int = 2
    stem: str = "small"
    rate: Annotated[float, Number(above=0)] = 1e-3
    epochs: Annotated[int, Whole(1, MAX_EPOCHS)] = 20
    batch: Annotated[int, Whole(2, MAX_BATCH)] = 64
    train: Annotated[int, Whole(1, MAX_SAMPLES)] = 3200
    validation: Annotated[int, Whole(2, MAX_SAMPLES)] = 1000
    probes: Annotated[int, Whole(4, MAX_PROBES)] = 900
    seeds: Annotated[int, Whole(2, MAX_SEEDS)] = 5
    version: ClassVar[int] = 1
    ranges: ClassVar[Ranges] = RANGES
    task_class: ClassVar[Any]

    def __post_init__(self) -> None:
        task = self.task()
        super().__post_init__()
        require(self.train >= self.batch, "train", self.train, f"an integer >= {self.batch}, the batch")
        self.trainings()
        task.probe_latents(self.probes)

    def task(self) -> TwoFeatureTask:
        """The task of this cell."""
        return self.task_class(**same_fields(self, self.task_class))

    def net(self) -> Any:
        """The model of this cell."""
        channels = tuple(self.channels * 2**stage for stage in range(self.stages))
        return ResNet(channels=channels, blocks=self.blocks, stem=self.stem)

    def learner(self) -> GradientDescent:
        """What trains it."""
        return adam((self.rate,), epochs=self.epochs, train=self.train, batch=self.batch)

    def trainings(self) -> Trainings:
        """What is trained, for what it takes to be told before."""
        task = self.task()
        train = Layout.of(self.train, self.train, task.k, task.d, block=self.train)
        monitor, judged = (
            Layout.of(n, n, task.k, task.d, block=_judged_together(n, task.k * task.d))
            for n in (self.validation, self.probes)
        )
        return Trainings(self.net(), self.learner(), train, monitor, judged, self.seeds)

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities named above. Raises `FloatingPointError` if a net has diverged."""
        key = jax_key(entropy)
        runs = [self._run(jax.random.fold_in(key, seed)) for seed in range(self.seeds)]
        return reliance_quantities(runs, probes=self.probes) + optimum_quantities(self.task())

    def _run(self, key: jax.Array) -> Run:
        task = self.task()
        train, validation = (
            task.sample(key, n, stream=stream) for stream, n in enumerate((self.train, self.validation))
        )
        learner = self.learner()
        monitor = _in_blocks(validation)
        start = jax.random.fold_in(key, 2**31)
        together = pack(train, capacity=self.train, block=self.train)
        trained = learner.train(self.net(), start, together, monitor, stop_below=None)
        if trained.steps < learner.steps:
            raise Diverged(f"the risk was not finite after step {trained.steps}: the net has diverged")
        z = task.probe_latents(self.probes)
        return read_off(trained, _in_blocks(task.probes(key, self.probes)), z, monitor, task.optimum())


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class FootprintBias(_ImageBias):
    """On `sims.tasks.Footprint`; the base class says what is measured."""

    rho_s: float
    rho_c: float = 0.9
    sigma_sc: float = 0.6
    ratio: float = 1.0
    size: int = 224
    footprint: float = 400.0
    ratio_of: str = added("area")
    probe_ratio: float | None = added(None)
    name: ClassVar[str] = "footprint_bias"
    task_class: ClassVar[Any] = Footprint


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class DigitsBias(_ImageBias):
    """On `sims.tasks.Digits`; the base class says what is measured. Needs scikit-learn."""

    rho_s: float
    rho_c: float = 0.9
    size: int = 24
    scale: int = 1
    share: float = 1.0
    colour: bool = True
    name: ClassVar[str] = "digits_bias"
    task_class: ClassVar[Any] = Digits


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageFolderBias(_ImageBias):
    """On `sims.tasks.ImageFolder`; the base class says what is measured, and beside it
    "accuracy_congruent_CHECKPOINT" and "accuracy_incongruent_CHECKPOINT": how often the core is read off
    rightly from probes whose background goes with it, or against it (Hermann et al. 2024, figure 6).

    Both follow from the agreements, as mean yhat z_c = congruent + incongruent - 1 and mean yhat z_s =
    congruent - incongruent on probes with all combinations alike.
    """

    folder: str
    layout: str
    rho_s: float
    rho_c: float = 0.99
    shortcut: str | None = None
    core: str | None = None
    size: int = 64
    digest: str = ""
    name: ClassVar[str] = "image_folder_bias"
    version: ClassVar[int] = 2
    reads_files: ClassVar[bool] = True
    task_class: ClassVar[Any] = ImageFolder

    def __post_init__(self) -> None:
        super().__post_init__()
        # The cell names its data: attributes and digest as the task has found them.
        for field in ("shortcut", "core", "digest"):
            object.__setattr__(self, field, getattr(self.task(), field))

    def _run(self, key: jax.Array) -> Run:
        run = super()._run(key)
        for checkpoint in run.reliances:
            along_s, along_c = (run.numbers[f"along_{feature}_{checkpoint}"] for feature in ("s", "c"))
            run.numbers[f"accuracy_congruent_{checkpoint}"] = (1 + along_c + along_s) / 2
            run.numbers[f"accuracy_incongruent_{checkpoint}"] = (1 + along_c - along_s) / 2
        return run


def _judged_together(n: int, numbers: int) -> int:
    """Of n images of so many numbers each, how many pass through a net at a time.

    All, where there is room: a program with a copy of a residual net for each block takes long to compile.
    Otherwise so few that the blocks are stacked and the program has one copy.
    """
    return n if n * numbers <= TOGETHER else max(1, min(TOGETHER // numbers, n // (UNROLLED + 1)))


def _in_blocks(batch: Batch) -> Samples:
    n, k, d = batch.x.shape
    return pack(batch, capacity=n, block=_judged_together(n, k * d))
