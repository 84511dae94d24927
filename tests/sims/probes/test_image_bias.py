"""Bias of residual nets on images: the numbers of a cell, nets that learn, and ``nstar bias``."""

import itertools
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from PIL import Image

from sims.cli import add_commands, dispatch
from sims.experiments.setting import ProbeSetting
from sims.learners import GradientDescent
from sims.models import ResNet
from sims.pieces.errors import InputError
from sims.probes.shortcut.image_bias import DigitsBias, FootprintBias, ImageFolderBias
from theory.shortcut import optimal_reliance

pytestmark = pytest.mark.usefixtures("little_optimisation")

ENTROPY = 2**90 + 3
CHECKPOINTS = ("final", "best_validation")
FORMS = ("signed", "absolute")
TINY: dict[str, Any] = {
    "size": 8,
    "channels": 2,
    "stages": 1,
    "blocks": 1,
    "rate": 0.02,
    "epochs": 5,
    "batch": 32,
    "train": 128,
    "validation": 128,
    "probes": 128,
    "seeds": 2,
}
"""Sets of one size, and digits in grey alone: all else is compiled anew."""
LEARNS: dict[str, Any] = {
    **TINY,
    "rho_s": 0.9,
    "size": 16,
    "footprint": 4.0,
    "channels": 4,
    "rate": 0.01,
    "epochs": 8,
    "train": 256,
    "validation": 256,
    "probes": 256,
}


def make_folder(root, *, inverted=None):
    """Pictures in the layout of Waterbirds, red where the shortcut is there and green where the core is; in
    the split `inverted` where they are not.
    """
    lines = ["img_filename,y,split,place"]
    for number in range(12):
        split, s, c = number // 4, number // 2 % 2, number % 2
        red, green = (1 - s, 1 - c) if split == inverted else (s, c)
        Image.new("RGB", (8, 8), (255 * red, 255 * green, 0)).save(root / f"{number}.png")
        lines.append(f"{number}.png,{c},{split},{s}")
    (root / "metadata.csv").write_text("\n".join(lines))
    return str(root)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures that tell the truth."""
    return make_folder(tmp_path_factory.mktemp("pictures"))


def quantities(probe, entropy=ENTROPY):
    return {(quantity.name, quantity.at): quantity for quantity in probe.measure(entropy)}


LEARNING_CELL = ProbeSetting("footprint_bias", LEARNS).cell()


@cache
def learnt():
    """The quantities of a small net on discs and squares."""
    return quantities(LEARNING_CELL.probe, LEARNING_CELL.entropy)


def digits_bias(**fields):
    return DigitsBias(**{"rho_s": 0.7, "colour": False, **TINY, **fields})


def test_the_quantities_are_those_that_are_promised():
    seeds = range(LEARNS["seeds"])
    expected = {(f"optimal_{form}", None) for form in FORMS}
    for checkpoint in CHECKPOINTS:
        expected |= {(f"{name}_{checkpoint}", None) for name in ("along_s", "along_c", "accuracy")}
        for form in FORMS:
            expected |= {(f"{name}_{form}_{checkpoint}", None) for name in ("reliance", "bias")}
            expected |= {(f"seed_bias_{form}_{checkpoint}", float(seed)) for seed in seeds}
    assert learnt().keys() == expected


def test_bias_is_reliance_less_that_of_the_optimum_as_a_mean_over_seeds():
    """An error is never less than one probe is worth."""
    found = learnt()
    optimum = optimal_reliance(0.9, 0.9, 0.6)
    for form in FORMS:
        best = getattr(optimum, form)
        assert found[f"optimal_{form}", None].value == best
        for checkpoint in CHECKPOINTS:
            each = [found[f"seed_bias_{form}_{checkpoint}", float(seed)].value for seed in (0, 1)]
            bias = found[f"bias_{form}_{checkpoint}", None]
            assert bias.value == pytest.approx(np.mean(each))
            assert bias.value == pytest.approx(found[f"reliance_{form}_{checkpoint}", None].value - best)
            assert bias.error == pytest.approx(max(np.std(each, ddof=1) / math.sqrt(2), 2 / 256))
            assert bias.predicted is None
    # Seeds differ in samples and start.
    assert found["accuracy_final", None].error > 0
    for checkpoint in CHECKPOINTS:
        parts = [found[f"along_{feature}_{checkpoint}", None].value for feature in "sc"]
        assert found[f"reliance_signed_{checkpoint}", None].value == pytest.approx(parts[0] - parts[1])


def test_a_small_net_learns_to_read_discs_and_squares():
    """Of 512 guesses a share above 0.616 is right with probability below 1e-6 (Hoeffding). The net goes by
    both features: along one that it ignores, 512 probes average to less than 0.232 as surely.
    """
    found = learnt()
    margin = math.sqrt(math.log(1e6) / (2 * 512))
    assert found["accuracy_final", None].value > 0.5 + margin
    assert found["along_s_final", None].value > 2 * margin
    assert found["along_c_final", None].value > 2 * margin
    best = optimal_reliance(0.9, 0.9, 0.6).accuracy
    assert found["accuracy_final", None].value < best + margin


def test_a_cell_says_the_same_again_and_other_entropy_says_something_else():
    probe = digits_bias()
    assert probe.measure(ENTROPY) == probe.measure(ENTROPY)
    assert probe.measure(ENTROPY) != probe.measure(ENTROPY + 2**70)


def test_seeds_have_training_samples_validation_samples_and_a_start_of_their_own(monkeypatch):
    seen, train = [], GradientDescent.train

    def watched(self, model, key, samples, monitor, **options):
        seen.append((jax.random.key_data(key), samples.images(), monitor.images()))
        return train(self, model, key, samples, monitor, **options)

    monkeypatch.setattr(GradientDescent, "train", watched)
    digits_bias(seeds=3).measure(ENTROPY)
    for one, other in itertools.combinations(seen, 2):
        for mine, yours in zip(one, other, strict=True):
            assert np.any(mine != yours)
    for _, samples, monitor in seen:
        assert samples.shape == monitor.shape == (128, 64, 3)
        assert np.any(samples != monitor)
    assert len(seen) == 3


@pytest.mark.parametrize(("epochs", "every"), [(5, 1), (15, 2), (50, 5), (53, 4)])
def test_a_net_trains_for_its_epochs_and_is_looked_at_thirty_times_at_least(epochs, every, monkeypatch):
    """4 steps an epoch; looks divide the steps."""

    class Started(Exception):
        """Carries the learner."""

    def train(self, model, *_, **options):
        assert options == {"stop_below": None}
        raise Started(self, model)

    monkeypatch.setattr(GradientDescent, "train", train)
    probe = digits_bias(epochs=epochs)
    with pytest.raises(Started) as caught:
        probe.measure(ENTROPY)
    learner, model = caught.value.args
    assert model == probe.net()
    assert (learner.optimizer, learner.lr_w, learner.batch) == ("adam", (0.02,), 32)
    assert (learner.steps, learner.eval_every) == (4 * epochs, every)
    assert every == 1 or learner.steps >= 30 * every


@pytest.mark.parametrize("sure", ["shortcut", "core"])
def test_a_net_leans_on_the_attribute_that_tells_the_label(sure, folder):
    """The other one tells nothing. Signed reliance of 256 decisions by chance has a standard deviation of at
    most sqrt(2/256) = 0.088: five of them.
    """
    rhos = {"rho_s": 1.0, "rho_c": 0.5} if sure == "shortcut" else {"rho_s": 0.5, "rho_c": 1.0}
    found = quantities(ImageFolderBias(folder=folder, layout="waterbirds", **TINY, **rhos))
    sign = 1 if sure == "shortcut" else -1
    assert sign * found["reliance_signed_final", None].value > 5 * math.sqrt(2 / 256)
    assert found["optimal_signed", None].value == sign
    assert found["accuracy_final", None].value > 0.5 + math.sqrt(math.log(1e6) / (2 * 256))


@pytest.mark.parametrize(("split", "accurate", "along"), [(1, False, True), (2, True, False)])
def test_accuracy_is_of_the_validation_split_and_reliance_of_the_test_split(split, accurate, along, tmp_path):
    """Pictures that lie turn the one of them alone: shares of 256 decisions, apart from 1/2 by Hoeffding."""
    root = make_folder(tmp_path, inverted=split)
    found = quantities(ImageFolderBias(folder=root, layout="waterbirds", **TINY, rho_s=1.0, rho_c=0.5))
    margin = math.sqrt(math.log(1e6) / (2 * 256))
    assert (1 if accurate else -1) * (found["accuracy_final", None].value - 0.5) > margin
    assert (1 if along else -1) * found["along_s_final", None].value > 2 * margin


def test_accuracy_on_congruent_and_incongruent_probes_is_counted_over_them(folder):
    """Hermann et al. 2024, figure 6: how often the core is read off with and against the shortcut."""
    probe = ImageFolderBias(folder=folder, layout="waterbirds", **TINY, rho_s=0.9, rho_c=0.6)
    run = probe._run(jax.random.key(3))
    z = probe.task().probe_latents(probe.probes)
    with_it = z[:, 0] == z[:, 1]
    for name, chosen in (("congruent", with_it), ("incongruent", ~with_it)):
        counted = np.mean(run.decided[chosen] == z[chosen, 1])
        assert run.numbers[f"accuracy_{name}_final"] == pytest.approx(counted)
    assert run.numbers["accuracy_congruent_final"] > run.numbers["accuracy_incongruent_final"]


def test_nets_double_their_channels_at_every_stage():
    probe = digits_bias(channels=3, stages=4, blocks=2, stem="imagenet")
    assert probe.net() == ResNet(channels=(3, 6, 12, 24), blocks=2, stem="imagenet")


def test_a_cell_on_a_folder_names_attributes_and_data(folder):
    probe = ImageFolderBias(folder=folder, layout="waterbirds", rho_s=0.7, **TINY)
    assert (probe.shortcut, probe.core) == ("place", "y")
    assert probe.digest == probe.task().table().digest
    fields = {"folder": folder, "layout": "waterbirds", "rho_s": 0.7, **TINY}
    named = {**fields, "shortcut": "place", "core": "y", "digest": probe.digest}
    assert (
        ProbeSetting("image_folder_bias", fields).cell().id
        == ProbeSetting("image_folder_bias", named).cell().id
    )
    with pytest.raises(InputError) as caught:
        ImageFolderBias(**{**named, "digest": "1" * 64})
    assert caught.value.option == "digest"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("rho_s", 0.4),
        ("size", 7),
        ("scale", 2),
        ("share", 2.0),
        ("colour", None),
        ("channels", 0),
        ("channels", 2.0),
        ("stages", 0),
        ("stages", True),
        ("blocks", 0),
        ("stem", "large"),
        ("rate", 0.0),
        ("rate", math.inf),
        ("epochs", 0),
        ("batch", 1),
        ("train", 31),
        ("validation", 1),
        ("probes", 6),
        ("probes", 0),
        ("seeds", 1),
        ("seeds", True),
    ],
)
def test_bad_options_are_named(option, value):
    with pytest.raises(InputError) as caught:
        digits_bias(**{option: value})
    assert caught.value.option == option


def test_probes_of_a_rendered_task_come_in_squares_of_even_numbers():
    with pytest.raises(InputError, match=r"^probes: got 12"):
        FootprintBias(**{**LEARNS, "probes": 12})


def test_a_net_that_has_diverged_is_no_result():
    with pytest.raises(FloatingPointError, match="diverged"):
        digits_bias(rate=1e10).measure(ENTROPY)


# --- The command ------------------------------------------------------------------------------------------


def command(task, fields):
    """Its arguments: fields as options, but for colour, which only can be taken away."""
    options = [
        [f"--{name.replace('_', '-')}", str(value)] for name, value in fields.items() if name != "colour"
    ]
    grey = ["--grey"] if fields.get("colour") is False else []
    return ["bias", task, *(word for pair in options for word in pair), *grey]


def run(capsys, *arguments):
    """Status, standard output and the lines of standard error."""
    status = dispatch(arguments, (add_commands,))
    out, err = capsys.readouterr()
    return status, out, err.strip().splitlines()


def fields_of(task, folder):
    """What a small cell of the task is told."""
    if task == "footprint":
        return LEARNS
    own = {"folder": folder, "layout": "waterbirds"} if task == "image_folder" else {"colour": False}
    return {"rho_s": 0.7, **TINY, **own}


@pytest.mark.parametrize("task", ["footprint", "digits", "image_folder"])
def test_the_json_holds_what_the_cell_measures(task, capsys, folder, monkeypatch):
    fields = fields_of(task, folder)
    if task == "footprint":
        # Measured already, and long to train.
        found_before = {LEARNING_CELL.entropy: list(learnt().values())}
        monkeypatch.setattr(FootprintBias, "measure", lambda _, entropy: found_before[entropy])
    status, out, errors = run(capsys, *command(task, fields), "--model", "resnet", "--json")
    assert (status, errors) == (0, [])
    found = json.loads(out)
    assert found["task"] == task
    assert found["rho_s"] == fields["rho_s"]
    assert found["ratio"] == (1.0 if task == "footprint" else None)
    for form in FORMS:
        for checkpoint in CHECKPOINTS:
            bias, reliance = (found[kind][form][checkpoint] for kind in ("bias", "reliance"))
            assert bias["low"] < bias["best"] < bias["high"]
            each = [seed[f"{form}_{checkpoint}"] for seed in found["per_seed"]]
            assert len(each) == 2
            assert bias["best"] == pytest.approx(np.mean(each))
            optimal = found["optimal"][form]
            assert optimal["lda"] is None
            assert bias["best"] == pytest.approx(reliance["best"] - optimal["closed_form"])
    assert found["optimal"]["signed"]["closed_form"] == (0 if task == "footprint" else -1)
    apart = [f"{probes}_{name}" for probes in ("congruent", "incongruent") for name in CHECKPOINTS]
    assert set(found["accuracy"]) == {*CHECKPOINTS, *(apart if task == "image_folder" else ())}
    cell = ProbeSetting(f"{task}_bias", fields).cell()
    assert found["cell"] == cell.id
    assert found["config"] == json.loads(json.dumps(cell.config()))


def test_the_command_says_the_same_again(capsys, folder):
    arguments = [*command("image_folder", fields_of("image_folder", folder)), "--json"]
    (_, first, _), (_, second, _) = run(capsys, *arguments), run(capsys, *arguments)
    assert json.loads(first) | {"seconds": 0} == json.loads(second) | {"seconds": 0}


def test_the_text_says_bias_and_method(capsys, folder):
    status, text, _ = run(capsys, *command("image_folder", fields_of("image_folder", folder)))
    assert status == 0
    assert text.startswith("adam on image_folder, rho_s = 0.7\n")
    assert "bias, signed, best_validation: " in text
    assert "reliance, absolute: the optimum in closed form -1.000" in text
    assert "Student's t" in text


@pytest.mark.parametrize(
    ("task", "options", "name"),
    [
        ("footprint", ["--folder", "x"], "folder"),
        ("footprint", ["--share", "0.5"], "share"),
        ("footprint", ["--grey"], "grey"),
        ("footprint", ["--width", "8"], "width"),
        ("footprint", ["--model", "mlp"], "model"),
        ("footprint", ["--footprint", "3"], "footprint"),
        ("footprint", ["--probes", "6"], "probes"),
        ("digits", ["--ratio", "2"], "ratio"),
        ("digits", ["--sigma-sc", "0.1"], "sigma-sc"),
        ("digits", ["--side", "4"], "side"),
        ("digits", ["--scale", "4"], "scale"),
        ("digits", ["--stem", "large"], "stem"),
        ("image_folder", [], "folder"),
        ("image_folder", ["--folder", "nowhere-at-all"], "layout"),
        ("image_folder", ["--folder", "nowhere-at-all", "--layout", "celeba"], "folder"),
        ("image_folder", ["--layout", "celeba"], "folder"),
        ("shortcut", ["--channels", "2"], "channels"),
        ("shortcut", ["--model", "resnet"], "model"),
        ("digits", ["--seeds", "1"], "seeds"),
    ],
)
def test_options_that_a_task_lacks_or_needs_get_one_line_and_status_two(task, options, name, capsys):
    status, out, errors = run(capsys, "bias", task, "--rho-s", "0.8", *options)
    assert (status, out) == (2, "")
    (line,) = errors
    assert f"argument --{name}: " in line
    assert "allowed" in line


def test_a_picture_that_cannot_be_read_gets_one_line_and_status_one(capsys, folder, tmp_path):
    (tmp_path / "metadata.csv").write_text(Path(folder, "metadata.csv").read_text())
    for number in range(12):
        (tmp_path / f"{number}.png").write_text("no picture")
    status, out, errors = run(capsys, *command("image_folder", fields_of("image_folder", tmp_path)))
    assert (status, out) == (1, "")
    (line,) = errors
    assert ".png" in line
