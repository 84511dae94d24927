"""Li, Zhang and Arora 2021: two tasks that tell convolutional from fully connected nets."""

from functools import partial

from paper_repro.claims.claim import Claim, Paper
from paper_repro.rules.exponents import ExponentAbove, ExponentBelow

PAPER = Paper(
    id="li2021",
    authors="Li, Zhang and Arora 2021",
    title="Why Are Convolutional Nets More Sample-Efficient than Fully-Connected Nets?",
    source="arXiv 2010.08515",
)

_SIGN = {"task": "sign_of_quadratics"}
_READ = (
    "Theorem numbers and words are those of the version under review at ICLR 2021; the task is the theorem's "
    "own. The theorems bound a class of algorithms, of which gradient descent as trained here is one, and "
    "empirical risk minimisation over two-layer convolutional nets, for which descent stands."
)
_theorem = partial(Claim, paper=PAPER, kind="theorem", figures=("related-tasks",))
_signs = partial(_theorem, experiment="quadratics", protocol="honest")
_textures = partial(_theorem, section="theorem 5.5", experiment="textures", protocol="direct")

CLAIMS = (
    _signs(
        "quadratic-sign-cnn",
        "Sign of a difference of quadratic forms: a CNN needs O(1) samples.",
        ExponentBelow(model="quadratic_cnn", variable="d", value=0.0, margin=0.25, where=_SIGN),
        section="theorem 5.2, in the words of section 6",
        quote="On the same task, O(1) samples suffice for convolutional architectures",
        caveat=_READ,
    ),
    *(
        _textures(
            f"textures-fcn-{optimizer}",
            "Two textures: an algorithm equivariant under permutations needs samples in proportion to the "
            f"pixels, {words}.",
            ExponentAbove(
                model="fcn",
                variable="k",
                value=1.0,
                margin=0.25,
                where={"task": "textures", "optimizer": optimizer},
            ),
            quote="any permutation equivariant algorithm A, N(A, P, 1/8, 1/8) ≥ N*(A, P, 1/4) ≥ d/10",
            caveat=f"{_READ} The theorem bounds the samples for an error of 1/4; here the target is 0.1.",
        )
        for optimizer, words in (("adam", "Adam included"), ("momentum", "gradient descent with momentum"))
    ),
    _textures(
        "textures-cnn",
        "Two textures: a pooled CNN needs a number of samples that does not grow with the pixels.",
        ExponentBelow(model="pooled_cnn", variable="k", value=0.0, margin=0.25, where={"task": "textures"}),
        quote="N(ERM_CNN, P, 0, δ) ≤ log_2(1/δ) + 2",
        caveat=_READ,
    ),
)
