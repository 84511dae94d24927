"""How image probes lay their samples out, what they say they take, and the options of the footprint."""

import jax
import numpy as np
import pytest

from sims.cli import add_commands, dispatch
from sims.learners import GradientDescent
from sims.learners.lanes import outputs
from sims.models import ResNet
from sims.pieces import describe
from sims.probes.shortcut import image_bias
from sims.probes.shortcut.image_bias import FootprintBias
from sims.tasks import Footprint
from tests.sims.probes.test_image_bias import ENTROPY, LEARNS, digits_bias

pytestmark = pytest.mark.usefixtures("little_optimisation")


def test_images_judged_a_few_at_a_time_get_the_same_outputs(monkeypatch):
    batch = Footprint(rho_s=0.9, size=16, footprint=4.0).sample(jax.random.key(1), 90)
    model = ResNet(channels=(2,), blocks=1)
    params = model.init(jax.random.key(2), 256, 1, std=1.0, bias=0.0)
    params = jax.tree.map(lambda leaf: leaf[None], params)
    together = image_bias._in_blocks(batch)
    monkeypatch.setattr(image_bias, "TOGETHER", 256 * 20)
    few = image_bias._in_blocks(batch)
    assert (together.block, few.block) == (90, 5)
    assert isinstance(few.x, jax.Array)  # stacked: the program has one copy of the net
    np.testing.assert_allclose(outputs(model, params, few), outputs(model, params, together), atol=1e-5)


def test_the_sets_are_laid_out_as_their_price_has_them(monkeypatch):
    seen = {}

    class Started(Exception):
        pass

    def train(self, model, key, train, monitor, *, stop_below):
        seen.update(model=model, learner=self, train=train, monitor=monitor)
        raise Started

    monkeypatch.setattr(GradientDescent, "train", train)
    monkeypatch.setattr(image_bias, "TOGETHER", 2000)
    probe = digits_bias(epochs=2)
    with pytest.raises(Started):
        probe.measure(ENTROPY)
    told = probe.trainings()
    assert (told.model, told.learner, told.times) == (seen["model"], seen["learner"], probe.seeds)
    for name in ("train", "monitor"):
        samples, layout = seen[name], getattr(told, name)
        assert samples.block == layout.block
        assert (int(samples.n), len(samples.x), samples.patches) == (
            layout.n,
            layout.blocks,
            (layout.k, layout.d),
        )


def test_the_options_of_the_footprint_reach_its_task_and_only_then_its_id():
    plain = FootprintBias(**LEARNS)
    set_ = FootprintBias(**LEARNS, ratio=2.0, ratio_of="side", probe_ratio=1.0)
    assert (set_.task().ratio_of, set_.task().probe_ratio) == ("side", 1.0)
    assert not {"ratio_of", "probe_ratio"} & set(describe(plain))
    assert {"ratio_of", "probe_ratio"} <= set(describe(set_))
    # The sides' ratio 2 is the areas' 4, drawn by the same key.
    areas = FootprintBias(**LEARNS, ratio=4.0).task().sample(jax.random.key(0), 3)
    np.testing.assert_array_equal(set_.task().sample(jax.random.key(0), 3).x, areas.x)


@pytest.mark.parametrize("images", [["footprint"], ["footprint", "--size", "512"]])
def test_large_images_are_announced_with_their_time(images, capsys, monkeypatch):
    class Started(Exception):
        pass

    def measure(*_):
        raise Started

    monkeypatch.setattr(FootprintBias, "measure", measure)
    monkeypatch.setattr("sims.cli.bias.free_memory", lambda: 64e9)
    assert dispatch(["bias", *images, "--rho-s", "0.9"], (add_commands,)) == 1
    announced, *_ = capsys.readouterr().err.splitlines()
    assert announced.startswith("nstar bias: up to ")
    assert " h " in announced


def test_a_net_that_no_memory_holds_is_refused_before_it_is_begun(capsys, monkeypatch):
    monkeypatch.setattr("sims.cli.bias.free_memory", lambda: 4e9)
    assert dispatch(["bias", "footprint", "--rho-s", "0.9"], (add_commands,)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nstar bias: error: memory: got '")


def test_deep_perceptrons_are_announced_and_absurd_ones_refused(capsys):
    place = ["bias", "shortcut", "--rho-s", "0.9", "--ratio", "5"]
    assert (
        dispatch([*place, "--epochs", "100000", "--width", "100000", "--depth", "40"], (add_commands,)) == 2
    )
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nstar bias: error: ")
    assert "100 years" in line or "GB" in line
