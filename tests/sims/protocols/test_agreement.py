"""Labels and outputs of several numbers: what goes together, and how the rest is refused."""

import dataclasses
import json
from typing import ClassVar

import pytest

from sims.cli import add_commands, dispatch
from sims.experiments import EXPERIMENTS, Experiment, Setting
from sims.learners import GradientDescent, ScaledDescent, TwoStep
from sims.machine.pool import Pool
from sims.measuring.evaluate import Evaluator
from sims.models import CNN, DenseCNN, DenseLCN, Linear
from sims.pieces import build
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError
from sims.probes.kernels.trained_kernel import TrainedKernel
from sims.probes.limits.equivariance import Equivariance
from sims.protocols.agreement import require_agreement
from sims.protocols.criteria import RiskLevel, ValidationSelection
from sims.search import Bisection
from sims.tasks import DSD, SignalLocation

PLAIN, DENSE = DSD(k=4, d=3, sigma=0.2), SignalLocation(k=4, d=3, sigma=0.2)
SIZES = {"k": 4, "d": 3, "sigma": 0.2, "seeds": (0,), "protocol": "honest"}


@dataclasses.dataclass(frozen=True)
class Ten:
    name: ClassVar[str] = "ten"

    def output_shape(self, k, d):
        return (10,)


@pytest.mark.parametrize(
    ("task", "model", "learner", "criterion"),
    [
        (PLAIN, CNN(), GradientDescent(), ValidationSelection()),
        (PLAIN, Linear(), TwoStep(), RiskLevel(metric="zero_one")),
        (DENSE, DenseCNN(), GradientDescent(), ValidationSelection()),
        (DENSE, DenseLCN(), ScaledDescent(), RiskLevel(metric="top_one")),
        (DENSE, build("model", {"name": "none"}), GradientDescent(), ValidationSelection()),
    ],
)
def test_what_goes_together_is_taken(task, model, learner, criterion):
    require_agreement(task, model, learner, criterion)


@pytest.mark.parametrize(
    ("task", "model", "learner", "criterion", "words"),
    [
        (DENSE, CNN(), None, None, "model: got 'cnn'; allowed: for labels of 4 numbers dense_cnn, dense_lcn"),
        (
            PLAIN,
            DenseCNN(),
            None,
            None,
            "model: got 'dense_cnn of 4 outputs'; allowed: for labels of one number ",
        ),
        (
            DENSE,
            Ten(),
            None,
            None,
            "model: got 'ten of 10 outputs'; allowed: for labels of 4 numbers dense_cnn",
        ),
        (
            DENSE,
            DenseCNN(),
            TwoStep(),
            None,
            "learner: got 'two_step'; allowed: for labels of 4 numbers cross_validated, estimator, ",
        ),
        (
            DENSE,
            DenseCNN(),
            GradientDescent(augment=build("augmentation", {"name": "permute_patches"})),
            None,
            "augment: got 'permute_patches'; allowed: for labels of 4 numbers none",
        ),
        (
            PLAIN,
            CNN(),
            GradientDescent(),
            RiskLevel(metric="top_one"),
            "metric: got 'top_one'; allowed: for labels of one number squared, zero_one",
        ),
    ],
)
def test_what_does_not_go_together_is_one_line(task, model, learner, criterion, words):
    with pytest.raises(InputError) as caught:
        require_agreement(task, model, learner, criterion)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_a_cell_that_no_setting_made_is_refused_before_anything_is_drawn(monkeypatch):
    monkeypatch.setattr(SignalLocation, "sample", lambda *_, **__: pytest.fail("drawn"))
    cell = Cell(
        task=DENSE,
        model=CNN(),
        learner=GradientDescent(),
        criterion=ValidationSelection(),
        search=Bisection(n_min=5, n_max=50),
        seeds=(0,),
    )
    with Pool(1) as pool, pytest.raises(InputError, match="model: got 'cnn'"):
        Evaluator(cell, pool)


def test_settings_are_refused_where_their_cells_are_made():
    with pytest.raises(InputError, match="model: got 'lcn'"):
        Setting(task="signal_location", model="lcn", **SIZES).cell()
    with pytest.raises(InputError, match="learner: got 'posterior'; allowed: for labels of 4 numbers"):
        Setting(task="signal_location", model="dense_lcn", learner={"name": "posterior"}, **SIZES).cell()
    with pytest.raises(
        InputError, match="reading: got 'kernel_movement'; allowed: for labels of 4 numbers none"
    ):
        Setting(
            task="signal_location", model="dense_lcn", reading={"name": "kernel_movement"}, **SIZES
        ).cell()
    assert Setting(task="signal_location", model="dense_lcn", **SIZES).cell().model == DenseLCN()


MEASURE = ["measure", "signal_location", "--k", "4", "--d", "3", "--sigma", "0.2", "--reps", "1"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--model", "lcn"], "argument --model: got 'lcn'; allowed: for labels of 4 numbers"),
        (["--model", "dense_lcn", "--learner", "posterior"], "argument --learner: got 'posterior'"),
        (
            ["--model", "dense_lcn", "--learner-option", "augment=permute_patches"],
            "argument --learner-option augment: got 'permute_patches'",
        ),
        (
            ["--model", "dense_lcn", "--criterion", "risk_level", "--metric", "zero_one"],
            "argument --metric: got 'zero_one'; allowed: squared, top_one",
        ),
        (
            ["--model", "dense_lcn", "--floor", "bayes", "--criterion", "risk_level"],
            "argument --floor: got 'bayes'; allowed: oracle, linear, ground_truth, zero for metric squared",
        ),
    ],
)
def test_measure_says_it_in_one_line_with_status_2(options, words, capsys):
    assert dispatch([*MEASURE, *options], (add_commands,)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("dry", [["--dry-run"], []])
def test_run_says_it_in_one_line_with_status_2_and_writes_nothing(dry, tmp_path, monkeypatch, capsys):
    def make(preset):
        return [Setting(task="signal_location", model="lcn", **SIZES)]

    experiment = Experiment(name="mixed", title="a", question="b?", make=make)
    monkeypatch.setitem(EXPERIMENTS, "mixed", experiment)
    store = tmp_path / "store"
    line = ["run", "mixed", "--preset", "quick", "--store", str(store), *dry]
    assert dispatch(line, (add_commands,)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "argument --model: got 'lcn'" in err or "model: got 'lcn'" in err
    assert len(err.splitlines()) == 1
    assert not store.exists()


def test_probes_of_dsd_take_no_model_with_several_outputs():
    with pytest.raises(InputError, match="model: got 'dense_cnn'"):
        Equivariance(model="dense_cnn", optimizer="sgd", group="orthogonal")
    with pytest.raises(InputError, match="model: got 'dense_lcn'"):
        TrainedKernel(model="dense_lcn", k=4, d=3, sigma=0.2, n=20)


def test_a_net_is_measured_by_the_top_one_error(capsys):
    line = [*MEASURE, "--model", "dense_cnn", "--criterion", "risk_level", "--metric", "top_one"]
    line += ["--criterion-option", "test_size=300", "--criterion-option", "validation_every=5"]
    assert dispatch([*line, "--n-max", "60", "--tolerance", "0.1", "--json"], (add_commands,)) == 0
    found = json.loads(capsys.readouterr().out)
    assert 0 < found["floor"] < 0.01
    assert found["target"] == pytest.approx(found["floor"] + 0.1)
    assert found["n_star"]["high"] is not None
