"""The command ``nstar``: the commands of all layers in one."""

import sys
from collections.abc import Sequence

import figures.cli
import paper_repro.commands
import sims.cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``nstar`` with `argv` (default: the process's arguments) and return its exit status."""
    adders = (sims.cli.add_commands, figures.cli.add_commands, paper_repro.commands.add_commands)
    return sims.cli.dispatch(argv, adders)


if __name__ == "__main__":
    sys.exit(main())
