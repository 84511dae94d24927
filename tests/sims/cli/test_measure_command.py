"""``nstar measure`` with learners, metrics and floors of its own, on tasks with and without noise."""

import json

import pytest

import sims.costs.feasible
import sims.sweep.progress
from sims.cli import add_commands, dispatch
from sims.cli.fields import read_fields
from sims.cli.measure import default_protocol
from sims.pieces.errors import InputError, NotComputed

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
    for learner in ("two_step", "posterior", "distilled"):
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


def test_the_fields_of_every_piece_have_an_option(capsys):
    found = answer(
        capsys,
        *["measure", "shortcut_patches", "--model", "pooled_cnn", "--k", "4", "--d", "4", "--sigma", "0.15"],
        *["--task-option", "rho_s=0.78", "--model-option", "channels=2", "--learner-option", "steps=2e1"],
        *["--criterion", "core_error", "--criterion-option", "test_size=50"],
    )
    config = found["config"]
    assert (config["task"]["rho_s"], config["model"]["channels"], config["learner"]["steps"]) == (0.78, 2, 20)
    assert type(config["learner"]["steps"]) is int
    assert (config["criterion"]["name"], config["criterion"]["test_size"]) == ("core_error", 50)


def test_sizes_that_a_task_sets_itself_need_no_option(capsys):
    argv = ["measure", "footprint", "--model", "linear", "--learner-option", "steps=10"]
    argv += ["--criterion", "risk_level", "--floor", "zero", "--criterion-option", "test_size=20"]
    for field in ("rho_s=0.8", "size=12", "footprint=4"):
        argv += ["--task-option", field]
    assert (lambda found: (found["k"], found["d"]))(answer(capsys, *argv)) == (144, 1)
    assert "--k" in refused(capsys, *argv, "--k", "143")


def test_a_posterior_knows_the_noise_of_the_task(capsys):
    argv = [*DSD, "--learner", "posterior", "--metric", "squared", "--learner-option", "chains=2"]
    assert answer(capsys, *argv)["config"]["learner"]["sigma"] == 0.3
    line = refused(capsys, *argv, "--learner-option", "sigma=0.2")
    assert "--learner-option sigma: got 0.2; allowed: 0.3, the noise of the task" in line


def test_training_that_diverges_is_said_in_the_fields_words(capsys):
    argv = [*DSD, "--model", "mlp", "--model-option", "depth=2", "--model-option", "width=4"]
    argv += ["--protocol", "direct", "--learner", "gradient_descent", "--metric", "squared"]
    options = ["steps=50", "lr_w=[0.5]", "init_std=1e20"]
    assert nstar(*argv, *SMALL, *(part for one in options for part in ("--learner-option", one))) == 1
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert "training diverged: the risk is inf at seed 0, n = " in line or "the risk is nan at" in line
    assert line.endswith("at learning rates lr_w = 0.5; try smaller ones")


def test_where_every_rate_diverges_the_answer_says_so(capsys):
    argv = [*DSD, *SMALL, "--learner-option", "steps=20", "--learner-option"]
    assert nstar(*argv, "lr_w=[1e9]", "--json") == 0
    out, err = capsys.readouterr()
    (seed,) = json.loads(out)["per_seed"]
    places = len(seed["evaluations"])
    (line,) = [line for line in err.splitlines() if "diverged" in line]
    assert line.startswith(
        f"nstar measure: training diverged at every rate at {places} of {places} places (seed, n), "
        f"as at seed 0, n = {seed['evaluations'][0]['n']}, "
    )
    assert nstar(*argv, "lr_w=[1e9,0.1]") == 0
    assert "diverged" not in capsys.readouterr().err


def test_what_no_memory_holds_or_nobody_would_wait_for_is_refused(capsys):
    huge = ["measure", "dsd", "--model", "cnn", "--k", "1000", "--d", "1000", "--sigma", "0.1"]
    assert nstar(*huge, "--n-max", "1000000") == 2
    assert "memory: got '" in capsys.readouterr().err
    slow = [*DSD, "--learner-option", "steps=10000000", "--learner-option", f"lr_w={[0.1] * 100}"]
    slow += ["--learner-option", "batch=100000", "--reps", "1000"]
    assert nstar(*slow) == 2
    assert "time: got '" in capsys.readouterr().err


def test_a_long_measurement_is_announced(capsys, monkeypatch):
    monkeypatch.setattr(sims.sweep.progress, "LONG", 1e-9)
    assert nstar(*DSD, *SMALL, "--learner-option", "steps=10") == 0
    assert capsys.readouterr().err.splitlines()[0].startswith("nstar measure: up to ")


def test_of_a_posterior_the_least_that_it_takes_is_announced_or_refused(capsys, monkeypatch):
    def stop(*args, **options):
        raise NotComputed("not begun")

    monkeypatch.setattr("sims.cli.measure.measure_unit", stop)
    argv = [*DSD, *SMALL, "--learner", "posterior", "--metric", "squared", "--learner-option"]
    assert nstar(*argv, "chains=100000", "--reps", "5") == 1
    assert capsys.readouterr().err.splitlines()[0].startswith("nstar measure: at least ")
    assert nstar(*argv, "chains=32") == 1
    assert "at least" not in capsys.readouterr().err
    # Few states, swept for ever: little memory, much time.
    monkeypatch.setattr(sims.costs.feasible, "PATIENCE", 3600.0)
    slow = [*DSD, "--learner", "posterior", "--metric", "squared", "--reps", "1000", "--n-max", "2000"]
    assert nstar(*slow, "--learner-option", "burn_in=10000", "--learner-option", "chains=1000") == 2
    assert "time: got '" in capsys.readouterr().err


BAD = [
    (["measure", "shortcut", "--model", "mlp"], "--task-option rho_s", "a number, required by task shortcut"),
    (["measure", "digits", "--model", "cnn"], "--task-option rho_s", "required by task digits"),
    (["measure", "image_folder", "--model", "cnn"], "--task-option folder", "required by task image_folder"),
    (["measure", "clustered_shortcut", "--model", "mlp"], "--task-option ratio", "a number"),
    ([*DSD, "--task-option", "colour=red"], "--task-option colour", "the fields of dsd: d, k, sigma, signal"),
    ([*DSD, "--task-option", "k=2"], "--task-option k", "nothing where --k is given"),
    ([*DSD, "--model-option", "depth=2"], "--model-option depth", "activation, bias"),
    (
        ["measure", "dsd", "--model", "mlp", *DSD[4:], "--model-option", "depth=101"],
        "--model-option depth",
        "<= 100",
    ),
    ([*DSD, "--criterion", "luck"], "--criterion", "risk_level"),
    ([*DSD, "--criterion", "core_error"], "TASK", "a task with a shortcut"),
    ([*DSD, "--criterion-option", "test_size=1e9"], "--criterion-option test_size", "<= 10000000"),
    ([*DSD, "--learner-option", "steps=1e9"], "--learner-option steps", "up to 10000000"),
    ([*DSD, "--learner-option", "batch=1000000"], "--learner-option batch", "<= 100000"),
    ([*DSD, "--learner-option", "batch=2.5"], "--learner-option batch", "an integer or null"),
    ([*DSD, "--learner-option", f"steps={'9' * 400}"], "--learner-option steps", "an integer"),
    ([*DSD, "--learner-option", "init_std=1e300"], "--learner-option init_std", "from 1e-30 to 1e+30"),
    ([*DSD, "--learner-option", "init_std=inf"], "--learner-option init_std", "a finite number"),
    (
        [*DSD[:-6], "--d", "3", "--sigma", "0.3", "--model", "mlp", "--model-option", "depth=1e6"],
        "--k",
        "int",
    ),
    ([*DSD, "--learner", "channel_regression", "--model", "lcn"], "--model", "cnn"),
    ([*DSD, "--k", "4", "--model", "resnet"], "--learner-option batch", "batch=64"),
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


def test_an_update_is_named_by_a_word_or_described(capsys):
    short = [*DSD, "--learner-option", "steps=20", "--learner-option", "lr_w=[0.02]"]
    given = ["update=adamw", 'update={"name": "adamw", "decay": 0.5, "warmup": 5}']
    found = [answer(capsys, *short, "--learner-option", one)["config"]["learner"]["update"] for one in given]
    assert [(one["name"], one["decay"], one["warmup"]) for one in found] == [
        ("adamw", 0.01, 0),
        ("adamw", 0.5, 5),
    ]


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ("newton", "--learner-option update: got 'newton'; allowed: adamw"),
        ("2", "--learner-option update: got 2; allowed: adamw, or null"),
        ('{"name": "adamw", "decay": -1}', "--learner-option update.decay: got -1; allowed: a number from 0"),
        ('{"name": "adamw", "clip": 1}', "--learner-option update.clip: got 1; allowed: the fields of adamw"),
    ],
)
def test_a_bad_update_is_refused_in_one_line(capsys, update, said):
    assert said in refused(capsys, *DSD, "--learner-option", f"update={update}")
