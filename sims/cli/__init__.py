"""The commands that measure: list, measure, bias, run, status, fit. jax is imported only where it trains."""

from sims.cli import bias, fit, list_experiments, measure, run, status
from sims.cli.dispatch import Subparsers, dispatch


def add_commands(subparsers: Subparsers) -> None:
    """Add the commands of this layer."""
    for module in (list_experiments, measure, bias, run, status, fit):
        module.add_command(subparsers)


__all__ = ["add_commands", "dispatch"]
