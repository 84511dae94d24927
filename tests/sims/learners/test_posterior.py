"""The posterior learner: its calibration, its limits, and that nothing does better.

Bands: an average of independent runs is held to Student's t at an error probability of 1e-6 a comparison.
"""

import jax
import numpy as np
import pytest
from scipy import stats

import theory.dsd.risks
from sims.learners import GradientDescent
from sims.learners.posterior import Posterior
from sims.learners.sampling.gibbs import PRIORS
from sims.models import CNN, FCN, LCN, Linear
from sims.pieces.errors import InputError
from sims.samples import pack
from sims.tasks import DSD
from sims.tasks.base import Batch
from tests.sims.learners.hidden_signals import ERROR, assert_mean_positive, assert_mean_zero, dsd, planted
from theory.sphere import log_vmf_normaliser

MODEL = {"shared": CNN(), "patchwise": LCN(), "orthogonal": FCN()}


def samples(x, y):
    return pack(Batch(x.astype(np.float32), y.astype(np.float32), {}), capacity=max(len(x), 1))


def trained(prior, train, key=0, monitor=None, **options):
    data = samples(*train)
    learner = Posterior(prior=prior, **options)
    monitor = data if monitor is None else samples(*monitor)
    return learner.train(MODEL[prior], jax.random.key(key), data, monitor, stop_below=None)


@pytest.mark.parametrize("prior", PRIORS)
def test_on_one_patch_the_prediction_is_exact(prior):
    """The patch is then known: f = tanh of half of log Z(|S + x/sigma^2|) / Z(|S - x/sigma^2|)."""
    rng = np.random.default_rng(2)
    sigma, d = 0.5, 5
    draw = dsd(rng, 0, 1, d, sigma)
    (x, y), (images, labels) = draw(7), draw(40)
    x, images = x.astype(np.float32).astype(float), images.astype(np.float32).astype(float)
    s = np.einsum("j,jid->d", y, x) / sigma**2
    a = images[:, 0] / sigma**2
    logs = [log_vmf_normaliser(d, np.linalg.norm(s + sign * a, axis=1)) for sign in (1, -1)]
    result = trained(prior, (x, y), sigma=sigma, monitor=(images, labels), chains=4)
    f = result.outputs(samples(images, labels))
    np.testing.assert_allclose(f, np.tanh(0.5 * (logs[0] - logs[1])), atol=1e-6)
    assert result.selected["disagreement"] < 1e-20
    assert result.squared_error(samples(images, labels)) == pytest.approx(np.mean((f - labels) ** 2))
    assert result.risk == pytest.approx(np.mean((f - labels) ** 2))


@pytest.mark.parametrize("prior", PRIORS)
def test_disagreement_tells_of_too_few_states(prior):
    """A quarter of it, the excess risk, falls with the number of states and is seen when the monitor set is
    the training set, whose labels are known.
    """
    rng = np.random.default_rng(15)
    train = dsd(rng, 0, 4, 4, 0.5)(10)
    few, many = (
        np.mean(
            [trained(prior, train, key=key, sigma=0.5, chains=c).selected["disagreement"] for key in range(8)]
        )
        for c in (4, 128)
    )
    assert few > 1e-3
    assert many < few / 8


@pytest.mark.parametrize("prior", PRIORS)
def test_prediction_is_calibrated_on_dsd(prior):
    """E (y - f) f = 0 for a posterior mean. DSD has one signal in all patches, which only the shared prior
    assumes: for the others it holds because their predictors are equivariant.
    """
    rng = np.random.default_rng(5)
    k, d, n, sigma = 3, 3, 6, 0.45
    slack, risk, size = [], [], []
    for seed in range(150):
        draw = dsd(rng, 0, k, d, sigma)
        x, y = draw(300)
        f = trained(prior, draw(n), key=seed, sigma=sigma, chains=64, monitor=(x[:1], y[:1])).outputs(
            samples(x, y)
        )
        slack.append(np.mean((y - f) * f))
        risk.append(np.mean((y - f) ** 2))
        size.append(np.mean(f**2))
    assert 0.05 < np.mean(size) < 0.8  # neither silent nor certain
    assert_mean_zero(slack)
    assert_mean_zero(np.add(risk, size) - 1)


def test_priors_that_know_more_have_less_risk():
    rng = np.random.default_rng(6)
    k, d, n, sigma = 4, 6, 8, 0.45
    risks = []
    for seed in range(60):
        draw = dsd(rng, 0, k, d, sigma)
        train, (x, y) = draw(n), draw(400)
        risks.append([trained(p, train, key=seed, sigma=sigma, monitor=(x, y)).risk for p in PRIORS])
    shared, patchwise, orthogonal = np.asarray(risks).T
    assert_mean_positive(patchwise - shared)
    assert_mean_positive(orthogonal - patchwise)


def test_plug_in_estimates_and_trained_nets_do_no_better():
    """Mean risk over signals: the mean of y x plugged into the predictor for a known signal, and a CNN that
    was stopped at its lowest test loss, an advantage that the posterior does without.
    """
    rng = np.random.default_rng(7)
    k, d, n, sigma = 4, 8, 8, 0.3
    descent = GradientDescent(steps=400, lr_w=(0.1,), lr_b=(0.01,))
    plug_in, net = [], []
    for seed in range(30):
        draw = dsd(rng, 0, k, d, sigma)
        (x, y), (images, labels) = draw(n), draw(1000)
        best = trained("shared", (x, y), key=seed, sigma=sigma, monitor=(images, labels)).risk
        w = np.einsum("j,jid->d", y, x)
        f = theory.dsd.risks.bayes_posterior_mean(images, w / np.linalg.norm(w), sigma)
        plug_in.append(np.mean((f - labels) ** 2) - best)
        data, test = samples(x, y), samples(images, labels)
        net.append(descent.train(CNN(), jax.random.key(seed), data, test, stop_below=None).risk - best)
    assert_mean_positive(plug_in)
    assert_mean_positive(net)


@pytest.mark.parametrize(("prior", "few", "many"), [("shared", 50, 800), ("patchwise", 100, 1600)])
def test_with_many_samples_it_becomes_the_predictor_that_knows_the_signal(prior, few, many):
    """E (f - f*)^2 falls as 1/n: by 16 from n to 16 n, and 8 is asked of single draws."""
    rng = np.random.default_rng(8)
    k, d, sigma = 4, 4, 0.4
    w = np.eye(d)[0]
    rows = np.kron(np.eye(k), w)
    images, labels = planted(rng, rows, 4000, k, d, sigma)
    known = theory.dsd.risks.bayes_posterior_mean(images, w, sigma)
    excess = []
    for n in (few, many):
        result = trained(prior, planted(rng, rows, n, k, d, sigma), sigma=sigma)
        f = result.outputs(samples(images, labels))
        excess.append(np.mean((f - known) ** 2))
    assert excess[1] < excess[0] / 8
    spread = np.sqrt(np.var((f - labels) ** 2) / len(labels))
    band = stats.norm.isf(ERROR / 2) * spread
    assert abs(np.mean((f - labels) ** 2) - theory.dsd.risks.bayes_risk(k, sigma).squared - excess[1]) < band


def test_without_a_shared_signal_its_risk_at_small_noise_is_the_share_of_unseen_patches():
    """There y cannot be told from the sign of the signal, and everywhere else all is known."""
    rng = np.random.default_rng(13)
    k, d, sigma, n = 8, 3, 0.02, 12
    rows = np.kron(np.eye(k), np.eye(d)[0])
    x, y = planted(rng, rows, n, k, d, sigma)
    unseen = set(range(k)) - set(np.argmax(np.sum(x**2, axis=2), axis=1).tolist())
    images, labels = planted(rng, rows, 300, k, d, sigma)
    patch = np.argmax(np.sum(images**2, axis=2), axis=1)
    expected = np.where(np.isin(patch, list(unseen)), 0.0, labels)
    assert 0 < np.mean(expected == 0) < 1
    result = trained("patchwise", (x, y), sigma=sigma)
    np.testing.assert_allclose(result.outputs(samples(images, labels)), expected, atol=1e-5)


@pytest.mark.parametrize("prior", PRIORS)
def test_prediction_turns_with_the_images(prior):
    """Under its own group: training set and images turned alike give the same law of y."""
    rng = np.random.default_rng(10)
    k, d, sigma = 3, 4, 0.4
    draw = dsd(rng, 0, k, d, sigma)
    (x, y), (images, labels) = draw(8), draw(30)
    blocks = {"shared": 1, "patchwise": k, "orthogonal": 0}[prior]
    if blocks:
        turns = [np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(blocks)]
        matrix = np.zeros((k * d, k * d))
        for i in range(k):
            matrix[i * d : (i + 1) * d, i * d : (i + 1) * d] = turns[i % blocks]
    else:
        matrix = np.linalg.qr(rng.standard_normal((k * d, k * d)))[0]

    def turn(a):
        return (a.reshape(len(a), -1) @ matrix.T).reshape(a.shape)

    differences = []
    for seed in range(16):
        plain = trained(prior, (x, y), key=seed, sigma=sigma, chains=200)
        turned = trained(prior, (turn(x), y), key=100 + seed, sigma=sigma, chains=200)
        f = plain.outputs(samples(images, labels))
        differences.append(f - turned.outputs(samples(turn(images), labels)))
    assert_mean_zero(differences)


def test_model_names_the_prior_and_the_key_the_draws(getkey):
    task = DSD(k=3, d=4, sigma=0.3)
    batch = task.sample(getkey(), 12)
    data = samples(np.asarray(batch.x), np.asarray(batch.y))
    learner, key = Posterior(sigma=0.3, chains=4), getkey()
    for prior, model in MODEL.items():
        one, two = (learner.train(model, key, data, data, stop_below=None) for _ in range(2))
        assert one.selected["prior"] == prior
        np.testing.assert_array_equal(one.outputs(data), two.outputs(data))
    named = Posterior(sigma=0.3, chains=4, prior="patchwise").train(
        Linear(), key, data, data, stop_below=None
    )
    assert named.selected["prior"] == "patchwise"
    with pytest.raises(InputError, match=r"^model: "):
        learner.train(Linear(), key, data, data, stop_below=None)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"sigma": 0.0}, "sigma"),
        ({"sigma": float("nan")}, "sigma"),
        ({"prior": "spherical"}, "prior"),
        ({"chains": 1}, "chains"),
        ({"burn_in": -1}, "burn_in"),
        ({"sweeps": 0}, "sweeps"),
    ],
)
def test_bad_options_are_named(options, name):
    with pytest.raises(InputError, match=f"^{name}: "):
        Posterior(**{"sigma": 0.1, **options})


def test_what_the_sampler_cannot_do_is_an_error():
    rng = np.random.default_rng(12)
    x, y = dsd(rng, 0, 3, 1, 0.3)(5)
    with pytest.raises(InputError, match=r"^d: "):
        trained("orthogonal", (x, y), sigma=0.3)
    with pytest.raises(InputError, match=r"^n: "):
        trained("shared", (x[:0], y[:0]), sigma=0.3)
