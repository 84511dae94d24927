"""What code of a user's own says of itself, and the digest of it: functions and classes with all that they
name, so that another number, array, net or helper in the module is another digest.
"""

import contextlib
import enum
import functools
import hashlib
import io
import json
import logging
import sys
import threading
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_INSTALLED = ("site-packages", "dist-packages")
_OURS = ("nstar", "sims", "theory", "figures", "paper_repro")
_ATOMS = (bool, int, float, str, type(None))
_NO_NUMBERS = (logging.Logger, io.IOBase, type(threading.Lock()), type(threading.RLock()))
"""Objects that compute nothing, of which their kind is said alone."""


class NotPlain(Exception):
    """What JSON has no word for; the text names it."""


def is_own(thing: Any) -> bool:
    """Whether it is of a user's own code, and not of an installed package or of nstar."""
    named = thing.__name__ if isinstance(thing, types.ModuleType) else getattr(thing, "__module__", None)
    top = str(named or "builtins").partition(".")[0]
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    installed = bool({*Path(file).parts} & {*_INSTALLED})
    # What runs as a program may be installed, as a notebook's kernel is; what is defined there is not.
    return top == "__main__" or not (installed or top in sys.stdlib_module_names or top in _OURS)


def digest(parts: list[Any]) -> str:
    """16 hexadecimal digits; empty for nothing."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16] if parts else ""


def _names_in(code: types.CodeType) -> set[str]:
    """Names that a function looks up in its module, or as attributes, the functions within it included."""
    inner = [_names_in(one) for one in code.co_consts if isinstance(one, types.CodeType)]
    return {*code.co_names}.union(*inner)


def _of_code(code: types.CodeType) -> list[Any]:
    """JSON-ready: instructions, constants and names, of the functions within it too."""
    constants = [
        _of_code(one)
        if isinstance(one, types.CodeType)
        else sorted(map(repr, one))
        if isinstance(one, frozenset)
        else repr(one)
        for one in code.co_consts
    ]
    return [code.co_code.hex(), constants, list(code.co_names), list(code.co_varnames)]


def _called(thing: Any) -> str:
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None) or type(thing).__name__
    return f"{getattr(thing, '__module__', None)}.{name}"


class Reader:
    """Reads own code, what is installed by its name alone.

    plain: JSON of a value with ``get_params``, raises `NotPlain`.
    """

    def __init__(self, plain: Callable[[Any, str], Any]) -> None:
        self._plain = plain

    def of_class(self, cls: type, above: tuple[Any, ...] = ()) -> list[Any]:
        """Of its members, and those of own classes that it is made of."""
        above = (*above, cls)
        members = [(one, *item) for one in cls.__mro__ if is_own(one) for item in sorted(vars(one).items())]
        said = [self._member(name, _method(one, name, value), above) for one, name, value in members]
        return [one for one in said if one]

    def _member(self, name: str, value: Any, above: tuple[Any, ...]) -> Any:
        """What a member of a class says of the code; what Python and libraries make of it says nothing."""
        value = getattr(value, "__func__", value)
        if isinstance(value, property):
            ways = [way for way in (value.fget, value.fset, value.fdel) if way is not None]
            return [name, *(self.of_value(way, name, above) for way in ways)]
        if isinstance(value, functools.cached_property):
            value = value.func
        if isinstance(value, functools.partialmethod):
            value = functools.partial(value.func, *value.args, **value.keywords)
        if name.startswith("__") and not isinstance(value, types.FunctionType):
            return []
        try:
            return [name, self.of_value(value, name, above)]
        except NotPlain:
            if is_own(type(value)) or hasattr(value, "get_params") or hasattr(value, "__array__"):
                raise
            return []

    def of_function(self, function: types.FunctionType, above: tuple[Any, ...] = ()) -> list[Any]:
        """What a function computes, as JSON: code and defaults, what it has taken from around it, the
        function that it wraps, and whatever of its module, and of own modules, it names.
        """
        above = (*above, function)
        wrapped = getattr(function, "__wrapped__", None)
        inner = self.of_value(wrapped, "", above) if isinstance(wrapped, types.FunctionType) else None
        code = function.__code__
        if {*Path(code.co_filename).parts} & {*_INSTALLED}:
            return [
                function.__qualname__,
                inner,
            ]  # a wrapper of a library's, called as it
        # As the __init__ of a dataclass is.
        generated = code.co_filename == "<string>" and function.__name__.startswith("__")

        def said(value: Any, name: str) -> Any:
            try:
                return self.of_value(value, name, above)
            except NotPlain:
                if not generated or is_own(type(value)):
                    raise
                return type(value).__qualname__  # a mark of a library's, such as one for what is not given

        taken = {}
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # a cell that nothing is in yet
                if name != "__class__":
                    taken[name] = said(cell.cell_contents, name)
        names, module = _names_in(code), function.__globals__
        named = {}
        for name in sorted(names & module.keys()):
            value = module[name]
            of_module = isinstance(value, types.ModuleType)
            named[name] = self._of_module(value, names, above) if of_module else said(value, name)
        defaults = [said(value, "a default") for value in function.__defaults__ or ()]
        keywords = {name: said(value, name) for name, value in (function.__kwdefaults__ or {}).items()}
        return [_of_code(code), taken, named, defaults, keywords, inner]

    def _of_module(self, module: types.ModuleType, names: set[str], above: tuple[Any, ...]) -> Any:
        """What is named of an own module; attributes of other things that are called the same with it."""
        if not is_own(module) or any(module is one for one in above):
            return module.__name__
        above, found = (*above, module), {}
        for name in sorted(names & vars(module).keys()):
            value = vars(module)[name]
            of_module = isinstance(value, types.ModuleType)
            found[name] = (
                self._of_module(value, names, above) if of_module else self.of_value(value, name, above)
            )
        return [module.__name__, found]

    def of_value(self, value: Any, name: str, above: tuple[Any, ...] = ()) -> Any:
        """JSON of anything that code names. Raises `NotPlain` for what does not say what it is."""
        if isinstance(value, _ATOMS):
            return value if value == value and value not in (float("inf"), -float("inf")) else str(value)
        if any(value is one for one in above):
            return ["above"]
        if isinstance(value, types.FunctionType):
            return self.of_function(value, above) if is_own(value) else value.__qualname__
        if isinstance(value, type):
            return self.of_class(value, above) if is_own(value) else _called(value)
        if isinstance(value, types.MethodType):
            return [self.of_value(value.__func__, name, above), self.of_value(value.__self__, name, above)]
        if isinstance(value, functools.partial):
            parts = [value.func, [*value.args], value.keywords]
            return ["partial", *(self.of_value(part, name, above) for part in parts)]
        wrapped = getattr(value, "__wrapped__", None)
        if isinstance(wrapped, types.FunctionType):
            return [type(value).__qualname__, self.of_value(wrapped, name, above)]
        return self._of_object(value, name, above)

    def _of_object(self, value: Any, name: str, above: tuple[Any, ...]) -> Any:
        inside = (*above, value)
        if isinstance(value, list | tuple):
            return [self.of_value(item, name, inside) for item in value]
        if isinstance(value, set | frozenset):
            return ["set", *sorted(json.dumps(self.of_value(item, name, inside)) for item in value)]
        if isinstance(value, dict | types.MappingProxyType):
            return self._of_mapping(value, name, inside)
        if isinstance(value, bytes | bytearray):
            return value.hex()
        if isinstance(value, enum.Enum):
            return [_called(type(value)), value.name, self.of_value(value.value, name, inside)]
        if hasattr(value, "get_params"):
            fitted = {key: one for key, one in vars(value).items() if key.endswith("_")}
            return [self._plain(value, name), self._of_mapping(fitted, name, inside)]
        if hasattr(value, "__array__"):
            return self._of_array(value, name, inside)
        if isinstance(value, types.ModuleType):
            return value.__name__
        if isinstance(value, _NO_NUMBERS) or type(value).__module__ == "typing":
            return type(value).__qualname__
        if is_own(type(value)) and hasattr(value, "__dict__"):
            return [self.of_class(type(value), inside), self._of_mapping(vars(value), name, inside)]
        if callable(value) and not is_own(value) and hasattr(value, "__name__"):
            return _called(value)  # a function of an installed package that is not written in Python
        raise NotPlain(f"{name} is a {type(value).__qualname__}")

    def _of_mapping(self, value: Mapping[Any, Any], name: str, above: tuple[Any, ...]) -> Any:
        if all(isinstance(key, str) for key in value):
            return {key: self.of_value(item, f"{name}[{key!r}]", above) for key, item in value.items()}
        pairs = [[self.of_value(part, name, above) for part in item] for item in value.items()]
        return ["pairs", *sorted(map(json.dumps, pairs))]

    def _of_array(self, value: Any, name: str, above: tuple[Any, ...]) -> Any:
        """Of an array, a tensor or a frame: its numbers, and the names of rows and columns."""
        try:
            parts = [np.asarray(value)]
            sides = [getattr(value, side, None) for side in ("columns", "index")]
            parts += [np.asarray(side) for side in sides if hasattr(side, "__array__")]
        except Exception as error:
            raise NotPlain(f"{name} is a {type(value).__qualname__} without an array ({error})") from error
        found: list[Any] = [type(value).__qualname__]
        for part in parts:
            if part.dtype.kind == "O":
                found.append(self.of_value(part.tolist(), name, above))
            else:
                numbers = hashlib.sha256(np.ascontiguousarray(part).tobytes()).hexdigest()
                found.append([str(part.dtype), list(part.shape), numbers])
        return found


def _method(cls: type, name: str, value: Any) -> Any:
    """A function that a library keeps in a descriptor of its own, as equinox does, is the function."""
    if isinstance(value, property | functools.cached_property | functools.partialmethod):
        return value
    found = getattr(cls, name, value) if hasattr(type(value), "__get__") else value
    return found if isinstance(found, types.FunctionType) else value
