"""Digests of the published tables: whether the files here are those that were published."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from paper_repro.published.reader import PUBLISHED

SUMS = "SHA256SUMS"
"""The file that has them, a line a table, as ``sha256sum`` writes and checks it."""


def digests(folder: Path = PUBLISHED) -> dict[str, str]:
    """ "preset/file" -> sha256 of the bytes of each table in the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*/*.csv"))
    }


def write_sums(folder: Path = PUBLISHED) -> None:
    """Write the digests of the tables as they are now; part of publishing one."""
    lines = (f"{digest}  {name}\n" for name, digest in digests(folder).items())
    (folder / SUMS).write_text("".join(lines))


def altered(folder: Path = PUBLISHED) -> list[str]:
    """Tables that are not as published, each with what is wrong: another content, gone, or of no
    publication.
    """
    return list(_wrong(_kept(folder), digests(folder)))


def _kept(folder: Path) -> dict[str, str]:
    lines = (folder / SUMS).read_text().splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _wrong(kept: dict[str, str], here: dict[str, str]) -> Iterator[str]:
    for name in sorted(kept | here):
        if name not in here:
            yield f"{name}: is not there"
        elif name not in kept:
            yield f"{name}: was not published"
        elif here[name] != kept[name]:
            yield f"{name}: not the numbers that were published"
