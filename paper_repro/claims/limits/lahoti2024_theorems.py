"""Lahoti et al. 2024: its lower bounds as printed, held against counting, their own constants and the class
of nets that they are about."""

from functools import partial
from typing import Any

from figures.drawing.captions import FCN_START
from paper_repro.claims.claim import Claim
from paper_repro.claims.dsd.lahoti2024 import PAPER
from paper_repro.rules.bounds import Bound, BoundHolds, measured
from paper_repro.rules.conditions import ConditionHolds, quiet_below_bias
from paper_repro.rules.quantities import QuantityAbove
from paper_repro.rules.ratios import RatioOfVariants
from sims.models.local import FCN_DESCENT
from sims.tables.configs import written

_FACTOR = 1.5
"""n* of two ways to do the same are called equal within this factor, the suite's choice."""
_STARTS: dict[str, dict[str, Any]] = {"fcn": FCN_DESCENT, "lcn": {}, "cnn": {}}
_FREE, _HELD = (
    {
        model: written("learner", "gradient_descent", **start, project=project, patience=300)
        for model, start in _STARTS.items()
    }
    for project in (False, True)
)
"""Options of the learner of each net: free, and with every filter scaled back into the unit ball after each
step."""
_EXACT = "Exact arithmetic, without sampling. "
_claim = partial(Claim, paper=PAPER)

CLAIMS = (
    _claim(
        id="packing-corollary",
        section="appendix, corollary to the restated Gilbert-Varshamov bound",
        quote="there exists some subset S~ ⊆ S of size ln(|S~|) >= N",
        kind="theorem",
        statement="For any constant c >= 2/N there are e^N unit vectors of R^N with inner products below c.",
        rule=QuantityAbove(quantity="limit", bound=None),
        experiment="packings",
        caveat=_EXACT + "Counting contradicts the statement for every c below about 0.73: the caps of half "
        "the least angle about the points are disjoint, and fewer of them fit. The lower bounds need "
        "ln M of the order of N alone, with any constant, and that exists (packing-gilbert-varshamov). "
        "docs/lower-bounds.md, section 7.",
    ),
    _claim(
        id="packing-corollary-vectors",
        section="appendix, proof of that corollary",
        quote="We set the value of D = N/2",
        kind="theorem",
        statement="Vectors of N/2 ones over sqrt(N/2) with inner products below c can be as many as the "
        "proof prints, exp((c ln c - c + 1) N).",
        rule=QuantityAbove(quantity="half_weight_limit", bound=None),
        experiment="packings",
        caveat=_EXACT + "For c <= 1/2 two such vectors lie at a Hamming distance above N/2, so that by "
        "Plotkin's bound there are at most N/2 + 1 of them; up to c = 1/4 there are two.",
    ),
    _claim(
        id="lcn-low-constant",
        section="appendix, proof of the LCN's lower bound",
        quote="choosing n = 1/6 sigma^2kd",
        kind="theorem",
        statement="LCN: with fewer than sigma^2 k d / 6 samples the expected risk is above 0.0025, also with "
        "a packing that exists.",
        rule=QuantityAbove(quantity="fano_threshold", bound=None, where={"model": "lcn"}),
        experiment="bounds",
        caveat=_EXACT + "Fano's bound at the proof's own threshold 0.01, whose cosine 0.9 allows the packing "
        "constant 0.62, with the samples of a patch averaged by Jensen's inequality in place of Bernstein's, "
        "so that n >= 40k is not needed; for filters of norm at most 1. The numbers were known when the "
        "claim was written.",
    ),
    _claim(
        id="fcn-low-noise-condition",
        section="appendix, lower bound for FCNs on the static task",
        kind="question",
        statement="The trained FCNs meet what the proof asks of the noise, k Phi(-b / (2 sigma)) <= 0.1, "
        "with their own final biases b.",
        rule=ConditionHolds(
            condition=quiet_below_bias(0.1),
            words="k Phi(-b / (2 sigma)) <= 0.1 with the final bias b",
            model="fcn",
            where={"protocol": "honest", "activation": "lsa"},
        ),
        experiment="architectures",
        protocol="honest",
        caveat='The paper says of p that it "can be made arbitrarily small for large enough k,d", and '
        "nothing of nets of these sizes. It bounds the chance that noise alone lifts a neuron above the "
        "bias. 0.1 is lenient: as "
        "printed, with b = 0.01, the proof needs p below 1e-17. The final biases were published before the "
        "claim was written; it stood as a theorem of the paper's first, and was made a question after its "
        f"verdict. {FCN_START}",
    ),
    *(
        _claim(
            id=f"unit-norm-{model}",
            section="section 4, the nets",
            kind="question",
            statement=f"{model.upper()}s held in the class of the theorems, with filters of norm at most 1, "
            "need as many samples as free ones.",
            rule=RatioOfVariants(
                name=f"norm at most 1 / free, {model.upper()}",
                above={"model": model, "options": _HELD[model]},
                below={"model": model, "options": _FREE[model]},
                low=1 / _FACTOR,
                high=_FACTOR,
            ),
            experiment="unit-norm",
            protocol="honest",
            caveat="Each filter is scaled back into the unit ball after every step. The target is that of "
            "the best unit-norm net that knows the signal plus 0.03, within reach of both; within the class "
            "it asks for a cosine of 0.91 to 0.93 with the signal, of free nets for 0.75. The factor 1.5 is "
            "the suite's choice." + (f" {FCN_START}" if model == "fcn" else ""),
        )
        for model in ("lcn", "cnn", "fcn")
    ),
    *(
        _claim(
            id=f"unit-norm-bound-{name}",
            section="section 4, the nets, and the lower bound for LCNs",
            kind="check",
            statement=f"Within the class of the theorems no n* of the {model.upper()} lies below {words}.",
            rule=BoundHolds(
                model=model,
                where={"protocol": "honest", "options": _HELD[model]},
                bound=Bound(statement=statement, samples=measured("bounds", quantity)),
            ),
            experiment="unit-norm",
            also=("bounds",),
            caveat=caveat,
        )
        for name, model, quantity, words, statement, caveat in (
            (
                "lcn",
                "lcn",
                "unit_norm",
                "the bound for that class",
                "LCN of filters of norm at most 1 that is told the patch of every sample.",
                "The bound is proven at the same target and success probability.",
            ),
            (
                "lcn-fano",
                "lcn",
                "fano_theorem",
                "the theorem's bound with constants that hold",
                "Fano's bound of the theorem, expected risk 0.0025, with the best threshold.",
                "The nets reach an easier target than 0.0025, which no net of the class reaches at this "
                "noise: a bound below their n* is below that of the theorem's n too.",
            ),
        )
    ),
)
