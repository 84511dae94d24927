"""Objects of a user's own on their way to another process: what this one holds goes along with its piece."""

from typing import Any

from sims.pieces import objects
from sims.pieces.errors import InputError, in_words


class Carried:
    """Mixin of pieces with the fields ``of``, ``parameters`` and ``code`` (`sims.pieces.objects`): pickled,
    they bring their object, a class of a notebook or of a script by its code. It is opened where it is used,
    so that one which cannot be is the failure of its cell.
    """

    def __getstate__(self) -> dict[str, Any]:
        thing = objects.held(*self._named)
        return {**vars(self), "_object": thing if thing is None else _packed(thing, self._named[0])}

    def __setstate__(self, state: dict[str, Any]) -> None:
        thing = state.pop("_object")
        vars(self).update(state)
        if thing is not None:
            objects.hold(*self._named, thing)

    @property
    def _named(self) -> tuple[str, str, str]:
        fields = vars(self)
        return fields["of"], str(fields["parameters"]), fields["code"]


def _packed(thing: Any, name: str) -> bytes:
    """Raises `InputError` for what cannot be sent."""
    from cloudpickle import dumps  # late: measuring in one process needs none of it

    if isinstance(thing, bytes):
        return thing
    try:
        return dumps(thing)
    except Exception as error:
        allowed = f"for another process an object that can be pickled ({in_words(error)})"
        raise InputError("estimator", name, allowed) from error
