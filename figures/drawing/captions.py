"""Sentences that several captions share, so that they say the same thing in the same words."""

FCN_START = (
    "The FCN starts elsewhere than LCN and CNN: weights of standard deviation 0.1, an initial bias from "
    "{0.2, 0.3, 0.4}, learning rate 0.1 and 3000 steps, against 1e-3, bias 0, three rates and 1200 steps, "
    "since from their start it stays at the linear solution; every architecture tries nine points."
)
"""See `sims.protocols`; holds for k > 1, as with one patch the three are the same function."""

FCN_DIVERGES = (
    "The FCN at ratio 4 diverges at its one rate, 0.1: most of its trainings, and of those in all patches "
    "all, end where they started."
)
"""Of `shortcut-patches` and `shortcut-patches-n`."""

SEED_BRACKETS = (
    "Short bars: each seed's bracket (fails at its lower end, succeeds at its upper end); where success is "
    "not monotone in n, which a mark says, the bracket is one of the seed's several crossings."
)
