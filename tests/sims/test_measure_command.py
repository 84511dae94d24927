"""``nstar measure`` with learners, metrics and floors of its own, on tasks with and without noise."""

import json

import pytest

from sims.cli import add_commands, dispatch
from sims.cli.fields import read_fields
from sims.cli.measure import default_protocol
from sims.errors import InputError

DSD = ["measure", "dsd", "--model", "cnn", "--k", "2", "--d", "3", "--sigma", "0.3"]
SMALL = ["--reps", "1", "--n-max", "20"]
TEXTURES = ["measure", "textures", "--k", "8", "--d", "1"]


def nstar(*argv):
    return dispatch(argv, [add_commands])


def answer(capsys, *argv):
    assert nstar(*argv, *SMALL, "--json") == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *argv) -> str:
    """The one line of a call that is refused before anything is trained."""
    assert nstar(*argv, *SMALL) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    return err


def test_options_of_a_learner_are_json_numbers_or_words():
    pairs = ["bias_1=0.3", "samples=shared", "lr_w=[0.1, 0.01]", "steps=70", "project=false", "patience=null"]
    assert read_fields("learner", pairs) == {
        "bias_1": 0.3,
        "samples": "shared",
        "lr_w": [0.1, 0.01],
        "steps": 70,
        "project": False,
        "patience": None,
    }
    assert type(read_fields("learner", ["steps=70"])["steps"]) is int
    assert read_fields("learner", ["eta_1=1e-2"]) == {"eta_1": 0.01}
    assert read_fields("learner", ["a=b=c", "b="]) == {"a": "b=c", "b": ""}
    assert read_fields("learner", []) == {}


@pytest.mark.parametrize("pair", ["bias_1", "=0.3", "", "=", "name=two_step", "version=1"])
def test_what_is_no_pair_is_refused(pair):
    with pytest.raises(InputError, match="NAME=VALUE") as caught:
        read_fields("learner", [pair])
    assert caught.value.option == "learner_option"


def test_the_protocol_follows_the_learner():
    for learner in (None, "gradient_descent", "kernel_regression"):
        assert default_protocol(learner) == "honest"
    for learner in ("two_step", "posterior"):
        assert default_protocol(learner) == "direct"


def test_a_learner_with_options_is_measured_by_the_protocol_that_suits_it(capsys):
    found = answer(
        capsys, *DSD, "--learner", "two_step", "--learner-option", "bias_1=0.9", "--learner-option", "eta_2=2"
    )
    assert found["protocol"] == "direct"
    learner, criterion = found["config"]["learner"], found["config"]["criterion"]
    assert (learner["name"], learner["bias_1"], learner["eta_2"]) == ("two_step", 0.9, 2)
    assert (criterion["metric"], criterion["floor"]) == ("zero_one", "ground_truth")
    assert found["target"] == pytest.approx(found["floor"] + 0.03)


def test_metric_floor_and_tolerance_reach_the_criterion(capsys):
    options = ["--metric", "squared", "--floor", "bayes", "--tolerance", "0.5"]
    found = answer(capsys, *DSD, "--protocol", "direct", *options)
    criterion = found["config"]["criterion"]
    assert (criterion["metric"], criterion["floor"], criterion["tolerance"]) == ("squared", "bayes", 0.5)
    assert found["target"] == pytest.approx(found["floor"] + 0.5)


def test_options_without_a_learner_change_the_protocols(capsys):
    found = answer(capsys, *DSD, "--learner-option", "steps=50", "--learner-option", "lr_w=[0.1]")
    assert found["protocol"] == "honest"
    learner = found["config"]["learner"]
    assert (learner["steps"], learner["lr_w"], learner["patience"]) == (50, [0.1], 300)


def test_a_task_without_noise_needs_no_sigma(capsys):
    descent = ["--learner", "gradient_descent", "--learner-option", "steps=50"]
    judged = ["--protocol", "direct", "--metric", "zero_one", "--floor", "zero", "--tolerance", "0.1"]
    argv = [*TEXTURES, "--model", "pooled_cnn", *descent, *judged]
    found = answer(capsys, *argv)
    assert found["sigma"] is None
    assert (found["floor"], found["target"]) == (0, 0.1)
    assert nstar(*argv, *SMALL) == 0
    out = capsys.readouterr().out
    assert out.startswith("pooled_cnn on textures, k = 8, d = 1, protocol direct\n")
    assert "target: 0-1 risk 0.1000 = floor 0.0000 + tolerance" in out


BAD = [
    ([*DSD[:-2]], "--sigma", "a number, required by task dsd"),
    ([*TEXTURES, "--model", "cnn", "--sigma", "0.1", "--protocol", "direct"], "--sigma", "no such noise"),
    ([*TEXTURES[:-1], "2", "--model", "cnn", "--protocol", "direct"], "--d", "one pixel"),
    ([*DSD, "--learner", "alchemy"], "--learner", "two_step"),
    ([*DSD, "--learner-option", "bias_1"], "--learner-option", "NAME=VALUE"),
    ([*DSD, "--learner-option", "temperature=1"], "--learner-option temperature", "steps"),
    ([*DSD, "--learner", "two_step", "--learner-option", "eta_1=-1"], "--learner-option eta_1", "> 0"),
    ([*DSD, "--learner", "two_step", "--learner-option", "eta_1=nan"], "--learner-option eta_1", "> 0"),
    ([*DSD, "--learner", "two_step", "--learner-option", "loss=mystery"], "option loss", "correlation"),
    ([*DSD, "--protocol", "direct", "--metric", "absolute"], "--metric", "zero_one"),
    ([*DSD, "--protocol", "honest", "--metric", "zero_one"], "--metric", "option of direct"),
    ([*DSD, "--protocol", "direct", "--tolerance", "-1"], "--tolerance", "a number > 0"),
    ([*DSD, "--protocol", "direct", "--tolerance", "nan"], "--tolerance", "a number > 0"),
    ([*DSD, "--protocol", "direct", "--floor", "ceiling"], "--floor", "ground_truth"),
    ([*DSD, "--protocol", "honest", "--floor", "bayes"], "--floor", "oracle, linear"),
    ([*DSD, "--learner-option", "steps=many"], "--learner-option steps", "an integer"),
    ([*DSD, "--learner", "two_step", "--learner-option", "eta_1=fast"], "option eta_1", "a number or null"),
    ([*DSD, "--learner", "two_step", "--learner-option", "bias_1=[1]"], "option bias_1", "a number or null"),
    ([*DSD, "--learner-option", "lr_w=0.1"], "--learner-option lr_w", "a list, each of it a number"),
    ([*DSD, "--learner", "two_step", "--learner-option", "project=1"], "option project", "true or false"),
]


@pytest.mark.parametrize(("argv", "option", "allowed"), BAD, ids=[" ".join(argv[-2:]) for argv, _, _ in BAD])
def test_bad_input_gets_one_line(argv, option, allowed, capsys):
    line = refused(capsys, *argv)
    assert option in line
    assert allowed in line
