"""Jacot, Gabriel and Hongler 2018: the tangent kernel of a wide net is fixed, at its start and after."""

from functools import partial

from paper_repro.claims.claim import Claim, Paper
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow

PAPER = Paper(
    id="jacot2018",
    authors="Jacot, Gabriel and Hongler 2018",
    title="Neural Tangent Kernel: Convergence and Generalization in Neural Networks",
    source="arXiv 1806.07572",
)

MARGIN = 0.1
"""How far an exponent may be from its prediction: over the 64-fold range of widths, a factor of 1.5."""
_NETS = (
    "Nets with one hidden layer in NTK parametrisation, without biases, on DSD images; the exponent is the "
    "mean over nets of each one's least-squares slope."
)

_converges = partial(Claim, paper=PAPER, experiment="kernel-convergence")
_moves = partial(Claim, paper=PAPER, experiment="kernel-movement", figures=("kernel-movement",))

CLAIMS = (
    _converges(
        id="kernel-converges",
        section="theorem 1, in the abstract's words",
        quote="in the infinite-width limit it converges to an explicit limiting kernel",
        kind="check",
        statement="The tangent kernel of a random FCN, LCN or CNN with pooling tends to that of infinite "
        "width as one over the root of the width.",
        rule=AgreesWithPrediction(quantity="exponent", relative=MARGIN, absolute=True),
        figures=("kernel-convergence",),
        caveat=f"{_NETS} The theorem states the limit; the rate is that of a mean over independent units.",
    ),
    _converges(
        id="kernel-converges-in-operator-norm",
        section="derived",
        kind="check",
        statement="In operator norm it converges at the same rate.",
        rule=AgreesWithPrediction(quantity="operator_exponent", relative=MARGIN, absolute=True),
        caveat=_NETS,
    ),
    _moves(
        id="kernel-stays",
        section="theorem 2, in the abstract's words",
        quote="it stays constant during training",
        kind="theorem",
        statement="The movement of the tangent kernel in training vanishes as the width grows, at least as "
        "one over its root.",
        rule=QuantityBelow(quantity="movement_exponent", bound=-0.5, where={"vary": "width"}),
        caveat=f"{_NETS} A stated number of steps at output scale 16. The theorem states the limit for "
        "smooth activations; that its proof bounds the movement by one over the root was not read.",
    ),
    _moves(
        id="kernel-movement-by-width",
        section="derived",
        kind="question",
        statement="Of a smooth activation the tangent kernel moves as one over the width, not its root.",
        rule=AgreesWithPrediction(
            quantity="movement_exponent",
            where={"vary": "width", "activation": "erf"},
            relative=2 * MARGIN,
            absolute=True,
        ),
        caveat=f"{_NETS} Derived in docs/kernels-finite-width.md; the rate agrees with Dyer and Gur-Ari "
        "2020 (arXiv 1909.11304).",
    ),
    _moves(
        id="kernel-movement-with-kinks",
        section="derived",
        kind="question",
        statement="Where the activation has kinks the movement falls more slowly than one over the width: "
        "LSA has an exponent above -0.9.",
        rule=QuantityAbove(
            quantity="movement_exponent", bound=-0.9, where={"vary": "width", "activation": "lsa"}
        ),
        caveat=f"{_NETS} Units that cross a kink predict -3/4 (derived in docs/kernels-finite-width.md).",
    ),
)
