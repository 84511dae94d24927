"""Settings in words: options of task, model, learner and criterion that reach the cell, or are refused."""

import pytest

from sims.experiments import ProbeSetting, Setting
from sims.experiments.experiment import Experiment
from sims.learners import GradientDescent, Posterior, TwoStep
from sims.models import FCN, LCN, QuadraticFCN
from sims.pieces.errors import InputError
from sims.probes.limits.static_divergence import StaticDivergence
from sims.protocols.criteria import RiskLevel
from sims.tasks import SSD, QuadraticRegression, Textures


def setting(**changes) -> Setting:
    base = {"k": 4, "d": 5, "sigma": 0.1, "model": "lcn", "protocol": "honest", "seeds": (0,)}
    return Setting(**(base | changes))


def refused(option: str, **changes) -> str:
    with pytest.raises(InputError) as caught:
        setting(**changes).cell()
    assert caught.value.option == option
    return caught.value.allowed


# Tasks


def test_further_fields_reach_the_task():
    assert setting(task="ssd", task_options={"patch": 3}).cell().task == SSD(k=4, d=5, sigma=0.1, patch=3)
    task = setting(task="quadratic_regression", k=2, sigma=None, task_options={"form": "interaction"})
    assert task.cell().task == QuadraticRegression(d=5, form="interaction")


def test_an_unknown_field_of_a_task_is_refused_with_those_it_has():
    assert "signal" in refused("patches", task_options={"patches": 3})


@pytest.mark.parametrize(
    ("task", "k", "d", "allowed"),
    [
        ("sign_of_quadratics", 3, 5, "2"),
        ("quadratic_regression", 1, 5, "2"),
    ],
)
def test_a_size_that_the_task_fixes_must_be_that_one(task, k, d, allowed):
    assert refused("k", task=task, k=k, d=d, sigma=None, floor="zero").startswith(allowed)
    assert setting(task=task, k=2, d=d, sigma=None).cell().task.k == 2


def test_textures_have_one_pixel_a_patch():
    cell = setting(task="textures", k=8, d=1, sigma=None, protocol="direct")
    assert cell.cell().task == Textures(k=8)
    assert refused("d", task="textures", k=8, d=2, sigma=None, protocol="direct").startswith("1")


@pytest.mark.parametrize("task", ["dsd", "ssd"])
def test_a_task_with_noise_needs_sigma(task):
    assert "required by task" in refused("sigma", task=task, sigma=None)


@pytest.mark.parametrize("task", ["textures", "sign_of_quadratics", "quadratic_regression"])
def test_a_task_without_noise_refuses_sigma(task):
    assert "no such noise" in refused("sigma", task=task, sigma=0.1)


# Models


def test_further_fields_reach_the_model_and_yield_to_none_of_its_own():
    assert setting(model="fcn", model_options={"width": 3, "bias": "fixed"}).cell().model == FCN(
        width=3, bias="fixed"
    )
    assert setting(bias="fixed").cell().model == LCN(bias="fixed")
    quadratic = setting(task="sign_of_quadratics", k=2, sigma=None, model="quadratic_fcn")
    assert quadratic.cell().model == QuadraticFCN()


def test_an_option_that_a_model_does_not_have_names_the_models_that_do():
    wide = "fcn, mlp, quadratic_fcn, wide_cnn, wide_fcn, wide_lcn"
    assert refused("width", model="cnn", width=3) == f"nothing for model cnn; it is an option of {wide}"
    having = refused("activation", model="linear", activation="relu")
    assert having.startswith("nothing for model linear; it is an option of ")
    assert {"cnn", "fcn", "lcn"} <= set(having.rsplit(" of ")[-1].split(", "))
    refused("colour", model="lcn", model_options={"colour": "red"})


# Learners and criteria


def test_a_learners_fields_replace_those_of_the_protocol():
    plain, changed = (setting(learner=fields).cell().learner for fields in ({}, {"steps": 70}))
    assert isinstance(plain, GradientDescent)
    assert changed.steps == 70
    assert {name for name in vars(plain) if getattr(plain, name) != getattr(changed, name)} == {"steps"}


def test_a_learner_with_a_name_has_its_own_defaults():
    named = setting(learner={"name": "gradient_descent", "steps": 70}).cell().learner
    assert named == GradientDescent(steps=70)
    assert named != setting(learner={"steps": 70}).cell().learner, "the protocol has a patience of its own"
    assert setting(learner={"name": "two_step", "bias_1": 0.3}).cell().learner == TwoStep(bias_1=0.3)
    posterior = setting(protocol="direct", learner={"name": "posterior", "sigma": 0.1})
    assert posterior.cell().learner == Posterior(sigma=0.1)


def test_what_a_learner_does_not_know_is_refused():
    assert "two_step" in refused("learner", learner={"name": "alchemy"})
    assert "steps" in refused("temperature", learner={"temperature": 1.0})
    refused("steps", learner={"steps": 0})


def test_a_list_of_rates_becomes_a_tuple():
    assert setting(learner={"lr_w": [0.1, 0.2]}).cell().learner.lr_w == (0.1, 0.2)


def test_numbers_are_taken_up_to_the_sizes_that_the_refusal_names():
    for edge, beyond in ((1e-30, 9e-31), (1e30, 1.1e30)):
        assert setting(learner={"lr_w": [edge]}).cell().learner.lr_w == (edge,)
        assert "of a size from 1e-30 to 1e+30" in refused("lr_w", learner={"lr_w": [beyond]})


def test_a_criterions_fields_replace_those_of_the_protocol():
    cell = setting(protocol="direct", criterion={"metric": "squared", "tolerance": 0.1}, floor="bayes").cell()
    assert cell.criterion == RiskLevel(metric="squared", tolerance=0.1, floor="bayes")
    assert setting(floor="linear").cell().criterion.floor == "linear"
    # what the criterion itself says wins over the floor beside it
    both = setting(protocol="direct", floor="bayes", criterion={"floor": "zero"}).cell()
    assert both.criterion.floor == "zero"


def test_a_criterion_with_a_name_replaces_the_protocols():
    options = {"name": "risk_level", "metric": "zero_one", "floor": "zero", "tolerance": 0.2}
    assert setting(criterion=options).cell().criterion == RiskLevel(
        metric="zero_one", floor="zero", tolerance=0.2
    )
    # every other field is the criterion's own default, and a floor beside it goes to it too
    assert setting(criterion={"name": "risk_level"}, floor="bayes").cell().criterion == RiskLevel(
        floor="bayes"
    )


def test_options_enter_the_id():
    ids = [
        setting(**changes).cell().id
        for changes in (
            {},
            {"learner": {"steps": 70}},
            {"criterion": {"tolerance": 0.2}},
            {"task_options": {"signal": "ones"}},
            {"model_options": {"bias": "fixed"}},
        )
    ]
    assert len(set(ids)) == len(ids)
    assert setting(learner={}, criterion={}, task_options={}, model_options={}).cell().id == ids[0]
    assert setting(task_options={"signal": "random"}).cell().id == ids[0], "the default, said aloud"


# Probes


def test_a_probe_setting_passes_its_fields_on():
    fields = {"k": 2, "d": 3, "sigma": 0.5, "degrees": 90.0}
    assert ProbeSetting("static_divergence", fields).cell().probe == StaticDivergence(**fields)
    assert ProbeSetting("static_divergence", fields).protocol is None


def test_a_bad_probe_setting_is_refused_by_name():
    fields = {"k": 2, "d": 3, "sigma": 0.5, "degrees": 90.0}
    for option, name, changes in (
        ("probe", "divination", {}),
        ("colour", "static_divergence", {"colour": 1}),
        ("degrees", "static_divergence", {"degrees": 270.0}),
    ):
        with pytest.raises(InputError) as caught:
            ProbeSetting(name, fields | changes).cell()
        assert caught.value.option == option


def test_an_experiment_tells_its_cells_from_its_probes():
    fields = {"k": 2, "d": 3, "sigma": 0.5, "degrees": 90.0}
    mixed = [setting(), ProbeSetting("static_divergence", fields), setting(protocol="lahoti")]
    experiment = Experiment(name="mixed", title="", question="?", make=lambda preset: mixed)
    assert [unit.id for unit in experiment.units("quick")] == [one.cell().id for one in mixed]
    assert [cell.criterion.name for cell in experiment.cells("quick")] == [
        "validation_selection",
        "test_selection",
    ]
    assert [cell.id for cell in experiment.cells("quick", protocol="lahoti")] == [mixed[2].cell().id]
    assert [cell.id for cell in experiment.probes("quick")] == [mixed[1].cell().id]
