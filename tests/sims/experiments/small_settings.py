"""A small cell, changed as a test wants it."""

from sims.experiments import Setting


def setting(**changes):
    defaults = {"sigma": 0.3, "model": "lcn", "protocol": "honest", "seeds": (0, 1), "n_max": 200}
    return Setting(**{"k": 3, "d": 4, **defaults, **changes})
