"""What compiled code says of itself, and the digest of it."""

import hashlib
import json
import types
from typing import Any


def names_in(code: types.CodeType) -> set[str]:
    """Names that a function looks up in its module, or as attributes, the functions within it included."""
    inner = [names_in(one) for one in code.co_consts if isinstance(one, types.CodeType)]
    return {*code.co_names}.union(*inner)


def of_code(code: types.CodeType) -> list[Any]:
    """JSON-ready: instructions, constants and names, of the functions within it too."""
    constants = [
        of_code(one)
        if isinstance(one, types.CodeType)
        else sorted(map(repr, one))
        if isinstance(one, frozenset)
        else repr(one)
        for one in code.co_consts
    ]
    return [code.co_code.hex(), constants, list(code.co_names), list(code.co_varnames)]


def digest(parts: list[Any]) -> str:
    """16 hexadecimal digits; empty for nothing."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16] if parts else ""
