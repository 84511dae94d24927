"""What is installed is pinned: for users, for the tests, for the site, at one version each."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS, GROUPS = PROJECT["project"]["optional-dependencies"], PROJECT["dependency-groups"]
NEEDED = {
    "requirements.lock": [
        *PROJECT["project"]["dependencies"],
        *EXTRAS["stax"],
        *EXTRAS["slurm"],
        *PROJECT["build-system"]["requires"],
    ],
    "requirements-test.lock": GROUPS["dev"],
    "requirements-docs.lock": GROUPS["docs"],
}
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in NEEDED}
FIRST = "requirements.lock"

LOCKS = pytest.mark.parametrize("name", NEEDED)


def named(requirement: str) -> str:
    """The distribution of a requirement such as ``pyright[nodejs]>=1.1``, as indexes write it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]).lower()


def entries(name: str) -> dict[str, str]:
    """Distribution -> its whole entry: the line at the margin and the indented ones that follow it."""
    found = re.split(r"^(?=[^\s#])", TEXTS[name], flags=re.MULTILINE)[1:]
    return {named(entry): entry for entry in found}


@LOCKS
def test_every_locked_package_is_pinned_and_hashed(name: str):
    assert len(entries(name)) > 15
    for one, entry in entries(name).items():
        assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), f"{one} is not pinned: {entry[:80]}"
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), f"{one} has no hash"


@LOCKS
def test_lock_names_no_index_no_address_and_no_local_path(name: str):
    assert "://" not in TEXTS[name]
    assert " @ " not in TEXTS[name]
    assert [line for line in TEXTS[name].splitlines() if re.match(r"\s*-(?!-hash=)", line)] == []


@LOCKS
def test_lock_holds_no_deep_learning_framework_beside_jax(name: str):
    assert not {one for one in entries(name) if one.startswith(("tensorflow", "torch", "keras"))}


@LOCKS
def test_every_dependency_is_locked(name: str):
    assert {named(requirement) for requirement in NEEDED[name]} - entries(name).keys() == set()


@LOCKS
def test_a_package_of_two_locks_has_one_version(name: str):
    versions = [
        {one: re.split(r"[ ;\\]", entry)[0] for one, entry in entries(lock).items()} for lock in (FIRST, name)
    ]
    both = versions[0].keys() & versions[1].keys()
    assert {one: versions[0][one] for one in both} == {one: versions[1][one] for one in both}


def test_no_tool_of_the_tests_is_installed_for_users():
    assert not {named(requirement) for requirement in GROUPS["dev"]} & entries(FIRST).keys()
