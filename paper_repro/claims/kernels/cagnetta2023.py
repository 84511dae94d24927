"""Cagnetta, Favero and Wyart 2023: kernels of deep convolutional nets adapt to the depth of the target."""

from functools import partial

from paper_repro.claims.claim import Claim, Paper
from paper_repro.rules.predictions import AgreesWithPrediction

PAPER = Paper(
    id="cagnetta2023",
    authors="Cagnetta, Favero and Wyart 2023",
    title="What Can Be Learnt With Wide Convolutional Neural Networks?",
    source="arXiv 2208.01003",
)

TOLERANCE = 0.15
"""How near a measured exponent has to be to its prediction, as a fraction; that of Favero et al.'s."""
AGREEMENT = 0.1
"""The same for test errors, against the learning-curve formula."""
PLATEAU = 0.1
"""Exponent up to which a curve counts as flat."""
_SETTING = (
    "Depth: the paper counts the output layer too, so that its depth is one more than the number of hidden "
    "layers, which names the claims here. Binary filters, d = 8, as in the example of the authors' code; NTK "
    "on NTK, ridgeless. Errors are exact expectations over Gaussian fields at 500 test inputs (the authors' "
    "code draws one field on 8192), intervals are over sets of inputs. The exponent is that between the two "
    "largest n."
)
_FINITE = (
    " The abstract says what controls the decay; the exponents themselves were not read, they are derived in "
    "docs/kernels-teacher-student.md for large n. On the kernels' exact spectra the learning-curve formula "
    "gives the exponents that are to be expected at these n; they are in the figure."
)

_DIMENSION = "the decay of the error is controlled by the effective dimensionality of these subsets"
_SPECTRUM = "the spectrum of the corresponding kernel inherits the hierarchical structure of the network"


_claim = partial(
    Claim,
    paper=PAPER,
    section="abstract",
    kind="theorem",
    experiment="hierarchical-kernels",
    figures=("hierarchical-kernels",),
    caveat=_SETTING,
)


def _layers(depth: int) -> str:
    """A depth in both counts: of hidden layers, and the paper's."""
    words = {1: "one hidden layer", 2: "two hidden layers"}[depth]
    return f"{words} (depth {depth + 1} as the paper counts)"


def _exponents(student: int, teachers: str, rates: str) -> Claim:
    where = {"student_depth": student, "teacher_depth": tuple(range(1, student + 1))}
    return _claim(
        f"hierarchical-exponents-depth-{student}",
        f"A student of {_layers(student)} learns teachers of {teachers} at {rates}.",
        AgreesWithPrediction(quantity="last_exponent", where=where, relative=TOLERANCE),
        quote=_DIMENSION,
        caveat=_SETTING + _FINITE,
    )


def _plateau(student: int) -> Claim:
    where = {"student_depth": student, "teacher_depth": tuple(range(student + 1, 4))}
    return _claim(
        f"hierarchical-plateau-depth-{student}",
        f"A student of {_layers(student)} stops to learn a teacher of more layers.",
        AgreesWithPrediction(quantity="last_exponent", where=where, relative=PLATEAU, absolute=True),
        section="not read: students shallower than the teacher",
    )


CLAIMS = (
    _exponents(1, "one hidden layer", "the rate n^-1"),
    _exponents(2, "one and two hidden layers", "the rates n^(-3/4) and n^(-1/2)"),
    _plateau(1),
    _plateau(2),
    _claim(
        "hierarchical-learning-curves",
        "The learning-curve formula for kernels gives the test error at every n from the two spectra, within "
        "10 %, plateaus included.",
        AgreesWithPrediction(quantity="test_error", relative=AGREEMENT),
        section="derived",
        kind="check",
        caveat="The formula takes eigenfunctions for independent Gaussians, which is not proven; the spectra "
        "are exact, of Fourier modes on the angles of the patches.",
    ),
    _claim(
        "hierarchical-spectra",
        "The eigenvalues of the kernels of one, two and three hidden layers (depths 2, 3, 4 as the paper "
        "counts) fall with their rank r as r^-2, r^-1.5, r^-1.25.",
        AgreesWithPrediction(quantity="decay", relative=TOLERANCE),
        quote=_SPECTRUM,
        figures=("hierarchical-spectra",),
        caveat="The exponents were not read; they are derived. Fitted to ranks n/32 to n/8 of matrices of n "
        "points, where eigenvalues come in groups; the 512 points of the quick preset have ranks too small "
        "for the limit. For three hidden layers the exact spectrum is steeper there (quantity exact_decay): "
        "a finite matrix raises its small eigenvalues, and agrees for that reason too. The authors' code "
        "takes 8192 points, as the full preset does; the paper preset has 2048.",
    ),
)
