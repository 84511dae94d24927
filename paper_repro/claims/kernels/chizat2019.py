"""Chizat, Oyallon and Bach 2019: large output scales train lazily, whatever the net."""

from functools import partial

from paper_repro.claims.claim import Claim, Paper
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove
from paper_repro.rules.ratios import RatioOfVariants
from sims.experiments.kernels import lazy_rich
from sims.tables.configs import written

PAPER = Paper(
    id="chizat2019",
    authors="Chizat, Oyallon and Bach 2019",
    title="On Lazy Training in Differentiable Programming",
    source="arXiv 1812.07956",
)

MARGIN = 0.1
"""How far an exponent may be from its prediction, -1."""
RICH, LAZY = 0.125, 8.0
"""Output scales that every preset of n* measures."""
SAVING = 1.25
"""Factor from which on feature learning counts as saving samples."""
_LAZY_PART = (
    "Nets with one hidden layer in NTK parametrisation on DSD, a stated number of steps at rates divided by "
    "the square of the scale; the exponent is that of scales from 16 on."
)


def options_of(scale: float) -> tuple[str | None, ...]:
    """What tables say of the learner at an output scale, at any preset."""
    return tuple(
        written("learner", **lazy_rich.learner(scale, size["steps"])) for size in lazy_rich.SIZES.values()
    )


_moved = partial(
    Claim, paper=PAPER, kind="theorem", experiment="kernel-movement", figures=("kernel-movement",)
)
_n_star = partial(
    Claim,
    paper=PAPER,
    section="abstract",
    experiment="lazy-rich",
    protocol="honest",
    figures=("lazy-rich",),
)


def _saves(arch: str) -> Claim:
    name = arch.upper()
    return _n_star(
        f"rich-saves-samples-{arch}",
        f"The wide {name} takes at least {SAVING:g} times fewer samples at output scale {RICH:g} than at "
        f"{LAZY:g}.",
        RatioOfVariants(
            name="lazy / rich",
            above={"model": f"wide_{arch}", "options": options_of(LAZY)},
            below={"model": f"wide_{arch}", "options": options_of(RICH)},
            low=SAVING,
            high=1e6,
        ),
        quote="degrades when trained in the lazy regime",
        kind="question",
        caveat="The paper reports that lazy nets generalise worse, on images and on teacher-student "
        "tasks; the task, the scales and the factor are the suite's.",
    )


CLAIMS = (
    _moved(
        "parameters-move-by-scale",
        "In the lazy regime parameters move as one over the output scale.",
        AgreesWithPrediction(
            quantity="displacement_exponent", where={"vary": "scale"}, relative=MARGIN, absolute=True
        ),
        section="theorem 2.2, read as others restate it",
        caveat=_LAZY_PART,
    ),
    _moved(
        "kernel-moves-by-scale",
        "In the lazy regime the tangent kernel of a smooth net moves as one over the output scale.",
        AgreesWithPrediction(
            quantity="movement_exponent",
            where={"vary": "scale", "activation": "erf"},
            relative=2 * MARGIN,
            absolute=True,
        ),
        section="not read: follows from theorem 2.2 for a smooth net",
        caveat=f"{_LAZY_PART} A part of order 1/scale^2 is not yet negligible at 16.",
    ),
    _saves("cnn"),
    _saves("lcn"),
    Claim(
        paper=PAPER,
        id="sweep-nets-turn-their-kernels",
        section="derived",
        kind="check",
        statement="The LCN and the CNN of the sweeps, which start near zero, are not lazy: training raises "
        "the alignment of their tangent kernel with the labels.",
        rule=QuantityAbove(quantity="alignment_gain", bound=0.0),
        experiment="trained-kernels",
        figures=("kernel-movement",),
        caveat="Kernel-target alignment on fresh DSD images, of the start and of the selected net.",
    ),
)
