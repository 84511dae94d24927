"""One call of ``nstar`` in this process, and what it did amiss."""

import argparse
import contextlib
import dataclasses
import io
import json
import re
import traceback
import warnings
from unittest import mock

from paper_repro.cli import main

LINE = re.compile(r"\d+/\d+ cells done.*|nstar [a-z]+: .*|nstar: error: .*|failed: .*|peak memory .*")
"""What standard error may say."""
FOREIGN = re.compile(r"\b(?!InputError)[A-Z]\w*(Error|Exception|Warning)\b|Traceback|<[a-z ]+ object at")
"""What gives an error away that nobody has put into words."""


@dataclasses.dataclass(frozen=True)
class Call:
    """A command line and what came of it."""

    argv: list[str]
    status: int | None
    out: str
    err: str
    raised: str
    warned: list[str]

    @property
    def complaint(self) -> str:
        """What the call did amiss, empty if nothing."""
        if self.raised:
            return self.raised
        if self.warned:
            return f"warned: {self.warned[0]}"
        foreign = FOREIGN.search(self.err)
        if foreign:
            return f"an error in no words: {self.err}"
        lines = self.err.splitlines()
        strange = [line for line in lines if not LINE.fullmatch(line)]
        if strange:
            return f"standard error: {strange[0]}"
        if self.status not in (0, 1, 2):
            return f"status {self.status}"
        if self.status == 2 and (self.out or len(lines) != 1):
            return f"refused in {len(lines)} lines, with {len(self.out)} characters of output: {self.err}"
        if self.status == 1 and not (lines or "disagrees" in self.out):
            return "failed without a word"
        if self.status == 0 and not self.out.strip():
            return "neither a result nor a word"
        if self.status == 0 and "--json" in self.argv and "--help" not in self.argv:
            return _json_complaint(self.out)
        return ""


def _json_complaint(text: str) -> str:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError as error:
        return f"no JSON: {error}: {text[:200]}"
    return ""


def call(argv: list[str]) -> Call:
    """Run one command in this process."""
    out, err, status, raised = io.StringIO(), io.StringIO(), None, ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.resetwarnings()
        # What Python itself does not show is nobody's concern.
        for hidden in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", hidden)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main(argv)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                raised = "".join(traceback.format_exception(error))
    warned = [f"{one.filename}:{one.lineno}: {one.message}" for one in caught]
    return Call(argv, status, out.getvalue(), err.getvalue(), raised, warned)


class _Parsed(Exception):
    """Ends a command once its arguments were accepted."""


def is_taken(argv: list[str]) -> bool:
    """Whether ``nstar`` takes these arguments; the command itself is not run."""
    parse = argparse.ArgumentParser.parse_args

    def parse_only(self: argparse.ArgumentParser, *args, **options):
        parse(self, *args, **options)
        raise _Parsed

    with mock.patch.object(argparse.ArgumentParser, "parse_args", parse_only):
        try:
            main(argv)
        except (_Parsed, SystemExit) as end:
            return isinstance(end, _Parsed)
    return False
