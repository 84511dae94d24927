"""Favero, Cagnetta and Wyart 2021: locality, not weight sharing, sets the exponent of the learning curve."""

from collections.abc import Mapping
from typing import Any

from paper_repro.claims.claim import Claim, Kind, Paper
from paper_repro.rules.base import Rule
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityBelow

PAPER = Paper(
    id="favero2021",
    authors="Favero, Cagnetta and Wyart 2021",
    title="Locality defeats the curse of dimensionality in convolutional teacher-student scenarios",
    source="arXiv 2106.08619",
)

TOLERANCE = 0.15
"""How near a measured exponent or ratio has to be to its prediction, as a fraction."""
PLATEAU = 0.1
"""Exponent up to which a curve counts as flat."""
_SETTING = (
    "Laplacian constituents on d = 9 uniform coordinates, ridgeless; errors are exact expectations over "
    "Gaussian fields, intervals are over sets of inputs. The exponent is that between the two largest n."
)


def _claim(id: str, statement: str, rule: Rule, *, kind: Kind = "theorem", caveat: str = _SETTING) -> Claim:
    return Claim(
        paper=PAPER,
        id=id,
        section="sections 4 and 5",
        kind=kind,
        statement=statement,
        rule=rule,
        experiment="overlapping-patches",
        figures=("overlapping-patches",),
        caveat=caveat,
    )


def _exponent(where: Mapping[str, Any], quantity: str = "last_exponent") -> Rule:
    return AgreesWithPrediction(quantity=quantity, where=where, relative=TOLERANCE)


def _plateau(where: Mapping[str, Any]) -> Rule:
    return AgreesWithPrediction(quantity="last_exponent", where=where, relative=PLATEAU, absolute=True)


CLAIMS = (
    _claim(
        "overlapping-convolutional-exponent",
        "A convolutional student with t = s = 3 learns a convolutional teacher at the rate n^(-1/3).",
        _exponent({"student": "convolutional", "t": 3, "s": 3, "teacher": "convolutional"}),
    ),
    _claim(
        "overlapping-local-exponent",
        "A local student with s = 3 or 4 learns local teachers with t from 2 to s at the rate n^(-1/s).",
        _exponent({"student": "local", "teacher": "local", "s": (3, 4), "t": (2, 3, 4)}),
    ),
    _claim(
        "overlapping-local-on-convolutional-exponent",
        "A local student with t = s = 3 learns a convolutional teacher at the same rate, n^(-1/3).",
        _exponent({"student": "convolutional", "t": 3, "s": 3}, "beside_last_exponent"),
    ),
    _claim(
        "overlapping-weight-sharing-ratio",
        "Weight sharing improves the prefactor alone: the convolutional student's error is |P|^(-1/s) times "
        "the local student's, |P| = 9 patches.",
        _exponent({}, "ratio"),
        caveat=f"{_SETTING} The factor is derived up to a constant; here it is held against 9^(-1/3).",
    ),
    _claim(
        "overlapping-small-patches-plateau",
        "A student whose patches are smaller than the teacher's stops to learn.",
        _plateau({"t": 3, "s": 2}),
    ),
    _claim(
        "overlapping-sharing-plateau",
        "A convolutional student stops to learn a local teacher.",
        _plateau({"teacher": "local", "student": "convolutional"}),
    ),
    _claim(
        "overlapping-fully-connected-exponent",
        "A fully connected student learns the local teacher at the rate n^(-1/d).",
        _exponent({"student": "fully_connected"}),
        caveat=f"{_SETTING} n = 8192 is 2.7 points a dimension, far from large n: the exponent still falls.",
    ),
    _claim(
        "overlapping-fully-connected-slower",
        "A fully connected student learns a local teacher of t = 3 more slowly than a local student would "
        "with s = 4.",
        QuantityBelow(quantity="last_exponent", bound=0.25, where={"student": "fully_connected"}),
        kind="question",
    ),
)
