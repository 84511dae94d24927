"""Cagnetta, Favero and Wyart 2023: kernels of deep convolutional nets adapt to the depth of the target."""

from paper_repro.claims.claim import Claim, Kind, Paper
from paper_repro.rules.base import Rule
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
    "Binary filters, d = 8, NTK on NTK, ridgeless; errors are exact expectations over Gaussian fields, "
    "intervals are over sets of inputs. The exponent is that between the two largest n."
)
_FINITE = (
    " The formula is for large n. On the kernels' exact spectra the learning-curve formula gives the "
    "exponents that are to be expected at these n; they are in the figure."
)


def _claim(
    id: str,
    section: str,
    statement: str,
    rule: Rule,
    *,
    kind: Kind = "theorem",
    figure: str = "hierarchical-kernels",
    caveat: str = _SETTING,
) -> Claim:
    return Claim(
        paper=PAPER,
        id=id,
        section=section,
        kind=kind,
        statement=statement,
        rule=rule,
        experiment="hierarchical-kernels",
        figures=(figure,),
        caveat=caveat,
    )


def _exponents(student: int, statement: str) -> Claim:
    where = {"student_depth": student, "teacher_depth": tuple(range(1, student + 1))}
    return _claim(
        f"hierarchical-exponents-depth-{student}",
        "section 4, adaptivity to the target",
        statement,
        AgreesWithPrediction(quantity="last_exponent", where=where, relative=TOLERANCE),
        caveat=_SETTING + _FINITE,
    )


def _plateau(student: int) -> Claim:
    where = {"student_depth": student, "teacher_depth": tuple(range(student + 1, 4))}
    return _claim(
        f"hierarchical-plateau-depth-{student}",
        "section 4, adaptivity to the target",
        f"A student of depth {student} stops to learn a deeper teacher.",
        AgreesWithPrediction(quantity="last_exponent", where=where, relative=PLATEAU, absolute=True),
    )


CLAIMS = (
    _exponents(1, "A student of depth 1 learns a teacher of depth 1 at the rate n^-1."),
    _exponents(
        2, "A student of depth 2 learns teachers of depths 1 and 2 at the rates n^(-3/4) and n^(-1/2)."
    ),
    _exponents(
        3,
        "A student of depth 3 learns teachers of depths 1, 2, 3 at the rates n^(-5/8), n^(-5/12), n^(-1/4).",
    ),
    _plateau(1),
    _plateau(2),
    _claim(
        "hierarchical-learning-curves",
        "section 4, generalisation error",
        "The learning-curve formula for kernels gives the test error at every n from the two spectra, within "
        "10 %, plateaus included.",
        AgreesWithPrediction(quantity="test_error", relative=AGREEMENT),
        kind="check",
        caveat="The formula takes eigenfunctions for independent Gaussians, which is not proven; the spectra "
        "are exact, of Fourier modes on the angles of the patches.",
    ),
    _claim(
        "hierarchical-spectra",
        "section 3, spectral decay",
        "The eigenvalues of the kernels of depths 1, 2, 3 fall with their rank r as r^-2, r^-1.5, r^-1.25.",
        AgreesWithPrediction(quantity="decay", relative=TOLERANCE),
        figure="hierarchical-spectra",
        caveat="Fitted to ranks n/32 to n/8 of matrices of n points, where eigenvalues come in groups; the "
        "512 points of the quick preset have ranks too small for the limit. For "
        "depth 3 the exact spectrum is steeper there (quantity exact_decay): a finite matrix raises its "
        "small eigenvalues, and agrees for that reason too.",
    ),
)
