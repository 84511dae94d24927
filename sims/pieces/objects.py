"""Objects of a user's own as fields of a piece: an estimator, a class, or a function.

    of           where its class, or the function, is found: ``module:Class``; or the name that it was given
    parameters   what it is made with, as JSON text
    code         digest of its compiled code; empty for what is installed, whose version is not nstar's to say

An object that was handed over is held by this process; any other process finds it by its import. The digest
has the code of its methods and all that they name, see `sims.pieces.bytecode`; what is installed by its name.
"""

import copy
import functools
import importlib
import inspect
import json
import math
import pickle
import sys
import threading
import types
from typing import Any

import numpy as np

from sims.pieces.bytecode import NotPlain, Reader, digest, is_own
from sims.pieces.errors import InputError, in_words, require

SEEDS = ("random_state", "seed")
"""The parameters that are set from the seed, and so are none of those that are written down."""
_PARTS = {"of", "parameters", "code"}

_held: dict[tuple[str, str, str], Any] = {}
_door = threading.Lock()

Fields = dict[str, str]


def fields_of(thing: Any, *, name: str | None = None) -> Fields:
    """The fields of an instance, a class, a function or a `functools.partial` of these, which is held from
    now on as it is now.

    Raises `InputError`, named by the object, for parameters that JSON has no word for, unless there is a
    `name`: then nothing is looked at, and two settings of one name are one to a store.
    """
    if name is not None:
        fine = isinstance(name, str) and bool(name) and ":" not in name
        require(fine, "name", name, "a word without a colon")
        found = {"of": name, "parameters": "", "code": ""}
    else:
        try:
            found = _written(thing)
        except (NotPlain, RecursionError) as error:
            allowed = (
                f"what its class and JSON parameters make again ({error}): give functools.partial(Class, ...)"
                ", or name='...', which then has to differ between settings"
            )
            raise InputError("estimator", _short(thing), allowed) from error
    hold(found["of"], found["parameters"], found["code"], thing if _is_code(thing) else _copied(thing))
    return found


def hold(of: str, parameters: str, code: str, thing: Any) -> None:
    """Hold an object; pickled, as bytes, it is opened when it is first asked for. Raises `InputError` for an
    object of another class under a name that is held.
    """
    with _door:
        there = _held.get((of, parameters, code))
        opened = there is not None and not isinstance(there, bytes) and not isinstance(thing, bytes)
        fine = ":" in of or not opened or _kind(there) == _kind(thing)
        require(fine, "name", of, "a word that no object of another class has")
        if not isinstance(thing, bytes) or (of, parameters, code) not in _held:
            _held[of, parameters, code] = thing


def held(of: str, parameters: str, code: str) -> Any:
    """What this process holds of these fields: the object, bytes that are one, or None."""
    return _held.get((of, parameters, code))


def completed(of: str, parameters: Any, code: str, *, make: bool = True) -> Fields:
    """The fields as `fields_of` writes them, of an object that is held or that is imported now.

    make: whether one is made, to see that it takes the parameters. Raises `InputError`, named by the field.
    """
    values = _values(parameters)
    text = _text(values)
    if (of, text, code) in _held:
        return {"of": of, "parameters": text, "code": code}
    thing = _imported(of)
    if not _is_code(thing):
        require(hasattr(thing, "fit"), "of", of, "a class, a function, or an object with fit and predict")
        require(not values, "parameters", parameters, f"none: {of} is an object that is made already")
        found = fields_of(thing)
    else:
        found = fields_of(functools.partial(thing, **_read(values)) if values else thing)
    same = code in ("", found["code"])
    require(same, "code", code, f"{found['code'] or 'none'}, that of {of} as it is, or none")
    if not make:
        return found
    try:
        made(found["of"], found["parameters"], found["code"])
    except Exception as error:
        raise InputError("parameters", text or None, f"what {of} takes ({error})") from error
    return found


def made(of: str, parameters: str, code: str, *, seed: int | None = None) -> Any:
    """A fresh object that nobody else has, with its `SEEDS` set; or the function, with its parameters."""
    return _fresh(_found(of, parameters, code), _values(parameters), seed)


def maker(of: str, parameters: str, code: str) -> Any:
    """The class or the function with its parameters, not called; an object that is held as it is."""
    thing, own = _found(of, parameters, code), _read(_values(parameters))
    if isinstance(thing, functools.partial):
        own, thing = {**own, **copy.deepcopy(thing.keywords)}, thing.func
    return functools.partial(thing, **own) if own else thing


def _found(of: str, parameters: str, code: str) -> Any:
    """The object that is held, its bytes opened; or the one that is imported."""
    thing = held(of, parameters, code)
    if isinstance(thing, bytes):
        hold(of, parameters, code, thing := pickle.loads(thing))
    return _imported(of) if thing is None else thing


def _fresh(thing: Any, values: dict[str, Any], seed: int | None = None) -> Any:
    own = _read(values)
    if isinstance(thing, functools.partial):
        # Its keywords are what was written down, as they were; of one with a name nothing was.
        own, thing = {**own, **copy.deepcopy(thing.keywords)}, thing.func
    if isinstance(thing, type):
        if seed is not None:
            own = {**own, **dict.fromkeys([name for name in SEEDS if name in _signature(thing)], seed)}
        made = thing(**own)
    elif _is_code(thing):
        return functools.partial(thing, **own) if own else thing
    else:
        made = _copied(thing)
    if seed is not None:
        _set_seed(made, seed)
    return made


def _set_seed(made: Any, seed: int) -> None:
    if hasattr(made, "get_params"):
        names = [name for name in made.get_params() if name.rpartition("__")[2] in SEEDS]
        if names:
            made.set_params(**dict.fromkeys(names, seed))
        return
    for name in SEEDS:
        if hasattr(made, name):
            setattr(made, name, seed)


def _copied(thing: Any) -> Any:
    """Not fitted, where the class can say what that is. Raises `InputError` for what cannot be copied."""
    try:
        if any(cls.__module__.partition(".")[0] == "sklearn" for cls in type(thing).__mro__):
            from sklearn.base import clone

            return clone(thing)
        return copy.deepcopy(thing)
    except Exception as error:
        raise InputError(
            "estimator", _short(thing), f"an object that can be copied ({in_words(error)})"
        ) from error


def _is_code(thing: Any) -> bool:
    """A class or a function, in `functools.partial` too: what makes or computes, and has no state."""
    if isinstance(thing, functools.partial):
        return _is_code(thing.func)
    return isinstance(thing, type) or (callable(thing) and not hasattr(thing, "fit"))


def _kind(thing: Any) -> str:
    """What makes an object, by its name: of a notebook's class that is defined again the same."""
    thing = thing.func if isinstance(thing, functools.partial) else thing
    of = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{of.__module__}:{of.__qualname__}"


def _short(thing: Any) -> str:
    named = thing.func if isinstance(thing, functools.partial) else thing
    return getattr(named, "__qualname__", type(named).__qualname__)


def _written(thing: Any) -> Fields:
    values: dict[str, Any] = {}
    if isinstance(thing, functools.partial):
        if thing.args:
            raise NotPlain("functools.partial with positional arguments")
        values, thing = dict(thing.keywords), thing.func
    if isinstance(thing, type) and hasattr(thing, "get_params"):
        try:
            made = thing(**values)
        except Exception as error:
            raise InputError(
                "parameters", _text(_plain(values)), f"what {_short(thing)} takes ({error})"
            ) from error
        thing, values = made, {}
    if isinstance(thing, type):
        return {"of": _place(thing), "parameters": _text(_plain(values)), "code": _code_of_class(thing)}
    if _is_code(thing):
        return {"of": _place(thing), "parameters": _text(_plain(values)), "code": _code_of_function(thing)}
    cls = type(thing)
    return {"of": _place(cls), "parameters": _text(_parameters(thing)), "code": _code_of_class(cls)}


def _signature(cls: type) -> dict[str, inspect.Parameter]:
    """Parameters by name; empty for a class that has no signature to read."""
    try:
        return dict(inspect.signature(cls).parameters)
    except (ValueError, TypeError):
        return {}


def _parameters(thing: Any) -> dict[str, Any]:
    """What makes the object again, where it departs from the defaults of its class: of an object without
    `get_params` the attributes that are named as parameters of its class are, and the others have to follow.
    """
    known = _signature(type(thing))
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    if hasattr(thing, "get_params"):
        values = dict(thing.get_params(deep=False))
    else:
        values = {name: getattr(thing, name, None) for name, one in known.items() if one.kind not in several}
    found = {}
    for name, value in values.items():
        if name in SEEDS:
            continue
        plain = _plain(value, name)
        # As text: 1 and 1.0 are two things to an estimator, all of them and a single one.
        if name not in known or _text_of(plain) != _text_of(_plain_or_none(known[name].default)):
            found[name] = plain
    if not hasattr(thing, "get_params"):
        _require_that_they_make_it(thing, found)
    return found


def _require_that_they_make_it(thing: Any, found: dict[str, Any]) -> None:
    try:
        state, again = vars(thing), vars(type(thing)(**_read(found)))
    except Exception as error:
        raise NotPlain(in_words(error)) from error
    for name in {*state, *again} - {*SEEDS}:
        if name not in state or name not in again or _plain(state[name], name) != _plain(again[name], name):
            raise NotPlain(f"its attribute {name} is no parameter of its class")


def _plain_or_none(value: Any) -> Any:
    try:
        return _plain(value)
    except NotPlain:
        return "no parameter is this"


def _plain(value: Any, name: str = "a parameter") -> Any:
    """JSON of a value; of an object, a class or a function its fields."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(item, f"{name}[{key!r}]") for key, item in value.items()}
    if hasattr(value, "get_params") or isinstance(value, type | types.FunctionType):
        fields = _written(value)
        return {**fields, "parameters": json.loads(fields["parameters"] or "{}")}
    raise NotPlain(f"{name} is a {type(value).__qualname__}")


def _read(value: Any) -> Any:
    """The inverse of `_plain`; a tuple and an array are lists."""
    if isinstance(value, list):
        return [_read(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"float"}:
        return float(value["float"])
    if value.keys() == _PARTS:
        thing = _imported(value["of"])
        return thing if _is_code(thing) and not isinstance(thing, type) else _nested(thing, value)
    return {key: _read(item) for key, item in value.items()}


def _nested(thing: Any, fields: dict[str, Any]) -> Any:
    """An object in a parameter; a class without `get_params` stands for itself."""
    return _fresh(thing, fields["parameters"]) if hasattr(thing, "get_params") else thing


def _values(parameters: Any) -> dict[str, Any]:
    try:
        found = json.loads(parameters or "{}") if isinstance(parameters, str) else parameters
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError("parameters", parameters, 'a JSON object, such as {"C": 10}')
    return found


def _text(values: dict[str, Any]) -> str:
    return _text_of(values) if values else ""


def _text_of(value: Any) -> str:
    """JSON with sorted keys, in which 1.0 is not 1, as it is in the text of an id."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _imported(of: str) -> Any:
    module, colon, path = of.partition(":")
    allowed = (
        "module:Class or module:function that can be imported here; a file of yours is loaded with --use"
    )
    require(bool(module and colon and path), "of", of, allowed)
    try:
        return functools.reduce(getattr, path.split("."), importlib.import_module(module))
    except Exception as error:
        raise InputError("of", of, f"{allowed} ({in_words(error)})") from error


def _place(thing: Any) -> str:
    """``module:qualified name``, with the shortest module that offers it."""
    module, path = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    if not module or not path or inspect.ismethod(thing):
        raise NotPlain(f"a {type(thing).__qualname__} has no place of its own")
    parts = module.split(".")
    for length in range(1, len(parts)):
        offering = sys.modules.get(".".join(parts[:length]))
        if offering is not None and offering.__dict__.get(path) is thing:
            return f"{offering.__name__}:{path}"
    return f"{module}:{path}"


def _code_of_class(cls: type) -> str:
    return digest(_reader.of_class(cls))


def _code_of_function(function: Any) -> str:
    """Of its code, its defaults and all that it names, which must say what it is."""
    if not is_own(function):
        return ""
    if not isinstance(function, types.FunctionType):
        raise NotPlain(f"a {type(function).__qualname__} has no code to read")
    return digest(_reader.of_function(function))


_reader = Reader(_plain)
