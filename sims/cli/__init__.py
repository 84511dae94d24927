"""The commands that measure: list, measure, bias, run, status, fit, check. jax comes where it trains."""

from collections.abc import Callable, Sequence

from sims.cli import bias, check, fit, list_experiments, measure, run, status
from sims.cli.dispatch import Subparsers, dispatch
from sims.cli.series import Row


def add_commands(subparsers: Subparsers, *, published: Callable[[str], Sequence[Row]] | None = None) -> None:
    """Add the commands of this layer. published: as in `sims.cli.fit.add_command`."""
    for module in (list_experiments, measure, bias, run, status, check):
        module.add_command(subparsers)
    fit.add_command(subparsers, published=published)
