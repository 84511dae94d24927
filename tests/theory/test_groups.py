"""Groups: membership, inclusion and the Haar measure, by moments, by the law of entries and by its
definition.
"""

import numpy as np
import pytest
from scipy import stats

from theory.groups import GROUPS, Group, PatchBlocks, equivariance_group, from_patch_blocks, patch_blocks

K, D = 3, 4
CERTAIN = 1e-6
"""Chance that a right sampler fails one comparison."""

SUBGROUPS = {
    "orthogonal": set(GROUPS),
    "patchwise_orthogonal": {
        "patchwise_orthogonal",
        "shared_orthogonal",
        "patchwise_signed_permutations",
        "shared_signed_permutations",
    },
    "shared_orthogonal": {"shared_orthogonal", "shared_signed_permutations"},
    "signed_permutations": {
        "signed_permutations",
        "patchwise_signed_permutations",
        "shared_signed_permutations",
    },
    "patchwise_signed_permutations": {"patchwise_signed_permutations", "shared_signed_permutations"},
    "shared_signed_permutations": {"shared_signed_permutations"},
}

groups = pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)


def draws(group, count, seed=0, k=K, d=D):
    rng = np.random.default_rng(seed)
    return np.stack([group.sample(rng, k, d) for _ in range(count)])


def assert_mean(values, expected):
    """The mean is within the band that a right mean leaves with probability 1e-6 (normal approximation)."""
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    assert abs(np.mean(values) - expected) < stats.norm.isf(CERTAIN / 2) * error + 1e-12


@groups
def test_a_group_holds_its_draws_their_products_and_inverses(group):
    first, second = draws(group, 2)
    for matrix in (first, second, first @ second, first.T, np.eye(K * D)):
        assert group.contains(matrix, K, D)
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(K * D), atol=1e-12)


@groups
@pytest.mark.parametrize("larger", GROUPS.values(), ids=GROUPS)
def test_inclusion_is_the_table_and_what_membership_of_draws_says(group, larger):
    inside = group.name in SUBGROUPS[larger.name]
    assert group.is_subgroup_of(larger) == inside
    rng = np.random.default_rng(1)
    assert [larger.contains(group.sample_generic(rng, K, D), K, D) for _ in range(5)] == [inside] * 5


@groups
@pytest.mark.parametrize("other", GROUPS.values(), ids=GROUPS)
def test_an_intersection_is_the_largest_common_subgroup(group, other):
    common = SUBGROUPS[group.name] & SUBGROUPS[other.name]
    assert SUBGROUPS[group.intersection(other).name] == common


@groups
def test_what_is_nearly_a_member_is_none(group):
    matrix = group.sample(np.random.default_rng(2), K, D)
    assert not group.contains(1.001 * matrix, K, D)
    turned = matrix.copy()
    c, s = np.cos(1e-3), np.sin(1e-3)
    turned[:, [0, D]] = matrix[:, [0, D]] @ np.array([[c, -s], [s, c]])
    assert group.contains(turned, K, D) == (group.name == "orthogonal")
    assert group.contains(turned, K, D, tolerance=0.01)


@groups
def test_traces_have_the_moments_of_haar_measure(group):
    """E tr U = 0, as -U has the law of U. E (tr U)^2 and E tr U^2 are both the number of irreducible real
    parts of the action on R^{kd}: 1 where no subspace is kept, and 2 where one block is common to all
    patches, which keeps the images that are alike in all patches.
    """
    parts = 2 if group.blocks == "common" else 1
    sample = draws(group, 20_000)
    traces = np.trace(sample, axis1=1, axis2=2)
    assert_mean(traces, 0)
    assert_mean(traces**2, parts)
    assert_mean(np.einsum("nij,nji->n", sample, sample), parts)


@pytest.mark.parametrize(("name", "size"), [("orthogonal", K * D), ("patchwise_orthogonal", D)])
def test_entries_of_an_orthogonal_block_have_the_law_of_a_coordinate_on_the_sphere(name, size):
    """An entry of Haar measure on O(N) is a coordinate u of a uniform unit vector: (1 + u)/2 is
    Beta((N-1)/2, (N-1)/2).
    """
    sample = draws(GROUPS[name], 4000, seed=3)
    law = stats.beta((size - 1) / 2, (size - 1) / 2)
    for row, column in ((0, 0), (0, K * D - 1), (K * D - 1, 1)):
        entry = sample[:, row, column]
        entry = entry[entry != 0]
        assert len(entry) >= 1000
        assert stats.kstest((1 + entry) / 2, law.cdf).pvalue > CERTAIN


@pytest.mark.parametrize("name", [name for name, group in GROUPS.items() if group.entries == "signed"])
def test_signed_permutations_are_uniform(name):
    """Every position of the one entry of a row is as likely as any other, and so is its sign."""
    row = draws(GROUPS[name], 12_000, seed=4)[:, 1]
    counts = np.concatenate([(row == 1).sum(axis=0), (row == -1).sum(axis=0)])
    assert stats.chisquare(counts).pvalue > CERTAIN


@groups
def test_the_law_of_draws_does_not_change_under_multiplication(group):
    """V U and U V have the law of U, for a fixed V of the group: compared in three statistics."""
    v = group.sample_generic(np.random.default_rng(5), K, D)
    plain, left, right = (draws(group, 2000, seed=seed) for seed in (6, 7, 8))
    weights = np.random.default_rng(9).standard_normal((3, K * D, K * D))
    for moved in (v @ left, right @ v):
        for weight in weights:
            one, two = np.einsum("nij,ij->n", plain, weight), np.einsum("nij,ij->n", moved, weight)
            assert stats.ks_2samp(one, two).pvalue > CERTAIN


def test_without_the_signs_a_qr_decomposition_would_fail_these_tests():
    rng = np.random.default_rng(10)
    q = np.linalg.qr(rng.standard_normal((20_000, K * D, K * D)))[0]
    traces = np.trace(q, axis1=1, axis2=2)
    assert abs(traces.mean()) > 10 * traces.std() / np.sqrt(len(traces))


@pytest.mark.parametrize("name", ["signed_permutations", "patchwise_signed_permutations"])
def test_a_generic_draw_is_in_no_smaller_group_even_where_many_are(name):
    """At k = d = 2, one draw in three or more falls into a smaller group."""
    group, rng = GROUPS[name], np.random.default_rng(11)
    smaller = [GROUPS[other] for other in SUBGROUPS[name] - {name}]
    plain = [any(g.contains(group.sample(rng, 2, 2), 2, 2) for g in smaller) for _ in range(300)]
    generic = [any(g.contains(group.sample_generic(rng, 2, 2), 2, 2) for g in smaller) for _ in range(300)]
    assert sum(plain) > 30
    assert sum(generic) == 0


def test_patches_and_blocks_of_a_map_act_as_stated():
    rng = np.random.default_rng(12)
    matrix, x = GROUPS["patchwise_orthogonal"].sample(rng, K, D), rng.standard_normal((K, D))
    parts = patch_blocks(matrix, K, D)
    assert parts is not None
    moved = (matrix @ x.reshape(-1)).reshape(K, D)
    for i in range(K):
        np.testing.assert_allclose(moved[parts.destination[i]], parts.blocks[i] @ x[i], atol=1e-12)
    np.testing.assert_allclose(from_patch_blocks(parts), matrix, atol=0)
    assert patch_blocks(GROUPS["orthogonal"].sample(rng, K, D), K, D) is None


def test_an_empty_patch_is_not_taken_for_a_permuted_one():
    blocks = np.stack([np.eye(D)] * K)
    matrix = from_patch_blocks(PatchBlocks(np.arange(K), blocks))
    matrix[:D] = 0
    matrix[:D, D : 2 * D] = np.eye(D)
    assert patch_blocks(matrix, K, D) is None


def test_coordinatewise_optimizers_keep_the_signed_permutations():
    expected = {
        "orthogonal": "signed_permutations",
        "patchwise_orthogonal": "patchwise_signed_permutations",
        "shared_orthogonal": "shared_signed_permutations",
    }
    for model_group, kept in expected.items():
        assert equivariance_group(GROUPS[model_group], coordinatewise=True).name == kept
        assert equivariance_group(GROUPS[model_group], coordinatewise=False).name == model_group


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda g: g.sample(np.random.default_rng(0), 0, 3), "k"),
        (lambda g: g.sample(np.random.default_rng(0), 3, 1.5), "d"),
        (lambda g: g.sample_generic(np.random.default_rng(0), 1, 3), "k"),
        (lambda g: g.sample_generic(np.random.default_rng(0), 3, 1), "d"),
        (lambda g: g.contains(np.eye(5), 2, 3), "matrix"),
        (lambda g: g.contains(np.full((6, 6), np.nan), 2, 3), "matrix"),
        (lambda g: patch_blocks(np.eye(6), 2, 3, tolerance=-1), "tolerance"),
    ],
)
def test_bad_input_is_named(call, argument):
    group: Group = GROUPS["orthogonal"]
    with pytest.raises(ValueError, match=f"^{argument}: "):
        call(group)
