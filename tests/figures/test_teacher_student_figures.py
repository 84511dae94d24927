"""Figures of kernels as teachers and students: what they draw of planted rows, and at which place."""

import numpy as np
import pytest
from scipy.stats import t as student

from figures.catalogue import FIGURES
from figures.drawing.measured import interval_mark, of_name, slope_guide
from tests.figures import synthetic, synthetic_theory
from tests.figures.test_figures import lines

FIELDS = {"panel": "p", "series": "s", "model": "lcn"}


def marks_of(name, table=None):
    spec = FIGURES[name]
    return list(spec.content(synthetic.table_for(spec) if table is None else table).marks)


def slope(marks) -> float:
    return float(np.polyfit(np.log([m.x for m in marks]), np.log([m.y for m in marks]), 1)[0])


def test_intervals_are_students_over_repetitions_and_exact_values_have_none():
    row = synthetic_theory.quantity("e", "p", {}, "q", 2.0, error=0.1, repetitions=4, at=8.0)
    mark = interval_mark(row, **FIELDS)
    assert (mark.x, mark.y) == (8.0, 2.0)
    assert mark.high - mark.y == mark.y - mark.low == pytest.approx(0.1 * student.ppf(0.975, 3))
    exact = interval_mark(row | {"error": None}, x=3.0, **FIELDS)
    assert (exact.x, exact.low, exact.high) == (3.0, 2.0, 2.0)


def test_a_guide_has_its_slope_and_goes_through_the_last_point():
    rows = [synthetic_theory.quantity("e", "p", {}, "q", 1.0 / n, at=float(n)) for n in (64, 16, 32)]
    marks = slope_guide(rows, 0.5, **FIELDS)
    assert [mark.x for mark in marks][:: len(marks) - 1] == pytest.approx([16, 64])
    assert marks[-1].y == pytest.approx(1 / 64)
    assert slope(marks) == pytest.approx(-0.5)
    assert [row["at"] for row in of_name(rows, "q")] == [16, 32, 64]
    assert of_name(rows, "other") == []


def test_overlapping_patches_have_guides_of_the_predicted_exponent():
    marks = marks_of("overlapping-patches")
    for model, patches, beta in (("cnn", "s = 3", 1 / 3), ("lcn", "s = 3", 1 / 3), ("cnn", "s = 2", 0.0)):
        series = f"{model} on convolutional, t = 3, {patches}"
        own = [mark for mark in marks if mark.series == series and mark.panel == "convolutional"]
        assert slope([mark for mark in own if mark.kind == "line"]) == pytest.approx(-beta, abs=1e-9)
        points = [mark for mark in own if mark.kind == "estimate"]
        assert {mark.variant for mark in points} == ({"patches of 2"} if patches == "s = 2" else {""})
        assert slope(points) == pytest.approx(-beta, abs=1e-9)
    levels = {mark.series: mark.y for mark in marks if mark.kind == "level" and mark.panel == "exponent"}
    assert levels == {"predicted, 0.333": pytest.approx(1 / 3), "predicted, 0.111": pytest.approx(1 / 9)}
    ratio = [mark.y for mark in marks if mark.panel == "ratio" and mark.kind == "level"]
    assert ratio == [0.48]
    assert len([mark for mark in marks if mark.panel == "ratio" and mark.kind == "estimate"]) == 3
    compared = {(mark.x, mark.y) for mark in marks if mark.panel == "predicted" and mark.kind == "estimate"}
    assert compared == {(1 / s, 1 / s) for s in (3, 4, 5, 9)} | {(0.0, 0.0)}
    smaller = [mark for mark in marks if mark.panel == "smaller"]
    assert {mark.series for mark in smaller} == {
        f"{m} on convolutional, t = 2, s = 4" for m in ("cnn", "lcn")
    }
    for model in ("cnn", "lcn"):
        guide = [mark for mark in smaller if (mark.model, mark.kind) == (model, "line")]
        assert slope(guide) == pytest.approx(-1 / 4, abs=1e-9)
    assert {mark.variant for mark in smaller if mark.kind == "estimate"} == {"patches of 4"}
    elsewhere = {mark.panel for mark in marks if mark.series.endswith("s = 5, d = 6")}
    assert elsewhere == {"predicted"}


def test_hierarchical_curves_stand_beside_what_their_spectra_predict():
    marks = marks_of("hierarchical-kernels")
    for depth in (1, 2, 3):
        for teacher in (1, 3):
            own = [m for m in marks if m.panel == f"error {depth}" and m.model == f"teacher_{teacher}"]
            points = [mark.y for mark in own if mark.kind == "estimate"]
            line = [mark.y for mark in own if mark.kind == "line"]
            assert line == pytest.approx([1.02 * value for value in points])
        levels = {m.y for m in marks if m.panel == f"exponent {depth}" and m.kind == "level"}
        assert levels == {1.0, 1 / 3 if depth == 3 else 0.0}
    figure = FIGURES["hierarchical-kernels"].build(synthetic_theory.hierarchical_kernels())
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"derived: from the exact spectra", "theory: exponent for large n"} <= set(legend)
    assert len(lines(figure, "level|")) == 6


def test_spectra_are_drawn_where_teacher_and_student_are_one_kernel():
    marks = marks_of("hierarchical-spectra")
    assert {mark.panel for mark in marks} == {"spectrum 1", "spectrum 3"}
    for panel in ("spectrum 1", "spectrum 3"):
        own = [mark for mark in marks if mark.panel == panel]
        assert [(m.x, m.y) for m in own if m.source == "derived"] == [
            (rank, 0.31 / rank) for rank in (1.0, 8.0, 64.0)
        ]
        guide = [mark for mark in own if mark.source == "upper bound"]
        assert slope(guide) == pytest.approx(-1.0)
        assert min(mark.x for mark in guide) == 8
