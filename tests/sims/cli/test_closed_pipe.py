"""A reader that leaves, as of ``nstar list | head -1``, ends a command in silence."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sims.sweep.progress import Progress

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("argv", ["list", "list --json", "--help", "fit --help"])
def test_a_reader_that_has_left_is_no_error(argv):
    code = "import sys; from sims.cli import add_commands, dispatch; "
    code += f"sys.exit(dispatch({argv.split()!r}, [add_commands]))"
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True
        )
    finally:
        os.close(write)
    assert done.stderr == ""
    assert done.returncode == 1 or "--help" in argv  # whose errors argparse keeps to itself


def test_an_output_that_is_closed_from_the_start_is_no_error():
    code = "import sys; from sims.cli import add_commands, dispatch; sys.stdout = None; "
    code += "sys.exit(dispatch(['list'], [add_commands]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(errno.ENOSPC, "full")])
def test_progress_that_nobody_reads_is_no_error(error):
    class Closed(io.StringIO):
        def write(self, text):
            raise error

    progress = Progress(Closed())
    progress.begin(found=0, waiting=["cell"])
    progress.started("cell", "cell")
    progress.note("a line")
    progress.finished("cell")
    progress.end()
