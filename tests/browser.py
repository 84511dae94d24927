"""Pages in a real browser: headless Chromium, on files alone."""

import shutil
import subprocess
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
WITH_BROWSER = pytest.mark.skipif(
    BROWSER is None, reason=f"no Chromium here: none of {', '.join(NAMES)} is found"
)


def _run(address: str, folder: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Every call has a profile of its own folder."""
    assert BROWSER
    basic = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--virtual-time-budget=5000",
    ]
    call = [BROWSER, *basic, f"--user-data-dir={folder / 'profile'}", *options, address]
    return subprocess.run(call, capture_output=True, timeout=180, check=True)


def chromium(address: str, folder: Path, *options: str) -> str:
    """What headless Chromium prints of a page."""
    return _run(address, folder, *options).stdout.decode()


def dom_and_console(address: str, folder: Path) -> tuple[str, list[str]]:
    """The document once its scripts have run, and what it and its frames wrote to the console."""
    done = _run(address, folder, "--dump-dom", "--enable-logging=stderr")
    lines = done.stderr.decode(errors="replace").splitlines()
    return done.stdout.decode(), [line for line in lines if "CONSOLE" in line]
