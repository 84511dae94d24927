"""What is registered, for tests with pieces of their own."""

from sims.pieces import KINDS, registered
from sims.pieces.registry import snapshot


def all_registered() -> dict[str, dict[str, type]]:
    """Every piece of ours, its module imported; for `restore`, which would forget those of modules that are
    imported later for good.
    """
    for kind in KINDS:
        registered(kind)
    return snapshot()
