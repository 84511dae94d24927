"""Groups of orthogonal maps of an image of k patches with d coordinates, and how to draw from them.

A matrix U (kd, kd) acts on images flattened patch by patch: coordinate c of patch i is entry i d + c. The
groups are told apart by two things. Blocks: U is any matrix on the whole image, or it permutes the patches
and acts on each by a block of its own, or by one common block. Entries: the blocks are orthogonal matrices,
or signed permutation matrices. That makes 2 x 3 groups, ordered by inclusion as the product of both orders.

A training algorithm is equivariant under a group if turning its training set by any U of the group turns
what it learns: the law, over initial weights, of f trained on (U x, y) and taken at U x is that of f trained
on (x, y) and taken at x. Gradient descent with Gaussian initial weights is, under the group in which each
first-layer map <w_j, .> can follow the turn: all of O(kd) for fully connected nets, patchwise blocks for
locally connected ones, one common block for convolutional ones. Coordinatewise optimizers such as Adam keep
of it only the signed permutations (Li, Zhang, Arora 2021, arXiv 2010.08515).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from theory.validation import FloatArray, finite_array, nonnegative_real, positive_integer

TOLERANCE = 1e-9
"""Of membership, entry by entry: float64 rounding of orthogonal matrices up to a few thousand coordinates."""

ENTRIES = ("signed", "orthogonal")
"""Kinds of blocks, the smaller group first."""
BLOCKS = ("common", "own", "whole")
"""Shares of the image that a block acts on, the smaller group first."""


class PatchBlocks(NamedTuple):
    """A map that permutes patches: patch i goes to patch destination[i], through blocks[i].

    destination: (k,) a permutation; blocks: (k, d, d).
    """

    destination: np.ndarray
    blocks: FloatArray


def patch_blocks(matrix: ArrayLike, k: int, d: int, tolerance: float = TOLERANCE) -> PatchBlocks | None:
    """The patches' permutation and blocks, or None if a patch does not go to one patch of its own.

    matrix: (kd, kd). Entries up to `tolerance` count as zero. ValueError for another shape.
    """
    matrix, k, d = _checked(matrix, k, d)
    blocks = matrix.reshape(k, d, k, d).transpose(2, 0, 1, 3)
    used = np.abs(blocks).max(axis=(2, 3)) > nonnegative_real("tolerance", tolerance)
    if not (np.all(used.sum(axis=0) == 1) and np.all(used.sum(axis=1) == 1)):
        return None
    destination = used.argmax(axis=1)
    return PatchBlocks(destination, blocks[np.arange(k), destination])


def from_patch_blocks(parts: PatchBlocks) -> FloatArray:
    """The matrix (kd, kd) of a permutation of patches and their blocks: the inverse of `patch_blocks`."""
    k, d, _ = parts.blocks.shape
    matrix = np.zeros((k, d, k, d))
    matrix[parts.destination, :, np.arange(k), :] = parts.blocks
    return matrix.reshape(k * d, k * d)


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group of orthogonal (kd, kd) matrices, for every k and d.

    name: under which it stands in `GROUPS`; statement: what it holds, in words; entries: "orthogonal" or
    "signed" (a signed permutation matrix has one entry +1 or -1 in every row and column); blocks: "whole",
    "own" or "common".
    """

    name: str
    statement: str
    entries: str
    blocks: str

    def sample(self, rng: np.random.Generator, k: int, d: int) -> FloatArray:
        """One matrix (kd, kd), float64, from the Haar measure: the law that no U of the group changes.

        An orthogonal block is the Q of the QR decomposition of a Gaussian matrix with R's diagonal made
        positive. That decomposition is unique, so Q(V A) = V Q(A), and V A has the law of A: hence Q has the
        law of V Q. Without the signs it depends on the routine and is not Haar (Mezzadri 2007,
        math-ph/0609050). A finite group's Haar measure is uniform. With patches, blocks and permutation are
        independent: a U of the group shifts the permutation by its own and each block by one of its blocks,
        which changes the law of neither.
        """
        k, d = positive_integer("k", k), positive_integer("d", d)
        if self.blocks == "whole":
            return self._block(rng, k * d)
        if self.blocks == "own":
            blocks = np.stack([self._block(rng, d) for _ in range(k)])
        else:
            blocks = np.broadcast_to(self._block(rng, d), (k, d, d))
        return from_patch_blocks(PatchBlocks(rng.permutation(k), blocks))

    def sample_generic(self, rng: np.random.Generator, k: int, d: int) -> FloatArray:
        """A Haar matrix that lies in none of the smaller groups of `GROUPS`, by drawing again.

        A finite group puts weight on its subgroups; a test of this group that drew one of their matrices
        would say nothing about the others. ValueError for k = 1 or d = 1, where groups coincide.
        """
        for name, size in (("k", k), ("d", d)):
            if positive_integer(name, size) == 1:
                raise ValueError(f"{name}: got 1; allowed: an integer >= 2, as groups coincide at {name} = 1")
        smaller = [group for group in GROUPS.values() if group != self and group.is_subgroup_of(self)]
        while True:
            matrix = self.sample(rng, k, d)
            if not any(group.contains(matrix, k, d) for group in smaller):
                return matrix

    def contains(self, matrix: ArrayLike, k: int, d: int, tolerance: float = TOLERANCE) -> bool:
        """Whether `matrix` (kd, kd) is in the group, each entry up to `tolerance`."""
        matrix, k, d = _checked(matrix, k, d)
        if np.abs(matrix @ matrix.T - np.eye(k * d)).max() > tolerance:
            return False
        if self.entries == "signed" and np.abs(np.abs(matrix) - np.rint(np.abs(matrix))).max() > tolerance:
            return False
        if self.blocks == "whole":
            return True
        parts = patch_blocks(matrix, k, d, tolerance)
        if parts is None:
            return False
        return self.blocks == "own" or bool(np.abs(parts.blocks - parts.blocks[0]).max() <= tolerance)

    def is_subgroup_of(self, other: "Group") -> bool:
        """Whether every matrix of this group is in `other`, at all k and d. A group is a subgroup of
        itself.
        """
        finer = ENTRIES.index(self.entries) <= ENTRIES.index(other.entries)
        return finer and BLOCKS.index(self.blocks) <= BLOCKS.index(other.blocks)

    def intersection(self, other: "Group") -> "Group":
        """The group of the matrices in both."""
        entries = min(self.entries, other.entries, key=ENTRIES.index)
        blocks = min(self.blocks, other.blocks, key=BLOCKS.index)
        return next(group for group in GROUPS.values() if (group.entries, group.blocks) == (entries, blocks))

    def _block(self, rng: np.random.Generator, size: int) -> FloatArray:
        if self.entries == "signed":
            matrix = np.zeros((size, size))
            matrix[rng.permutation(size), np.arange(size)] = rng.choice([-1.0, 1.0], size)
            return matrix
        q, r = np.linalg.qr(rng.standard_normal((size, size)))
        return q * np.where(np.diag(r) < 0, -1.0, 1.0)


GROUPS: dict[str, Group] = {
    group.name: group
    for group in (
        Group(
            name="orthogonal",
            statement="all orthogonal matrices, O(kd)",
            entries="orthogonal",
            blocks="whole",
        ),
        Group(
            name="patchwise_orthogonal",
            statement="one orthogonal block a patch, and permutations of patches",
            entries="orthogonal",
            blocks="own",
        ),
        Group(
            name="shared_orthogonal",
            statement="one common orthogonal block, and permutations of patches",
            entries="orthogonal",
            blocks="common",
        ),
        Group(
            name="signed_permutations",
            statement="permutations and signs of all kd coordinates",
            entries="signed",
            blocks="whole",
        ),
        Group(
            name="patchwise_signed_permutations",
            statement="permutations and signs within each patch, and permutations of patches",
            entries="signed",
            blocks="own",
        ),
        Group(
            name="shared_signed_permutations",
            statement="one permutation with signs for all patches, and permutations of patches",
            entries="signed",
            blocks="common",
        ),
    )
}


def equivariance_group(model_group: Group, *, coordinatewise: bool) -> Group:
    """The largest of `GROUPS` under which training is equivariant, from Gaussian initial weights of one
    variance.

    model_group: the group under which the first layer can follow a turn of the image. coordinatewise:
    whether the optimizer treats every weight by itself, as Adam does; its steps then follow only signed
    permutations. Gradient descent, with momentum or with projection of filters, follows all of the model's
    group. Li, Zhang, Arora 2021 (arXiv 2010.08515) for whole images; for patches, derived.
    """
    signed = GROUPS["signed_permutations"]
    return model_group.intersection(signed) if coordinatewise else model_group


def _checked(matrix: ArrayLike, k: int, d: int) -> tuple[FloatArray, int, int]:
    k, d = positive_integer("k", k), positive_integer("d", d)
    matrix = finite_array("matrix", matrix)
    if matrix.shape != (k * d, k * d):
        raise ValueError(f"matrix: got shape {matrix.shape}; allowed: ({k * d}, {k * d}), as k d = {k * d}")
    return matrix, k, d
