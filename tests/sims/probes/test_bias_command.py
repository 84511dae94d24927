"""``nstar bias shortcut``: what its JSON holds, and what bad input gets."""

import json

import pytest

from sims.cli import add_commands, dispatch

SMALL = ["--d", "8", "--width", "8", "--epochs", "2", "--train", "128", "--validation", "60", "--seeds", "3"]
PLACE = ["bias", "shortcut", "--rho-s", "0.85", "--ratio", "64"]


def answer(capsys, *options):
    assert dispatch([*PLACE, *SMALL, *options, "--json"], (add_commands,)) == 0
    return json.loads(capsys.readouterr().out)


def test_the_json_holds_both_forms_and_checkpoints_with_intervals_and_seeds(capsys):
    found = answer(capsys, "--model", "mlp", "--depth", "1", "--activation", "relu")
    for form in ("signed", "absolute"):
        for checkpoint in ("final", "best_validation"):
            bias = found["bias"][form][checkpoint]
            assert set(bias) == set(found["reliance"][form][checkpoint]) == {"low", "best", "high", "method"}
            assert bias["low"] < bias["best"] < bias["high"]
            each = [seed[f"{form}_{checkpoint}"] for seed in found["per_seed"]]
            assert len(each) == 3
            assert bias["best"] == pytest.approx(sum(each) / 3)
    assert found["optimal"]["signed"]["closed_form"] == pytest.approx(-0.6719, abs=1e-3)
    assert {"python", "jax", "nstar"} <= set(found["versions"])
    assert found["config"]["probe"]["ratio"] == 64
    assert found == found | {
        key: value
        for key, value in answer(capsys, "--depth", "1", "--activation", "relu").items()
        if key != "seconds"
    }


def test_the_kernel_has_one_checkpoint(capsys):
    options = [*PLACE, "--d", "8", "--train", "64", "--validation", "60", "--seeds", "2"]
    assert dispatch([*options, "--learner", "kernel", "--json"], (add_commands,)) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["bias"]["signed"]) == {"final"}
    for reach, measure in ((2, "bias"), (1, "reliance")):
        for form in ("signed", "absolute"):
            ends = found[measure][form]["final"]
            assert -reach <= ends["low"] <= ends["best"] <= ends["high"] <= reach


def test_the_text_says_bias_and_method(capsys):
    assert dispatch([*PLACE, *SMALL], (add_commands,)) == 0
    text = capsys.readouterr().out
    assert "bias, signed, final: " in text
    assert "accuracy, final: " in text
    assert "Student's t" in text


def test_samples_that_no_memory_holds_are_refused(capsys):
    for options in (["--train", "9000000", "--d", "100000"], ["--train", "900000", "--learner", "kernel"]):
        assert dispatch([*PLACE, *options], (add_commands,)) == 2
        assert "bias: error: memory: got '" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (["--rho-s", "0.4"], "rho-s"),
        (["--ratio", "nan"], "ratio"),
        (["--seeds", "1"], "seeds"),
        (["--activation", "gelu"], "activation"),
        (["--rates", "2"], "rates"),
        (["--side", "1000000"], "side"),
        (["--epochs", "1000000000"], "epochs"),
        (["--batch", "1000000000"], "batch"),
        (["--train", "9" * 22], "train"),
        (["--width", "9" * 22], "width"),
    ],
)
def test_bad_input_gets_one_line_and_status_two(capsys, options, name):
    assert dispatch([*PLACE, *options], (add_commands,)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.strip().splitlines()
    assert f"--{name}" in line
    assert "allowed" in line
