"""One command line made of the commands of several layers; every error of input is one line and status 2."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn, cast

from sims.experiments import add_experiment
from sims.machine.versions import versions
from sims.pieces import outside
from sims.pieces.errors import InputError, got

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = argparse._SubParsersAction

Adder = Callable[[Subparsers], None]


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the message on standard error and exit with status 2."""
        self.exit(2, f"{self.prog}: error: {' '.join(message.split())}\n")


def dispatch(argv: Sequence[str] | None, adders: Iterable[Adder], *, prog: str = "nstar") -> int:
    """Run the command that `argv` names (default: the process's arguments); return the exit status.

    Every adder adds commands to the subparsers; a command sets ``handler``, a function of the parsed
    arguments that returns the exit status. `InputError` becomes status 2, Ctrl-C status 130, and what the
    system refuses (a full disk, a file that cannot be read) one line and status 1. Where nobody reads on, as
    of ``nstar list | head -1``, it ends in silence, with status 1.
    """
    try:
        status = _dispatch(argv, adders, prog)
        if sys.stdout is not None:  # closed from the start, as by ``>&-``
            sys.stdout.flush()  # here, where what cannot be written is an error that can be caught
        return status
    except BrokenPipeError:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            # What is left in its buffer goes nowhere.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return 1


def _dispatch(argv: Sequence[str] | None, adders: Iterable[Adder], prog: str) -> int:
    parser: argparse.ArgumentParser = Parser(
        prog=prog,
        description="Measure how many samples FCN, LCN and CNN need, and hold it against theory.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {versions()['nstar']}")
    parser.add_argument(
        "--use",
        action="append",
        metavar="MODULE",
        help="a file or module with pieces, experiments or figures of your own; repeatable",
    )
    try:
        _use(sys.argv[1:] if argv is None else argv)
    except InputError as error:
        named = "--use" if error.option == "use" else error.option
        print(f"{prog}: error: {_line(error, named)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{prog}: interrupted", file=sys.stderr)
        return 130
    subparsers = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for add in adders:
        add(cast("Subparsers", subparsers))
    try:
        args = parser.parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    try:
        return args.handler(args)
    except InputError as error:
        print(f"{prog} {args.command}: error: {_line(error, _named(error.option, args))}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"{prog} {args.command}: failed: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{prog} {args.command}: interrupted", file=sys.stderr)
        return 130
    except SystemExit as stop:  # no command of ours ends so: a piece from outside does
        print(f"{prog} {args.command}: failed: a piece ended the process: {stop!r}", file=sys.stderr)
        return 1


def _line(error: InputError, named: str) -> str:
    return " ".join(f"{named}: {got(error.value)}; allowed: {error.allowed}".split())


def _use(argv: Sequence[str]) -> None:
    """Load what stands behind ``--use`` before the command, as the command's choices may come from there."""
    outside.use_named()
    words = iter(argv)
    for word in words:
        if word == "--use":
            outside.use(next(words, ""))
        elif word.startswith("--use="):
            outside.use(word.partition("=")[2])
        elif not word.startswith("-"):
            break
    for word in words:
        if word.partition("=")[0] == "--use":
            named = word.partition("=")[2] or next(words, None)
            raise InputError("use", named, "before the command: nstar --use MODULE COMMAND ...")
    for module in outside.modules():
        if hasattr(module, "EXPERIMENT"):
            add_experiment(module.EXPERIMENT)


def _named(option: str, args: argparse.Namespace) -> str:
    """What an error is about, as the command line spells it; a name that is none of its options stays."""
    if option in ("task", "experiment", "module"):
        return f"argument {option.upper()}"
    if option.startswith("--"):
        return f"argument {option}"
    known = hasattr(args, option.replace("-", "_"))
    return f"argument --{option.replace('_', '-')}" if known else option
