"""An experiment from a TOML file: the fields of settings, lists of values as axes.

    # my_sweep.toml
    question = "How does n* of both nets grow with k?"

    [sweep]
    model = ["lcn", "cnn"]
    k = [5, 6, 8, 10]
    d = 8
    sigma = 0.15
    protocol = "honest"
    seeds = 5

``nstar run my_sweep.toml`` measures every combination. ``[[sweep]]`` tables, one after another, are further
ones.
"""

import dataclasses
import itertools
import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting
from sims.pieces.cell import canonical_json
from sims.pieces.errors import InputError, is_whole, require

MOST = 100_000
"""Cells of one file: more are a slip of the pen."""
MOST_SEEDS = 10_000
_FIELDS = tuple(field.name for field in dataclasses.fields(Setting))
_KEYS = ("name", "title", "question", "sweep")


def read_toml(path: Path) -> Experiment:
    """The experiment of a file, the same cells at every preset, named as the file unless it says a name.

    Raises `InputError` for a file that cannot be read or is no TOML, for keys that are none, values of the
    wrong kind, two equal settings, and for a sweep of no cells.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("experiment", str(path), f"a file that can be read ({error.strerror})") from error
    except ValueError as error:  # not UTF-8, or not TOML
        raise InputError("experiment", str(path), f"a TOML file ({error})") from error
    _require_keys(content, _KEYS, path.name)
    found = content.get("sweep")
    tables: list[Any] = found if isinstance(found, list) else [found]
    fine = bool(tables) and all(isinstance(table, dict) for table in tables)
    require(fine, "sweep", found, f"one or more tables [sweep] in {path.name}")
    settings = [one for table in tables for one in settings_of(table)]
    require(len(settings) <= MOST, "sweep", f"{len(settings)} cells", f"at most {MOST} cells")
    known: set[str] = set()
    for one in settings:
        written = canonical_json(dataclasses.asdict(one))
        require(written not in known, "sweep", _words(one), "settings that all differ")
        known.add(written)
    texts = {key: content.get(key, default) for key, default in _texts(path).items()}
    for key, text in texts.items():
        require(isinstance(text, str) and bool(text.strip()), key, text, "words")
    named = re.fullmatch("[a-z0-9][a-z0-9-]*", texts["name"])
    allowed = "small letters, digits and hyphens; the file's name, if none is given"
    require(bool(named), "name", texts["name"], allowed)
    return Experiment(**texts, make=lambda preset: settings)


def settings_of(table: Mapping[str, Any]) -> list[Setting]:
    """Every combination of the values of a table of fields of `Setting`, in the order of the fields there.

    A list is an axis, but for ``ns``, and ``seeds``, which may also be a number of seeds, counted from 0.
    Raises `InputError` for a key that is none, for an empty axis and for a field that is missing.
    """
    _require_keys(table, _FIELDS, "sweep")
    for name in ("model", "protocol", "seeds"):
        require(name in table, name, None, f"a value of {name} in every sweep")
    axes = {}
    for name in _FIELDS:
        if name not in table:
            continue
        value = table[name]
        if name == "seeds" and is_whole(value):
            require(1 <= value <= MOST_SEEDS, name, value, f"1 to {MOST_SEEDS} seeds, or a list of them")
            value = list(range(value))
        if name in ("seeds", "ns"):
            fine = (
                isinstance(value, list)
                and bool(value)
                and all(is_whole(one) and 0 <= one < 2**32 for one in value)
            )
            require(
                fine, name, table[name], "one or more integers >= 0" + " or their number" * (name == "seeds")
            )
            axes[name] = [tuple(value)]
        else:
            axes[name] = value if isinstance(value, list) else [value]
            require(bool(axes[name]), name, value, "at least one value")
            _require_kind(name, axes[name])
    cells = math.prod(map(len, axes.values()))
    require(cells <= MOST, "sweep", f"{cells} cells", f"at most {MOST} cells")
    return [Setting(**dict(zip(axes, values, strict=True))) for values in itertools.product(*axes.values())]


def _require_kind(name: str, values: list[Any]) -> None:
    """Tables where a field takes one, else numbers, words or true and false, as the field's type has them."""
    kinds = {
        "k": int,
        "d": int,
        "width": int,
        "n_min": int,
        "n_max": int,
        "sigma": (int, float),
        "paired": bool,
    }
    of_pieces = ("learner", "criterion", "task_options", "model_options", "reading")
    kind: Any = dict if name in of_pieces else kinds.get(name, str)
    words = {dict: "tables", int: "integers", bool: "true or false", str: "words"}.get(kind, "numbers")
    for value in values:
        fine = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        require(fine, name, value, words)
        try:
            canonical_json(value)
        except (ValueError, TypeError) as error:
            raise InputError(name, value, f"finite {words}, without dates") from error


def _require_keys(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    unknown = [key for key in table if key not in known]
    if unknown:
        raise InputError(unknown[0], table[unknown[0]], f"in {where}: {', '.join(known)}")


def _texts(path: Path) -> dict[str, str]:
    name = path.stem.replace("_", "-")
    return {"name": name, "title": name, "question": f"What {path.name} asks."}


def _words(one: Setting) -> str:
    given = {name: getattr(one, name) for name in ("model", "k", "d", "sigma", "protocol")}
    return f"{', '.join(f'{name} = {value}' for name, value in given.items())} twice"
