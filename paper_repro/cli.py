"""The command ``nstar``: the commands of all layers in one."""

import sys
from collections.abc import Sequence
from functools import partial

import figures.cli
import paper_repro.commands
import sims.cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``nstar`` with `argv` (default: the process's arguments) and return its exit status."""
    measure = partial(sims.cli.add_commands, published=paper_repro.commands.published_rows)
    draw = partial(figures.cli.add_commands, published=paper_repro.commands.published_tables)
    return sims.cli.dispatch(argv, (measure, draw, paper_repro.commands.add_commands))


if __name__ == "__main__":
    sys.exit(main())
