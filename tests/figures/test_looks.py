"""Looks: one a model, the same everywhere, and one for a model that nobody gave any."""

import subprocess
import sys

import pytest

from figures.catalogue import FIGURES
from figures.drawing.legend import legend_handles
from figures.drawing.looks import COLOURS, MARKERS, Look, look, look_of, place_of
from tests.figures import synthetic


def test_a_model_has_one_look():
    assert look_of("cnn") == Look("#009E73", "^", "CNN")
    with pytest.raises(ValueError, match="cnn has a look already"):
        look("cnn", "#000000", "o", "another")


@pytest.mark.parametrize("model", ["quadratic_cnn", "wide_cnn", "pooled_cnn", "ck_gp"])
def test_relatives_of_an_architecture_keep_its_colour_and_marker(model):
    assert (look_of(model).colour, look_of(model).marker) == ("#009E73", "^")


def test_a_model_without_a_look_has_the_same_one_in_every_process():
    mine = look_of("mine")
    assert mine.name == "mine"
    program = "from figures.drawing.looks import look_of; print(look_of('mine'))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert found.strip() == str(mine)
    several = {(one.colour, one.marker) for one in (look_of(f"model {i}") for i in range(200))}
    assert len(several) > 0.8 * len(COLOURS) * len(MARKERS)


def test_legends_list_families_in_their_order_and_strangers_at_the_end():
    names = ["mine", "ntk_start", "ntk_relu", "bayes", "linear", "cnn", "lcn", "fcn"]
    assert sorted(names, key=place_of) == names[::-1]


@pytest.mark.parametrize("name", ["n-star-k", "one-patch", "exponents"])
def test_a_model_of_a_user_is_drawn_beside_the_others(name):
    spec = FIGURES[name]
    rows = synthetic.table_for(spec)
    mine = [row | {"model": "mine", "cell": f"{row['cell']} mine"} for row in rows if row["model"] == "lcn"]
    content = spec.content(rows + mine)
    drawn = [mark for mark in content.marks if mark.model == "mine"]
    assert len(drawn) >= len([mark for mark in content.marks if mark.model == "lcn" and mark.kind == "seed"])
    spec.draw(content)
    if name != "exponents":  # whose rows are named in place of a legend
        assert "mine" in [handle.get_label() for handle in legend_handles(content.marks)]
