"""Li, Zhang and Arora 2021: two tasks that tell convolutional from fully connected nets."""

from paper_repro.claims.claim import Claim, Paper
from paper_repro.rules.base import Rule
from paper_repro.rules.exponents import ExponentAbove, ExponentBelow

PAPER = Paper(
    id="li2021",
    authors="Li, Zhang and Arora 2021",
    title="Why Are Convolutional Nets More Sample-Efficient than Fully-Connected Nets?",
    source="arXiv 2010.08515",
)

_SIGN = {"task": "sign_of_quadratics"}
_READ = (
    "Theorem numbers are those of the version under review at ICLR 2021. The theorems bound a class of "
    "algorithms; gradient descent as trained here is one of it."
)


def _claim(
    id: str, section: str, statement: str, rule: Rule, experiment: str, protocol: str = "direct"
) -> Claim:
    return Claim(
        paper=PAPER,
        id=id,
        section=section,
        kind="theorem",
        statement=statement,
        rule=rule,
        experiment=experiment,
        protocol=protocol,
        figures=("related-tasks",),
        caveat=_READ,
    )


CLAIMS = (
    _claim(
        "quadratic-sign-fcn",
        "theorem 5.2",
        "Sign of a difference of quadratic forms: an orthogonally equivariant algorithm needs Omega(d^2).",
        ExponentAbove(model="quadratic_fcn", variable="d", value=2.0, margin=0.25, where=_SIGN),
        "quadratics",
        "honest",
    ),
    _claim(
        "quadratic-sign-cnn",
        "theorem 5.2",
        "Sign of a difference of quadratic forms: a CNN needs O(1) samples.",
        ExponentBelow(model="quadratic_cnn", variable="d", value=0.0, margin=0.25, where=_SIGN),
        "quadratics",
        "honest",
    ),
    *(
        _claim(
            f"textures-fcn-{optimizer}",
            "theorem 5.5",
            "Two textures: an algorithm equivariant under permutations needs samples in proportion to the "
            f"pixels, {words}.",
            ExponentAbove(
                model="fcn",
                variable="k",
                value=1.0,
                margin=0.25,
                where={"task": "textures", "optimizer": optimizer},
            ),
            "textures",
        )
        for optimizer, words in (("adam", "Adam included"), ("momentum", "gradient descent with momentum"))
    ),
    _claim(
        "textures-cnn",
        "theorem 5.5",
        "Two textures: a pooled CNN needs a number of samples that does not grow with the pixels.",
        ExponentBelow(model="pooled_cnn", variable="k", value=0.0, margin=0.25, where={"task": "textures"}),
        "textures",
    ),
)
