"""Lahoti et al. 2024: the test-error experiment of its appendix, CNN, LCN and FCN at five n."""

from functools import partial

from figures.drawing.captions import FCN_START
from paper_repro.claims.claim import Claim
from paper_repro.claims.dsd.lahoti2024 import NOT_STATED, PAPER
from paper_repro.rules.error_curves import SamplesForSameError
from paper_repro.rules.ratios import Sizes
from paper_repro.rules.trend_lines import ExtrapolatedAbove
from sims.models.local import FCN_DESCENT
from sims.tables.configs import written

SUITE_START = written("learner", "gradient_descent", **FCN_DESCENT)
"""Column options of the FCN from the suite's start; from the common start it has the learner's defaults."""
_AT_LEAST = 10.0
"""What "orders of magnitude" is read as, the least that the plural and the appendix's first words, "at least
10-20 times", have in common."""

_READING = (
    f"{NOT_STATED} Test error is read as the mean squared error, the paper's err, on the test set that also "
    "selects. The rule was written before the runs, but the tables of n* at these k and d were known. "
)
_SAME = (
    'The paper does not say how errors were found "comparable": here by straight lines between the five '
    "measured n, of which the CNN's fall lies between the first two."
)
_LINE = (
    'The paper gives no factor and no line; "orders of magnitude" is read as ten times at least, the line as '
    "one of least squares through all five means. A power law knows no floor: what a line says beyond the "
    "measured n is no measurement. "
)
_STAYS_LINEAR = (
    "The start near zero is that of LCN and CNN; the FCN stays linear from it, so that (seen after the run) "
    "its error ends on that of the best linear predictor, and the line goes on through this floor."
)
_READINGS: tuple[tuple[str, str, Sizes], ...] = (
    ("", "at each of the four pairs of k and d", "every"),
    ("-typical", "at a typical pair of k and d", "typical"),
)


_reported = partial(
    Claim,
    paper=PAPER,
    section='appendix "Experiments", "Test Error Experiments"',
    kind="reported",
    experiment="test-error",
    protocol="lahoti",
    figures=("test-error",),
)


CLAIMS = (
    *(
        _reported(
            f"test-error-lcn-cnn{name}",
            f"The LCN needs 10 to 20 times the CNN's samples for the same test error (read as: {words}).",
            SamplesForSameError(
                name="LCN/CNN at the same error",
                above={"model": "lcn"},
                below={"model": "cnn"},
                low=10.0,
                high=20.0,
                sizes=sizes,
            ),
            quote="LCNs require an order-of-magnitude (10-20 times) more samples than CNNs",
            caveat=_READING + _SAME,
        )
        for name, words, sizes in _READINGS
    ),
    *(
        _reported(
            f"test-error-fcn-lcn{name}",
            f"By its trend line the FCN, from {words} start, needs at least {_AT_LEAST:g} times the LCN's "
            "samples for the same test error.",
            ExtrapolatedAbove(
                names=("FCN", "LCN"),
                above={"model": "fcn", "options": options},
                below={"model": "lcn"},
                factor=_AT_LEAST,
            ),
            quote="they would need even orders-of-magnitude more samples than LCNs for comparable error "
            "levels",
            caveat=_READING + _LINE + start,
        )
        for name, words, options, start in (
            ("", "the common", None, _STAYS_LINEAR),
            ("-suite-start", "the suite's", SUITE_START, FCN_START),
        )
    ),
)
