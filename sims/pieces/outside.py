"""Modules that are not nstar's, with pieces, experiments and figures of their own.

``nstar --use my_module.py`` loads a file, ``--use my_module`` a module that Python finds; an installed
package offers modules under the entry points of the group "nstar". What was named is kept in the environment
variable `VARIABLE`, by which worker processes and jobs load it too, before they are sent a cell.
"""

import contextlib
import dataclasses
import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from sims.pieces import registry
from sims.pieces.errors import InputError, in_words

VARIABLE = "NSTAR_USE"
"""Files and modules that were named, a JSON list in the order of their loading."""
GROUP = "nstar"
"""Entry points whose values are names of modules."""

TAKING = {"learner": "estimator", "model": "module", "task": "generator"}
"""Kind -> the piece that takes an object which is no piece: an estimator, a net or a function."""


@dataclasses.dataclass(frozen=True)
class Outside:
    """A module, the file or name that it was loaded by, and who it is: version and sha256 of its files."""

    module: ModuleType
    named: str
    identity: str


_loaded: dict[str, Outside] = {}


def modules() -> list[ModuleType]:
    """What was loaded, in its order."""
    return [one.module for one in _loaded.values()]


def identities() -> dict[str, str]:
    """Module -> version, if it has one, and sha256 of its files: for provenance."""
    return {f"use {name}": one.identity for name, one in _loaded.items()}


def use(named: str) -> ModuleType:
    """Load a file ``*.py`` or an importable module, once. Raises `InputError`, with nothing registered, where
    there is none, where it fails, or where it takes a name that another has.
    """
    path = Path(named)
    if path.suffix != ".py" and "/" not in named and Path(f"{named}.py").is_file():
        path = Path(f"{named}.py")
    is_file = path.suffix == ".py"
    name = path.stem if is_file else named
    # Not resolved: a link keeps its own name, by which a worker has to load it too.
    kept = os.path.abspath(path) if is_file else name
    if name in _loaded:
        same = not is_file or Path(_loaded[name].named).resolve() == path.resolve()
        _require(same, named, f"a file whose name differs from that of {_loaded[name].named}")
        return _loaded[name].module
    with _nothing_left_behind(named):
        module = _from_file(path, name) if is_file else _by_name(name)
    _loaded[name] = Outside(module, kept, _identity(module, name))
    os.environ[VARIABLE] = json.dumps([one.named for one in _loaded.values()])
    return module


def use_named() -> None:
    """Load what the environment names, and what installed packages offer. Raises `InputError`, named by the
    variable or the entry point, for what cannot be loaded.
    """
    text = os.environ.get(VARIABLE, "")
    try:
        wanted = json.loads(text or "[]")
        listed = isinstance(wanted, list) and all(isinstance(one, str) for one in wanted)
    except ValueError:
        wanted, listed = [], False
    if not listed:
        raise InputError(VARIABLE, text, "a JSON list of files and modules")
    offered = importlib.metadata.entry_points(group=GROUP)
    for named, source in [(one, VARIABLE) for one in wanted] + [
        (entry.module, f"entry point {entry.name}") for entry in offered
    ]:
        try:
            use(named)
        except InputError as error:
            raise InputError(source, error.value, error.allowed) from error


def piece_of(kind: str, named: str) -> dict[str, Any]:
    """A piece given as ``module:Class``, loaded if it was not: its name, and for an object that is no piece,
    such as an estimator, the fields of the piece that takes it (`TAKING`). Raises `InputError`, named by the
    kind, where there is no such module or class, or nothing takes it.
    """
    where, _, cls = named.rpartition(":")
    try:
        found = getattr(use(where), cls, None)
    except InputError as error:
        raise InputError(kind, named, error.allowed) from error
    known = {one: name for name, one in registry.registered(kind).items()}
    if isinstance(found, type) and found in known:
        return {"name": known[found]}
    others = [cls for pieces in registry.snapshot().values() for cls in pieces.values()]
    if found is None or found in others or kind not in TAKING:
        also = f", or what {kind} {TAKING[kind]} takes" if kind in TAKING else ""
        raise InputError(kind, named, f"a class of {where} that is registered as a {kind}{also}")
    return {"name": TAKING[kind], "of": f"{use(where).__name__}:{cls}"}


def changed(identities_then: dict[str, str]) -> list[str]:
    """Of the modules that a result was made with, those that are loaded now and are not the same any more."""
    now = identities()
    return [name for name, then in identities_then.items() if name in now and now[name] != then]


def _require(condition: bool, named: str, allowed: str) -> None:
    if not condition:
        raise InputError("use", named, allowed)


def _from_file(path: Path, name: str) -> ModuleType:
    _require(path.is_file(), str(path), "a file that is there")
    _require(name.isidentifier(), str(path), "a file named as a Python module is: letters, digits and _")
    there = None if name in sys.modules else importlib.util.find_spec(name)
    itself = there is not None and Path(there.origin or "").resolve() == path.resolve()
    _require(
        itself or (there is None and name not in sys.modules),
        str(path),
        f"a file of another name: Python has a module {name}",
    )
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _by_name(name: str) -> ModuleType:
    dotted = all(part.isidentifier() for part in name.split("."))
    _require(dotted, name, "a file *.py, or the name of a module that Python finds")
    if "" not in sys.path:
        sys.path.append("")  # as for ``python -m``: what stands in the folder is found
    return importlib.import_module(name)


@contextlib.contextmanager
def _nothing_left_behind(named: str) -> Iterator[None]:
    """Whatever a module fails with is one `InputError`; what it had registered until then is forgotten. What
    it prints goes to standard error: standard output is for results.
    """
    for kind in registry.KINDS:
        registry.registered(kind)  # ours first: a name that they have is taken
    before, imported = registry.snapshot(), set(sys.modules)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # it is not our code: anything may come, an exit among it
        registry.restore(before)
        for name in set(sys.modules) - imported:
            if name.partition(".")[0] in (Path(named).stem, named.partition(".")[0]):
                del sys.modules[name]
        if isinstance(error, InputError) and error.option == "use":
            raise
        raise InputError("use", named, f"a module that can be imported: {in_words(error)}") from error


def _identity(module: ModuleType, name: str) -> str:
    file = getattr(module, "__file__", None)
    package = [Path(folder) for folder in getattr(module, "__path__", ())]
    files = sorted(path for folder in package for path in folder.rglob("*.py"))
    if not files and file:
        files = [Path(file)]
    found = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest() if files else "no file"
    version = getattr(module, "__version__", None)
    if version is None:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            version = importlib.metadata.version(name.partition(".")[0])
    return f"{version}, {found}" if version else found
