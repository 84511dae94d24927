"""The commands that measure: list, measure, bias, run, status, fit. jax is imported only where it trains."""

from collections.abc import Callable, Sequence

from sims.cli import bias, fit, list_experiments, measure, run, status
from sims.cli.dispatch import Subparsers, dispatch
from sims.cli.series import Row


def add_commands(subparsers: Subparsers, *, published: Callable[[str], Sequence[Row]] | None = None) -> None:
    """Add the commands of this layer. published: as in `sims.cli.fit.add_command`."""
    for module in (list_experiments, measure, bias, run, status):
        module.add_command(subparsers)
    fit.add_command(subparsers, published=published)


__all__ = ["add_commands", "dispatch"]
