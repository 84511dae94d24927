"""Ctrl-C that is never lost.

Python raises `KeyboardInterrupt` wherever the main thread happens to be, and where that is a callback of the
garbage collector or a finalizer (jax has such callbacks) the exception is printed and forgotten.
"""

import signal
import threading
from types import FrameType
from typing import Any, Self


class Interrupts:
    """While entered, remembers interrupts until `seen`: `check` raises those that were lost.

    Takes over the signals that raise `KeyboardInterrupt` (SIGINT, and SIGTERM where a caller has made it
    so), in the main thread; elsewhere it does nothing.
    """

    def __init__(self) -> None:
        self._pending = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is signal.default_int_handler:
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._pending = True
        raise KeyboardInterrupt

    def seen(self) -> None:
        """The `KeyboardInterrupt` has arrived where it is dealt with."""
        self._pending = False

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if one was lost."""
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt
