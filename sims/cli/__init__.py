"""The commands that measure: list, measure, run, status and fit. jax is imported only by those that train."""

from sims.cli import fit, list_experiments, measure, run, status
from sims.cli.dispatch import Subparsers, dispatch


def add_commands(subparsers: Subparsers) -> None:
    """Add the commands of this layer."""
    for module in (list_experiments, measure, run, status, fit):
        module.add_command(subparsers)


__all__ = ["add_commands", "dispatch"]
