"""What the suite asserts as the numbers, tasks and words of papers, at its place in each paper."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paper_repro.claims import CLAIMS, PAPERS, claims_of
from paper_repro.published.reader import PUBLISHED
from sims.experiments import EXPERIMENTS
from sims.experiments.kernels import cyclic_pooling, hierarchical_kernels, overlapping_patches
from sims.experiments.related.local_signal_training import LOCAL_SIGNAL_TRAINING
from sims.probes.related.local_signal_training import LocalSignalTraining
from sims.tables.rows import read_csv
from sims.tasks import LocalSignal, QuadraticRegression, SignOfQuadratics, Textures
from theory.kernels.cyclic_spectrum import published_orders
from theory.kernels.learning_curve import Spectrum
from theory.kernels.overlapping import LaplacianKernel, OverlappingPatchKernel
from theory.kernels.profiles import profile
from theory.kernels.teacher_student import overlapping_exponent
from theory.shortcut.modes import clustered_modes

READ = (
    "cagnetta2023",
    "chizat2019",
    "favero2021",
    "hermann2024",
    "jacot2018",
    "karp2021",
    "li2021",
    "lim2025",
    "misiakiewicz2022",
    "simon2021",
    "wang2023",
)


@pytest.mark.parametrize("paper", READ)
def test_what_stands_under_a_papers_name_has_its_words_or_a_mark(paper):
    for stated in claims_of(PAPERS[paper].id):
        if stated.is_the_papers:
            assert bool(stated.quote) != bool(stated.mark), stated.id
        # A place that was not read holds no words.
        assert not (stated.quote and "not read" in stated.section), stated.id


def test_cagnetta_depth_counts_the_output_layer():
    """Figure 1: depth L + 1 = 4 with L = 3 hidden layers; the code's example has 8 coordinates and binary
    filters, and calls 2 2 a depth-three teacher and 2 2 2 a depth-four student."""
    assert hierarchical_kernels.DEPTHS == (1, 2, 3)
    for hidden, words in ((1, "one"), (2, "two")):
        statement = CLAIMS[f"hierarchical-exponents-depth-{hidden}"].statement
        assert f"{words} hidden layer" in statement
        assert f"(depth {hidden + 1} as the paper counts)" in statement
    fields = [unit.fields for unit in EXPERIMENTS["hierarchical-kernels"].make("paper")]
    assert {(each["patches"] * each["filter_size"], each["filter_size"]) for each in fields} == {(8, 2)}
    assert (
        hierarchical_kernels.SIZES["paper"]["n_max"] == hierarchical_kernels.SIZES["full"]["spectrum"] == 8192
    )


def test_favero_laplacians_have_the_width_of_their_patch():
    """Authors' code: sigma = filter size of teacher and student, 1 for the fully connected kernel."""
    near = np.full((1, 9), 0.3)
    far = near + np.eye(9)[0] / 2
    at_distance = 3 * math.exp(-0.5 / 3) / 9 + 6 / 9
    kernel = OverlappingPatchKernel("local", 3)
    found = kernel.block(kernel.features(jnp.asarray(near)), kernel.features(jnp.asarray(far)))
    assert float(found[0, 0]) == pytest.approx(at_distance, abs=1e-6)
    whole = LaplacianKernel()
    found = whole.block(whole.features(jnp.asarray(near)), whole.features(jnp.asarray(far)))
    assert float(found[0, 0]) == pytest.approx(math.exp(-0.5), abs=1e-6)


def test_favero_exponent_is_a_function_of_the_students_patch_only():
    """Abstract: for t < s, "β is a function of s only and does not depend on the input dimension"; by
    summaries alpha_t/s where alpha_t <= 2 (alpha_s + s), which the constituents run here meet."""
    for s in (3, 4):
        betas = {
            overlapping_exponent(teacher, t, student, s, d)
            for teacher, student in (
                ("local", "local"),
                ("convolutional", "local"),
                ("convolutional", "convolutional"),
            )
            for t in range(1, s)
            for d in (6, 9, 12)
        }
        assert betas == {1 / s}
        edge = 2 * (1.0 + s)
        assert overlapping_exponent("local", 2, "local", s, 9, alpha_t=edge) == edge / s
        assert overlapping_exponent("local", 2, "local", s, 9, alpha_t=edge + 1) == edge / s
        assert edge >= 1.0  # the Laplacian's alpha_t


@pytest.mark.parametrize("preset", ["quick", "paper", "full"])
def test_favero_convolutional_teachers_of_smaller_patches_have_both_students(preset):
    """The paper's figure: convolutional teachers, convolutional and local students, d = 9 unless said."""
    cells = [unit.fields for unit in EXPERIMENTS["overlapping-patches"].make(preset)]
    both = [c for c in cells if c["teacher"] == c["student"] == "convolutional" and c["t"] < c["s"]]
    assert both
    assert {cell["beside"] for cell in both} == {"local"}
    assert overlapping_patches.D == 9
    assert {cell["d"] for cell in both} - {9}


def test_lim_imbalance_gives_the_feature_of_the_heavy_clusters_the_larger_eigenvalue():
    """Abstract: shortcut features are those of larger eigenvalues, by imbalance; they stay by the variance in
    the clusters."""
    ratios = []
    for rho in (0.5, 0.7, 0.95, 0.99):
        first, second = clustered_modes(1.0, 1.0, 0.3, rho)
        ratios.append(first.eigenvalue / second.eigenvalue)
    assert ratios[0] == pytest.approx(1)
    assert ratios == sorted(ratios)
    left = [
        abs(sum(mode.weights for mode in clustered_modes(1.0, 1.0, sigma, 0.95))[0])
        for sigma in (0.01, 0.1, 0.3)
    ]
    assert left[0] == pytest.approx(0, abs=1e-2)
    assert left == sorted(left)


def test_li_theorem_5_2_is_the_task_of_the_sign():
    """h* = sign[sum_{i <= d} x_i^2 - sum_{d < i <= 2d} x_i^2], x ~ N(0, I_2d)."""
    batch = SignOfQuadratics(d=5).sample(jax.random.key(0), 300)
    x = np.asarray(batch.x, float).reshape(300, 10)
    assert np.array_equal(np.asarray(batch.y), np.sign((x[:, :5] ** 2).sum(1) - (x[:, 5:] ** 2).sum(1)))


def test_li_theorem_5_5_bounds_what_was_measured():
    """Uniform on e_i + e_{i+2} (label 1) and e_i + e_{i+1} (-1); an error of 1/4 takes d/10 samples."""
    batch = Textures(k=7).sample(jax.random.key(0), 400)
    lit = np.asarray(batch.x)[:, :, 0] > 0
    gaps = [int(np.min([(b - a) % 7, (a - b) % 7])) for a, b in (np.flatnonzero(row) for row in lit)]
    assert {(gap, float(y)) for gap, y in zip(gaps, batch.y, strict=True)} == {(2, 1.0), (1, -1.0)}
    rows = [row for row in read_csv(PUBLISHED / "paper" / "textures.csv") if row["model"] == "fcn"]
    assert {row["k"] for row in rows} == {8, 16, 32, 64}
    assert all(row["n_low"] >= row["k"] / 10 for row in rows)


def test_wang_and_wu_have_another_task():
    """Lahoti et al., introduction: theirs is a product of two differences of squares, homogeneous of degree
    4; those that are run here are of degree 2, and the claims say so."""
    cells = EXPERIMENTS["quadratics"].cells("paper")
    tasks = {cell.task for cell in cells if isinstance(cell.task, QuadraticRegression)}
    assert tasks
    for task in tasks:
        x = task.sample(jax.random.key(0), 20).x
        assert np.allclose(task.label(2 * x), 4 * task.label(x), rtol=1e-5)
    for stated in claims_of("wang2023"):
        assert stated.kind == "question"
        assert stated.statement.startswith("Stand-in")
        assert "of degree four" in stated.caveat


def test_hermann_claims_are_not_decided_by_the_signed_form():
    """Section 3 prints the absolute one; the signed one was the suite's, before the text was read."""
    for claim in claims_of("hermann2024"):
        assert "signed" not in getattr(claim.rule, "quantity", "")


def test_misiakiewicz_section_3_and_table_1():
    """Section 3: d = 30, q = 10, omega = 5, lambda = 1e-6, h(t) = sum_{i <= 5} 0.2 t^i. Table 1: d^l,
    d^(l-1), d q^(l-1), d q^(l-1)/omega, q^(l-1)."""
    assert cyclic_pooling.TASK == {"d": 30, "patch": 10, "window": 5, "ridge": 1e-6}
    assert profile("polynomial").coefficients == pytest.approx((0, 0.2, 0.2, 0.2, 0.2, 0.2))
    assert published_orders(3, 30, 10, 5) == {
        "fc": 30**3,
        "fc_gp": 30**2,
        "ck": 30 * 10**2,
        "ck_lp": 30 * 10**2 / 5,
        "ck_gp": 10**2,
    }


def test_karp_figure_3_has_the_settings_of_the_released_code():
    """main_paper_experiments.sh, "figure 3": d 10, k 1000, batch 500, 5000 tests, rate 0.1, 10 000 steps;
    synthetic_data_sim.py: sigma = ln k/sqrt k, |w| = 1e-6 at the start, the bias's rate that of w over k."""
    run = LOCAL_SIGNAL_TRAINING["paper"]
    assert {name: run[name] for name in ("k", "d", "batch", "steps")} == {
        "k": 1000,
        "d": 10,
        "batch": 500,
        "steps": 10_000,
    }
    default = {field.name: field.default for field in dataclasses.fields(LocalSignalTraining)}
    assert (default["lr_w"], default["lr_b"], default["init_norm"]) == (0.1, None, 1e-6)
    assert default["test_size"] == 5000
    assert LocalSignal(k=1000, d=10).sigma == pytest.approx(math.log(1000) / math.sqrt(1000))


def test_chizat_theorem_2_2_moves_parameters_as_one_over_the_scale():
    """As restated: sup |w_alpha(t) - w_0| = O(1/alpha) over a fixed horizon."""
    stated = CLAIMS["parameters-move-by-scale"]
    assert (stated.section, stated.mark) == ("theorem 2.2, read as others restate it", "inferred")
    path = PUBLISHED / "paper" / "kernel-movement.csv"
    header = path.read_text().splitlines()[0].split(",")
    place, predicted = header.index("quantity"), header.index("predicted")
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    found = {row[predicted] for row in rows if row[place] == "displacement_exponent" and row[predicted]}
    assert "-1.0" in found


def test_jacot_constant_kernel_is_held_against_the_width():
    """Abstract: "in the infinite-width limit it converges to an explicit limiting kernel" and "it stays
    constant during training": both claims are of widths."""
    assert CLAIMS["kernel-converges"].quote.startswith("in the infinite-width limit")
    assert CLAIMS["kernel-stays"].quote == "it stays constant during training"
    assert CLAIMS["kernel-stays"].rule.where == {"vary": "width"}


def test_simon_learnabilities_are_conserved():
    """Main equations, as summaries print them: n = sum_i L_i + delta/kappa with L_i = lambda_i/(lambda_i +
    kappa)."""
    values, n, ridge = np.array([1.0, 0.5, 0.1, 0.01]), 2.5, 0.05
    found = Spectrum(eigenvalues=values, powers=np.ones(4)).prediction(n, ridge)
    learnt = values / (values + found.effective_ridge)
    assert learnt.sum() + ridge / found.effective_ridge == pytest.approx(n)
