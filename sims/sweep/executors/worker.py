"""A worker process of the executor `local`: takes cells from its parent and says what came out."""

import contextlib
import signal
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from sims.machine.versions import require_accelerator
from sims.pieces import outside
from sims.pieces.errors import InputError
from sims.store import Store
from sims.store.leases import Leases
from sims.sweep.attempt import Attempts
from sims.sweep.executors.measuring import Measuring, memory_of

outside.use_named()  # before a cell arrives that has pieces of such a module


def work(
    connection: Connection, root: str, measuring: Measuring, workers: int, device: str | None = None
) -> None:
    """Serve the parent at the other end of `connection` until it says stop, or is gone.

    It sends cells, or None for stop; gets ("ready",), ("note", line), ("begun",), ("trained", n), and for
    every cell ("done", `Fate`). workers: trainings side by side. device: the accelerator that it is meant to
    compute on. Where jax has none, or the memory is too small for anything, the parent gets ("refused",
    option, value, allowed) and nothing else.
    """
    # A Ctrl-C goes to all processes of a terminal; it is the parent that says what follows from it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lock = threading.Lock()

    def say(*message: Any) -> None:
        with lock, contextlib.suppress(OSError):  # a parent that is gone is noticed by `listen`
            connection.send(message)

    inbox: SimpleQueue[Any] = SimpleQueue()
    stopping = threading.Event()

    def listen() -> None:
        try:
            while (cell := connection.recv()) is not None:
                inbox.put(cell)
        except (EOFError, OSError):
            pass
        finally:
            stopping.set()
            inbox.put(None)

    store = Store(root, report=lambda line: say("note", line))
    with Leases(store.root / "leases") as leases, contextlib.ExitStack() as stack:
        try:
            if device is not None:
                require_accelerator("devices", device)
            measure = stack.enter_context(measuring(workers))
        except InputError as error:
            say("refused", error.option, error.value, error.allowed)
            return
        threading.Thread(target=listen, daemon=True).start()
        attempts = Attempts(store, leases, measure, stopping=stopping, note=lambda line: say("note", line))
        say("ready")
        while (cell := inbox.get()) is not None:
            fate = attempts.attempt(cell, begun=lambda: say("begun"), trained=lambda n: say("trained", n))
            say("done", fate)
        if (line := memory_of(measure)) is not None:
            say("note", line)
