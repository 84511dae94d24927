"""Series: the rows of an experiment that are one learner on one task at several sizes, and their names."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from sims.tables.configs import SIZES, config_of, in_text, options_of

Row = dict[str, Any]

_NAMED = ("task", "learner", "metric")
"""Columns that tell series apart, and are in their names where an experiment has several values."""


def series(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of an experiment by the name of their series.

    Rows, each with its ``config``, whose pieces set the same fields are one series even where the values
    differ, as of a bias that is three times the noise, unless two of them have the same sizes: then every
    value is a series of its own.
    """
    alike: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        fields = tuple(tuple(options) for options in options_of(config_of(row)).values())
        alike[(architecture(row), *(row[column] for column in _NAMED), fields)].append(row)
    groups: dict[Hashable, list[Row]] = defaultdict(list)
    for key, own in alike.items():
        texts = {tuple(row[size] for size in SIZES): set() for row in own}
        for row in own:
            texts[tuple(row[size] for size in SIZES)].add(_texts(row))
        follows = all(len(found) == 1 for found in texts.values())
        for row in own:
            groups[key if follows else (key, _texts(row))].append(row)
    several = [column for column in _NAMED if len({row[column] for row in rows}) > 1]
    short: dict[str, list[list[Row]]] = defaultdict(list)
    for own in groups.values():
        words = [*architecture(own[0]), *(str(own[0][column]) for column in several)]
        short[" ".join(words)].append(own)
    found = {}
    # Where architecture and protocol do not tell all series apart, every name has what is not common to all.
    parts = {name: [_parts(own) for own in alike_named] for name, alike_named in short.items()}
    common = set.intersection(*(set(each) for named in parts.values() for each in named)) if parts else set()
    told = all(len(alike_named) == 1 for alike_named in short.values())
    for name, alike_named in short.items():
        for own, each in zip(alike_named, parts[name], strict=True):
            differs = "; ".join(part for part in each if part not in common)
            found[name if told else f"{name}, {differs or 'the rest default'}"] = own
    return found


def architecture(row: Row) -> tuple[str, ...]:
    """What a row's architecture and protocol are, in words."""
    parts = [row["protocol"], row["model"]]
    if row["activation"] not in (None, "lsa"):
        parts.append(row["activation"])
    if row["bias"] not in (None, "trained"):
        parts.append(f"bias {row['bias']}")
    if row["width"] not in (None, row["k"]):
        parts.append(f"width {row['width'] / row['k']:g} k")
    if row["model"] == "linear":
        parts.append(f"to the {row['floor']} floor")
    return tuple(parts)


def _texts(row: Row) -> tuple[str, ...]:
    return tuple(
        f"{kind} {field}={in_text(value)}"
        for kind, options in options_of(config_of(row)).items()
        for field, value in options.items()
    )


def _parts(rows: Sequence[Row]) -> list[str]:
    """The options of a series, "field=value" each; of values that follow the sizes "field by size"."""
    values: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        for options in options_of(config_of(row)).values():
            for field, value in options.items():
                values[field][in_text(value)] = None
    return [
        f"{field}={next(iter(found))}" if len(found) == 1 else f"{field} by size"
        for field, found in values.items()
    ]
