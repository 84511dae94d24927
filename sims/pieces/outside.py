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
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from sims.pieces import registry
from sims.pieces.errors import InputError, in_words

VARIABLE = "NSTAR_USE"
"""Files and modules that were named, in the order of their loading, apart by `os.pathsep`."""
GROUP = "nstar"
"""Entry points whose values are names of modules."""


@dataclasses.dataclass(frozen=True)
class Outside:
    """A module, the file or name that it was loaded by, and who it is: version and sha256 of its file."""

    module: ModuleType
    named: str
    identity: str


_loaded: dict[str, Outside] = {}


def modules() -> list[ModuleType]:
    """What was loaded, in its order."""
    return [one.module for one in _loaded.values()]


def identities() -> dict[str, str]:
    """Module -> version, if it has one, and sha256 of its file: for provenance."""
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
    if name in _loaded:
        same = not is_file or _loaded[name].named == str(path.resolve())
        _require(same, named, f"a file whose name differs from that of {_loaded[name].named}")
        return _loaded[name].module
    with _nothing_left_behind(named):
        module = _from_file(path, name) if is_file else _by_name(name)
    kept = str(path.resolve()) if is_file else name
    _loaded[name] = Outside(module, kept, _identity(module, name))
    os.environ[VARIABLE] = os.pathsep.join(one.named for one in _loaded.values())
    return module


def use_named() -> None:
    """Load what the environment names, and what installed packages offer."""
    for named in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        use(named)
    for entry in importlib.metadata.entry_points(group=GROUP):
        use(entry.value)


def piece_of(kind: str, named: str) -> str:
    """The name of a piece given as ``module:Class``, loaded if it was not. Raises `InputError`, named by the
    kind, where there is no such class or it is no registered piece of that kind.
    """
    where, _, cls = named.partition(":")
    found = getattr(use(where), cls, None)
    known = {one: name for name, one in registry.registered(kind).items()}
    if not isinstance(found, type) or found not in known:
        raise InputError(kind, named, f"a class of {where} that is registered as a {kind}")
    return known[found]


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
    if "" not in sys.path:
        sys.path.append("")  # as for ``python -m``: what stands in the folder is found
    return importlib.import_module(name)


@contextlib.contextmanager
def _nothing_left_behind(named: str) -> Iterator[None]:
    """Whatever a module fails with is one `InputError`; what it had registered until then is forgotten."""
    for kind in registry.KINDS:
        registry.registered(kind)  # ours first: a name that they have is taken
    before, imported = registry.snapshot(), set(sys.modules)
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # it is not our code: anything may come
        registry.restore(before)
        for name in set(sys.modules) - imported:
            if name.partition(".")[0] in (Path(named).stem, named.partition(".")[0]):
                del sys.modules[name]
        raise InputError("use", named, f"a module that can be imported: {in_words(error)}") from error


def _identity(module: ModuleType, name: str) -> str:
    file = getattr(module, "__file__", None)
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else "no file"
    version = getattr(module, "__version__", None)
    if version is None:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            version = importlib.metadata.version(name.partition(".")[0])
    return f"{version}, {digest}" if version else digest
