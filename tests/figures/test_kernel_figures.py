"""The figures of kernels: every kind of learner told apart, predictions beside, exponents recovered."""

import pytest

from figures.catalogue import FIGURES
from figures.drawing.marks import of
from figures.kernels.kernels import BOUND, KERNEL, TRAINED
from tests.figures import synthetic_kernels as planted


def table():
    return [*planted.kernels(), *planted.predictions()]


def test_trained_nets_odd_kernels_and_the_plateau_are_variants_of_their_architecture():
    marks = FIGURES["kernels"].content(table()).marks
    estimates = [mark for mark in marks if mark.kind == "estimate"]
    kinds = {(mark.model, mark.variant) for mark in estimates}
    assert kinds == {(model, kind) for model in ("fcn", "lcn", "cnn") for kind in (KERNEL, BOUND)} | {
        ("lcn", TRAINED),
        ("cnn", TRAINED),
    }
    assert all(mark.right_censored for mark in estimates if mark.variant == BOUND)


def test_predicted_n_star_is_drawn_where_there_is_one():
    marks = FIGURES["kernels"].content(table()).marks
    lines = [mark for mark in marks if mark.kind == "line" and mark.panel == "k" and mark.model == "fcn"]
    assert [mark.x for mark in lines] == [5, 6]  # at k = 8 it is above what the spectrum can say
    assert lines[0].y == pytest.approx(1.05 * planted.planted("fcn", 5, 6))


def test_exponents_of_kernels_stand_beside_their_predictions_and_the_nets():
    marks = FIGURES["kernel-exponents"].content(table()).marks
    for model, (_, power) in planted.GROWTH.items():
        (estimate,) = [
            mark for mark in of(marks, panel="d", model=model, kind="estimate") if KERNEL in mark.series
        ]
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low < power < estimate.high
        (level,) = of(marks, panel="d", model=model, kind="level")
        assert level.y == pytest.approx(power)
    assert not of(marks, panel="k", model="fcn", kind="level")  # two sizes give no slope
    assert [mark for mark in of(marks, panel="k", model="cnn") if TRAINED in mark.series]


def test_learning_curves_show_measurement_and_prediction_of_every_task():
    content = FIGURES["kernel-learning-curves"].content(planted.learning_curves())
    for panel in content.panels:
        for arch in ("fcn", "lcn", "cnn"):
            points = of(content.marks, panel=panel.key, series=arch, kind="estimate")
            line = of(content.marks, panel=panel.key, series=arch, kind="line")
            assert len(points) == len(line) == 3
            assert [mark.x for mark in points if mark.variant] == [25.0]
