"""Nets of a user's own as models: they train as ours do, and what is no net is refused beforehand."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nstar
from sims.learners import GradientDescent
from sims.learners.lanes import squared_error
from sims.models import MLP, Linear
from sims.models.base import apply
from sims.models.own_module import RATES, module
from sims.pieces import build, describe
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.tasks import DSD

TASK = DSD(k=3, d=4, sigma=0.15)


class Product:
    """The linear model, with its draws."""

    def init(self, key, x):
        return {"w": jax.random.normal(key, x.shape)}

    def apply(self, params, x):
        return jnp.vdot(params["w"], x)


@jax.tree_util.register_pytree_node_class
class Layer:
    """A net that is a pytree, with a leaf that is no array, as one of equinox."""

    def __init__(self, w, phi):
        self.w, self.phi = w, phi

    def tree_flatten(self):
        return (self.w, self.phi), None

    @classmethod
    def tree_unflatten(cls, _, leaves):
        return cls(*leaves)

    def __call__(self, x):
        return self.phi(self.w @ x.ravel()).sum(keepdims=True)


def layer(k, d, width=2, *, key):
    return Layer(jax.random.normal(key, (width, k * d)), jnp.tanh)


def trained(model, **fields):
    batch = TASK.sample(jax.random.key(0), 60)
    samples = pack(batch, capacity=60)
    learner = GradientDescent(steps=100, init_std=0.1, **fields)
    return learner.train(model, jax.random.key(1), samples, samples, stop_below=None), samples


def test_nine_lanes_of_a_net_take_the_path_of_the_same_net_as_a_piece():
    (own, samples), (ours, _) = (trained(model, lr_w=RATES) for model in (module(Product), Linear()))
    assert own.trainings == 9
    assert own.selected["lr_w"] == ours.selected["lr_w"]
    assert own.risk == pytest.approx(ours.risk, rel=1e-5)
    np.testing.assert_allclose(own.params[".w"], ours.params["w"], rtol=1e-4, atol=1e-6)
    assert float(squared_error(module(Product), own.params, samples)[0]) == pytest.approx(own.risk, rel=1e-5)


def test_a_pytree_made_of_a_key_is_a_net_whose_other_leaves_stay():
    model = module(functools.partial(layer, width=5))
    params = model.init(jax.random.key(3), 3, 4, std=2.0, bias=0.0)
    assert {role: leaf.shape for role, leaf in params.items()} == {"b": (), ".0": (5, 12)}
    x = jax.random.normal(jax.random.key(4), (6, 3, 4))
    expected = jnp.tanh(x.reshape(6, 12) @ params[".0"].T).sum(1)
    np.testing.assert_allclose(apply(model, params, x), expected, rtol=1e-5)
    np.testing.assert_allclose(params[".0"], 2 * jax.random.normal(jax.random.key(3), (5, 12)))


def test_its_description_makes_it_again_and_another_code_is_another():
    model = module(functools.partial(layer, width=5))
    assert build("model", describe(model)) == model
    assert len({model, module(layer), module(Product)}) == 3
    assert model.recipe(TASK)["init_std"] == 1


def test_it_is_measured_and_swept_by_its_name():
    found = nstar.sweep(TASK, [nstar.module(Product), "linear"], n_max=20, seeds=1, progress=False)
    assert [cell["series"] for cell in found.cells] == ["Product", "linear"]
    assert not found.failed


def _no_key(width):
    return width


def _whole_numbers(key):
    return Layer(jnp.arange(12).reshape(1, 12), jnp.tanh)


def _raising(key):
    raise ValueError("two\nlines")


def _not_finite(key):
    return Layer(jnp.full((1, 12), jnp.nan), jnp.tanh)


def _a_matrix(key):
    return Layer(jnp.ones((2, 12)), lambda z: jnp.ones((2, 2, 1)))


def _no_parameters(key):
    return Layer(np.ones((1, 12)), jnp.tanh)


def _other_sizes(key):
    return Layer(jnp.ones((1, 5)), jnp.tanh)


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (_no_key, "it has no parameter key"),
        (3, "a class or a function that makes a net of a key"),
        (_whole_numbers, "arrays of jax are parameters, float32"),
        (_raising, "what makes a net .*two"),
        (_not_finite, "finite at its start"),
        (_a_matrix, r"an output \(1, 1, 1\)"),
        (_no_parameters, "a net with parameters"),
        (_other_sizes, r"what takes one image \(3, 4\)"),
    ],
)
def test_what_is_no_net_is_refused_in_one_line_and_nothing_is_written(thing, words, tmp_path):
    with pytest.raises(InputError, match=words) as caught:
        nstar.sweep(TASK, nstar.module(thing), store=tmp_path / "store", seeds=1, progress=False)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "store").exists()


def test_a_projection_asks_for_filters():
    with pytest.raises(InputError, match="project"):
        trained(module(Product), project=True)
    assert trained(MLP(width=3), project=True)[0].risk < 1.5


def test_a_file_s_net_is_measured_by_the_command(tmp_path, monkeypatch, capsys):
    from paper_repro.cli import main
    from sims.pieces import outside

    monkeypatch.setattr(outside, "_loaded", {})
    monkeypatch.setenv(outside.VARIABLE, "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_net.py").write_text(
        "import jax, jax.numpy as jnp\n\n\nclass Net:\n    def init(self, key, x):\n"
        "        return jax.random.normal(key, x.shape) / 10\n"
        "    def apply(self, params, x):\n        return jnp.vdot(params, x)\n"
    )
    sizes = ["--k", "2", "--d", "3", "--sigma", "0.1", "--n-max", "10", "--reps", "1"]
    assert main(["measure", "dsd", "--model", "own_net.py:Net", *sizes]) == 0
    assert capsys.readouterr().out.startswith("own_net:Net on dsd, k = 2")
    assert main(["measure", "dsd", "--model", "own_net.py:Nobody", *sizes]) == 2
    assert main(["measure", "dsd", "--model", "nowhere.py:Net", *sizes]) == 2
    assert capsys.readouterr().err.count("\n") == 2
