"""Misiakiewicz and Mei 2022: patches and pooling in kernel regression on cyclic local polynomials."""

from paper_repro.claims.claim import Claim, Kind, Paper
from paper_repro.rules.base import Rule
from paper_repro.rules.order import QuantityOrder
from paper_repro.rules.predictions import AgreesWithPrediction
from paper_repro.rules.quantities import QuantityAbove, QuantityBelow

PAPER = Paper(
    id="misiakiewicz2022",
    authors="Misiakiewicz and Mei 2022",
    title="Learning with convolution and pooling operations in kernel methods",
    source="arXiv 2111.08308",
)

_HALF = (
    "What a kernel needs is read as the n at which its test error is half of the variance; the paper says "
    "vanishing test error, and shows curves without numbers. Its words are those of a version under review."
)
_ORDER = {"quantity": "n_half", "by": "kernel", "where": {"frequency": "low"}}
_POOLED = ("fc_gp", "ck_gp")


def _claim(
    id: str,
    section: str,
    kind: Kind,
    statement: str,
    rule: Rule,
    caveat: str,
    quote: str = "",
    contradicts: str | None = None,
) -> Claim:
    return Claim(
        paper=PAPER,
        id=id,
        section=section,
        quote=quote,
        mark="inferred" if kind in ("reported", "theorem") and not quote else None,
        kind=kind,
        statement=statement,
        rule=rule,
        experiment="cyclic-pooling",
        figures=("cyclic-pooling",),
        contradicts=contradicts,
        caveat=caveat,
    )


CLAIMS = (
    _claim(
        "cyclic-order-text",
        "section 3, text",
        "reported",
        "To fit the low-frequency cubic polynomial the five kernels need samples in the order CK-GP < "
        "CK-LP < CK < FC-GP < FC.",
        QuantityOrder(order=("ck_gp", "ck_lp", "ck", "fc_gp", "fc"), **_ORDER),
        f"{_HALF} The sentence goes on with thresholds in the order q^2 < dq^2/w < d^2 < dq^2 < d^3, in "
        "which CK and FC-GP have changed places.",
        quote="ordered as H_GP^CK < H_ω^CK < H^CK < H_GP^FC < H^FC",
        contradicts="cyclic-order-table",
    ),
    _claim(
        "cyclic-order-table",
        "table 1",
        "theorem",
        "To fit the low-frequency cubic polynomial the five kernels need samples in the order of q^2, "
        "dq^2/w, d^2, dq^2, d^3: CK-GP < CK-LP < FC-GP < CK < FC.",
        QuantityOrder(order=("ck_gp", "ck_lp", "fc_gp", "ck", "fc"), **_ORDER),
        f"{_HALF} The table holds asymptotically and up to constants; that it orders the kernels at d = 30, "
        "q = 10, w = 5 is the suite's reading. For local pooling the paper proves it for windows that do not "
        "overlap.",
        quote="Sample size n required to fit a q-local cyclic-invariant polynomial of degree ℓ",
        contradicts="cyclic-order-text",
    ),
    _claim(
        "cyclic-one-constant-above",
        "table 1",
        "question",
        "One constant serves all five kernels: each needs more than 0.15 times the order that the table "
        "names.",
        QuantityAbove(quantity="half_over_order", bound=0.15),
        f"{_HALF} The bounds are the suite's, 0.2 less and more a quarter, from the spectrum's prediction.",
    ),
    _claim(
        "cyclic-one-constant-below",
        "table 1",
        "question",
        "One constant serves all five kernels: each needs less than 0.25 times the order that the table "
        "names.",
        QuantityBelow(quantity="half_over_order", bound=0.25),
        f"{_HALF} The bounds are the suite's, 0.2 less and more a quarter, from the spectrum's prediction.",
    ),
    _claim(
        "cyclic-high-frequency-pooled",
        "section 3, text",
        "reported",
        "Kernels with global pooling do not fit the high-frequency polynomial at all.",
        QuantityAbove(quantity="test_error", bound=0.95, where={"frequency": "high", "kernel": _POOLED}),
        "The paper has a test error greater than or equal to 1; to hold the mean of finite test sets above "
        "0.95 is the suite's.",
        quote="do not fit f_HF,3 at all (test error greater than or equal to 1)",
    ),
    _claim(
        "cyclic-high-frequency-local",
        "section 3, text",
        "reported",
        "Local pooling makes the high-frequency polynomial harder to fit than no pooling does.",
        QuantityOrder(quantity="n_half", by="kernel", order=("ck", "ck_lp"), where={"frequency": "high"}),
        f"{_HALF} The paper says that CK-LP does worse on the high frequency than on the low one, and that "
        "CK does the same on both.",
    ),
    _claim(
        "cyclic-half-predicted",
        "proposition 2",
        "check",
        "The exact spectrum and the theory of ridge regression predict the n at half of the variance within "
        "10 %.",
        AgreesWithPrediction(
            quantity="n_half", where={"kernel": ("fc", "fc_gp", "ck", "ck_lp")}, relative=0.1
        ),
        "CK-GP is left out, which learns fewer than the 20 eigenfunctions that the prediction presumes.",
    ),
)
