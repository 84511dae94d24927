"""The door to neural-tangents: it opens without TensorFlow, on this JAX, and leads to any of its networks."""

import subprocess
import sys

import jax
import numpy as np
import pytest

from theory.kernels import gram, ntk
from theory.kernels.neural_tangents import StaxKernel, neural_tangents, stax


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def small_net():
    nets = stax()
    return nets.serial(nets.Conv(64, (1,)), nets.Relu(), nets.GlobalAvgPool(), nets.Dense(1))


def images(n: int) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, 3, 2))


def test_import_brings_no_tensorflow_and_leaves_no_stand_in():
    program = (
        "import sys\n"
        "from theory.kernels.neural_tangents import neural_tangents\n"
        "package = neural_tangents()\n"
        "assert package.__version__ == '0.6.5', package.__version__\n"
        "assert 'tensorflow' not in sys.modules and 'tf2jax' not in sys.modules\n"
        "assert 'neural_tangents.experimental' not in sys.modules\n"
        "assert 'jax.util' not in sys.modules or hasattr(sys.modules['jax.util'], '__file__')\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_several_threads_may_open_it_at_once():
    program = (
        "import threading\n"
        "from theory.kernels.neural_tangents import stax\n"
        "start, found = threading.Barrier(8), []\n"
        "def enter():\n"
        "    start.wait()\n"
        "    found.append(stax())\n"
        "threads = [threading.Thread(target=enter) for _ in range(8)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "assert len(found) == 8 and len(set(map(id, found))) == 1, found\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


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


@pytest.mark.filterwarnings("ignore:size requires ndarray:DeprecationWarning")
@pytest.mark.parametrize("implementation", ["JACOBIAN_CONTRACTION", "NTK_VECTOR_PRODUCTS"])
def test_two_of_its_empirical_kernels_work(implementation: str):
    init, apply, _ = small_net()
    x = images(3)
    params = init(jax.random.key(0), x.shape)[1]
    package = neural_tangents()
    chosen = getattr(package.NtkImplementation, implementation)
    found = np.asarray(package.empirical_ntk_fn(apply, implementation=chosen)(x, None, params))
    jacobian = jax.jacobian(lambda p: apply(p, x)[:, 0])(params)
    flat = np.concatenate([np.asarray(leaf).reshape(3, -1) for leaf in jax.tree.leaves(jacobian)], 1)
    assert np.allclose(found, flat @ flat.T, rtol=1e-10)


def test_prediction_of_gradient_flow_works():
    """At time t on one point the mean is (1 - exp(-K t)) y."""
    function = small_net()[2]
    x, y = images(1), np.ones((1, 1))
    predict = neural_tangents().predict.gradient_descent_mse_ensemble(function, x, y)
    value = float(np.asarray(predict(t=1.5, x_test=x, get="ntk"))[0, 0])
    assert value == pytest.approx(1 - np.exp(-1.5 * float(ntk("cnn", x)[0, 0])), rel=1e-10)
