"""Rooms that are found by listing their folder: what stands in a file of it is there, and on no list."""

import importlib
import pkgutil
from types import ModuleType

FAMILIES = ("dsd", "one_bar", "limits", "two_step", "related", "kernels", "shortcut")
"""Families in the order of the report, the same word in every layer; a new one follows where it is found."""


def modules_of(package: str) -> list[ModuleType]:
    """All modules in the folder of a package and in its subfolders, imported; of a module it alone.

    `FAMILIES` come first, or what a package names in ``ORDER``; the others follow in the order of the
    alphabet. Raises what a module raises when it is imported.
    """
    top = importlib.import_module(package)
    if not hasattr(top, "__path__"):
        return [top]
    found: list[ModuleType] = []
    for name, is_package in inside(top):
        inner = f"{package}.{name}"
        found += modules_of(inner) if is_package else [importlib.import_module(inner)]
    return found


def inside(package: ModuleType) -> list[tuple[str, bool]]:
    """(name, whether it is a package) of what stands in a package's folder, in the order of `modules_of`."""
    inside = {one.name: one.ispkg for one in pkgutil.iter_modules(package.__path__)}
    first = [name for name in getattr(package, "ORDER", FAMILIES) if name in inside]
    return [(name, inside[name]) for name in dict.fromkeys([*first, *sorted(inside)])]
