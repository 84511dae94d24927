"""The door to neural-tangents: it opens without TensorFlow, on this JAX, and leads to any of its networks."""

import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks.neural_tangents_tests import compared, counts, run_file
from theory.kernels import gram, ntk
from theory.kernels.neural_tangents import StaxKernel, neural_tangents, stax
from theory.kernels.neural_tangents_source import EDITS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def small_net():
    nets = stax()
    return nets.serial(nets.Conv(64, (1,)), nets.Relu(), nets.GlobalAvgPool(), nets.Dense(1))


def images(n: int) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, 3, 2))


def run(program: str) -> None:
    """In a process of its own, which has not opened the door, with every warning an error."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_tensorflow_stays_out_and_jax_as_it_was():
    run("""
import sys, types
import jax.extend.core, jax.interpreters.ad, jax.numpy
def names():
    loaded = [(name, module) for name, module in sys.modules.items() if name.startswith("jax")]
    return {(name, key): value for name, module in loaded for key, value in list(vars(module).items())
            if isinstance(value, (type, types.FunctionType))}
def read():
    return dict(jax.config.values), list(sys.meta_path)
before, settings, modules = names(), read(), set(sys.modules)
from theory.kernels.neural_tangents import neural_tangents
package = neural_tangents()
assert package.__version__ == "0.6.5", package.__version__
init, apply, _ = package.stax.serial(package.stax.Dense(3), package.stax.Relu(), package.stax.Dense(1))
params = init(jax.random.key(0), (2, 2))[1]
kernel = package.empirical_ntk_fn(apply, implementation=package.NtkImplementation.STRUCTURED_DERIVATIVES)
kernel(jax.numpy.ones((2, 2)), None, params)
after = names()
assert [key for key, value in before.items() if after.get(key) is not value] == []
new = set(after) - set(before)
assert [key for key in new if key[0] in modules] == []
assert read() == settings
assert not {"tensorflow", "tf2jax", "neural_tangents.experimental", "jax.util"} & set(sys.modules)
import neural_tangents as imported
assert imported is package is neural_tangents()
""")


def test_it_opens_after_an_import_of_the_release_has_failed():
    run("""
import sys
try:
    import neural_tangents._src.utils.rules
except ImportError:
    pass
else:
    raise AssertionError("JAX has its names back: the door is not needed any more")
sys.modules["neural_tangents._src.utils.utils"] = None  # what a failed import may leave
from theory.kernels.neural_tangents import stax
stax().Dense(1)
""")


def test_what_is_not_installed_is_named_with_the_command():
    run("""
import sys
sys.modules["frozendict"] = None
from theory.kernels.neural_tangents import neural_tangents
try:
    neural_tangents()
except ImportError as error:
    assert str(error).startswith("frozendict is not installed; run: pip install"), error
else:
    raise AssertionError
""")


def test_another_version_is_refused(monkeypatch):
    package = neural_tangents()
    monkeypatch.setitem(EDITS, package.__name__, {"a line that 0.6.5 does not have\n": "\n"})
    with pytest.raises(ImportError, match=r"not that of version 0\.6\.5.*run: pip install"):
        package.__spec__.loader.get_code(package.__name__)


def test_several_threads_may_open_it_at_once():
    run("""
import threading
from theory.kernels.neural_tangents import neural_tangents
start, found = threading.Barrier(8), []
def enter():
    start.wait()
    found.append((neural_tangents(), neural_tangents().Kernel))  # its last name: what is found is finished
threads = [threading.Thread(target=enter) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(found) == 8 and len(set(found)) == 1, found
""")


def test_any_network_is_a_kernel():
    x, y = images(9), images(4)
    assert np.allclose(gram(StaxKernel(small_net()[2]), x, y), ntk("cnn", x, y), rtol=1e-10)
    nets = stax()
    deep = nets.serial(nets.Conv(8, (2,)), nets.Gelu(), nets.Flatten(), nets.Dense(1))[2]
    expected = np.asarray(deep(x, y, "nngp"))
    assert np.allclose(gram(StaxKernel(deep, "nngp"), x, y), expected, rtol=1e-12)


def test_kind_is_checked():
    with pytest.raises(ValueError, match=r"^kind: "):
        StaxKernel(small_net()[2], "empirical")


def test_monte_carlo_estimates_the_kernel():
    """Its mean over 200 draws lies within 8 standard errors: a draw is a product of two outputs of a wide
    net, nearly Gaussian, with standard deviation at most sqrt(2) times the largest variance, here taken as 2.
    """
    init, apply, function = small_net()
    x = images(3)
    draws = 200
    estimate = neural_tangents().monte_carlo_kernel_fn(init, apply, jax.random.key(0), draws)
    found, exact = np.asarray(estimate(x, None, "nngp")), np.asarray(function(x, None, "nngp"))
    assert found.shape == (3, 3)
    assert np.max(np.abs(found - exact)) < 8 * 2 * exact.max() / np.sqrt(draws)


def gradients(apply, params, x) -> np.ndarray:
    """A row for each output of each input, of all derivatives by the parameters; shape (n, outputs, all)."""
    jacobian = jax.tree.leaves(jax.jacobian(lambda moved: apply(moved, x))(params))
    outputs = apply(params, x)
    return np.concatenate([np.asarray(leaf).reshape(*outputs.shape, -1) for leaf in jacobian], axis=-1)


def small_cnn():
    nets = stax()
    layers = [nets.Conv(3, (2, 2), padding="SAME"), nets.Relu(), nets.Conv(4, (2, 2)), nets.Gelu()]
    return nets.serial(*layers, nets.AvgPool((2, 2)), nets.Flatten(), nets.Dense(2))


def small_fcn():
    nets = stax()
    branch = nets.serial(nets.Dense(3), nets.Rbf(0.5))
    sums = nets.serial(nets.FanOut(2), nets.parallel(branch, nets.Identity()), nets.FanInConcat())
    return nets.serial(nets.Dense(5, b_std=0.1), nets.Erf(), sums, nets.LayerNorm(), nets.Dense(2))


@pytest.mark.parametrize(
    ("net", "shape", "implementation"),
    [
        (small_cnn, (4, 4, 2), "AUTO"),
        (small_cnn, (4, 4, 2), "JACOBIAN_CONTRACTION"),
        (small_cnn, (4, 4, 2), "NTK_VECTOR_PRODUCTS"),
        (small_cnn, (4, 4, 2), "STRUCTURED_DERIVATIVES"),
        (small_fcn, (3,), "STRUCTURED_DERIVATIVES"),
    ],
)
def test_its_empirical_kernels_are_products_of_gradients(net, shape, implementation):
    init, apply, _ = net()
    rng = np.random.default_rng(0)
    x1, x2 = rng.normal(size=(3, *shape)), rng.normal(size=(2, *shape))
    params = init(jax.random.key(0), x1.shape)[1]
    package = neural_tangents()
    chosen = getattr(package.NtkImplementation, implementation)
    found = package.empirical_ntk_fn(apply, trace_axes=(), implementation=chosen)(x1, x2, params)
    expected = np.einsum("iap,jbp->ijab", gradients(apply, params, x1), gradients(apply, params, x2))
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-12)


# A function that the library has no rule of its own for is differentiated, and it says so.
@pytest.mark.filterwarnings("ignore:No Jacobian rule found for:UserWarning")
def test_structured_derivatives_of_any_function():
    """Slices, gathers, concatenation, a product of parameters, one that is an output, one that is unused, an
    output that is constant, and a compiled function within; compiled as a whole.
    """

    def apply(params, x, **_):
        inner = jax.jit(lambda w: jnp.tanh(x @ w))
        w = jnp.concatenate([params["w"][1:], params["w"][:1]]) / 3
        last = jax.lax.dynamic_slice_in_dim(params["v"] * w[:, 0], 1, 2)
        outputs = [
            inner(w[:, :2]),
            jnp.sin(x[:, :1] * last[None]),
            params["w"][jnp.array([2, 0, 1]), 1][None] + 0 * x,
        ]
        return jnp.concatenate([*outputs, jnp.ones((x.shape[0], 1))], axis=1)

    rng = np.random.default_rng(1)
    params = {name: rng.normal(size=shape) for name, shape in {"w": (3, 3), "v": 3, "unused": 2}.items()}
    x = rng.normal(size=(4, 3))
    package = neural_tangents()
    kernel = package.empirical_ntk_fn(
        apply, trace_axes=(), implementation=package.NtkImplementation.STRUCTURED_DERIVATIVES
    )
    expected = np.einsum("iap,jbp->ijab", *[gradients(apply, params, x)] * 2)
    assert np.allclose(jax.jit(kernel)(x, None, params), expected, rtol=1e-9, atol=1e-12)
    alone = package.empirical_ntk_fn(
        lambda params, x: params, implementation=package.NtkImplementation.STRUCTURED_DERIVATIVES
    )
    assert np.allclose(alone(x, None, params["w"]), np.eye(3))


def test_a_kernel_in_batches_is_the_kernel():
    function = small_net()[2]
    x, y = images(4), images(2)
    batched = neural_tangents().batch(function, batch_size=2)
    assert np.allclose(batched(x, y, "ntk"), ntk("cnn", x, y), rtol=1e-10)


def test_a_linearised_net_moves_along_its_tangent():
    init, apply, _ = small_net()
    x = images(2)
    params, others = (init(jax.random.key(seed), x.shape)[1] for seed in (0, 1))
    found = neural_tangents().linearize(apply, params)(others, x)
    step = jax.tree.map(lambda new, old: new - old, others, params)
    value, change = jax.jvp(lambda moved: apply(moved, x), (params,), (step,))
    assert np.allclose(found, value + change, rtol=1e-10)


def test_prediction_of_gradient_flow_works():
    """At time t on one point the mean is (1 - exp(-K t)) y."""
    function = small_net()[2]
    x, y = images(1), np.ones((1, 1))
    predict = neural_tangents().predict.gradient_descent_mse_ensemble(function, x, y)
    value = float(np.asarray(predict(t=1.5, x_test=x, get="ntk"))[0, 0])
    assert value == pytest.approx(1 - np.exp(-1.5 * float(ntk("cnn", x)[0, 0])), rel=1e-10)


def test_predictions_of_kernels_side_by_side_are_those_one_by_one():
    """Of kernels that are traced, as under `vmap`."""
    kernels = np.stack([np.diag([1.0, 2.0]), [[2.0, 0.5], [0.5, 1.0]]])
    y = np.array([[1.0], [-1.0]])

    def predicted(kernel, t):
        predict = neural_tangents().predict.gradient_descent_mse(kernel, y)
        return predict(t, jax.numpy.zeros((2, 1)), jax.numpy.zeros((2, 1)), kernel)[1]

    for t in (1.5, None):
        together = jax.vmap(lambda kernel, t=t: predicted(kernel, t))(kernels)
        np.testing.assert_allclose(together, [predicted(kernel, t) for kernel in kernels], rtol=1e-6)


def test_the_largest_rate_is_two_over_the_largest_eigenvalue():
    kernel = np.diag([1.0, 4.0, 2.0])
    found = neural_tangents().predict.max_learning_rate(kernel, eps=0.0)
    assert float(found) == pytest.approx(2 * 3 / 4.0)


def test_the_examples_of_the_documentation_run():
    text = (ROOT / "docs" / "kernels.md").read_text(encoding="utf-8")
    section = text.partition("\n## neural-tangents\n")[2]
    examples = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        exec(compile(example, "kernels.md", "exec"), {"x": images(3)})


def test_its_own_tests_pass_through_the_door():
    """As they were run last, by hand; what passes on a JAX of its release is the measure."""
    runs = json.loads((ROOT / "benchmarks/results/neural-tangents-tests.json").read_text(encoding="utf-8"))
    reference = runs.pop("reference")
    assert {name.rpartition(".")[0] for name in runs} >= {"jax 0.10", "jax 0.12.0"}
    for run in runs.values():
        found = compared(run, reference)
        assert found["pass_on_the_reference"] >= 70
        assert found["of_them_here"] >= 0.98 * found["pass_on_the_reference"]


def test_runs_are_compared_by_the_tests_that_they_share():
    reference = {"tests": {"a": "passed", "b": "passed", "c": "failed: 1 != 2", "d": "passed"}}
    run = {"tests": {"a": "passed", "b": "failed: KeyError", "c": "passed"}}
    assert compared(run, reference) == {"pass_on_the_reference": 2, "of_them_here": 1}
    assert counts(run["tests"].values()) == {"passed": 2, "failed": 1, "skipped": 0}


# absl is not locked: this runs where it is found.
@pytest.mark.skipif(importlib.util.find_spec("absl") is None, reason="neural-tangents' tests need absl-py")
def test_a_drawn_few_of_its_own_tests():
    folder = Path(str(importlib.metadata.distribution("neural-tangents").locate_file("tests")))
    found = run_file(folder, "stax/combinators_test.py", reference=False, every=3)
    assert counts(found.values()) == {"passed": 3, "failed": 0, "skipped": 0}, found
