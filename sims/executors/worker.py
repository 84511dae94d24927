"""A worker process of the executor `local`: takes cells from its parent and says what came out."""

import contextlib
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from sims.executors.measuring import Measuring


def work(
    connection: Connection,
    root: str,
    measuring: Measuring,
    environment: Mapping[str, str],
    cores: Sequence[int],
) -> None:
    """Serve the parent at the other end of `connection` until it says stop, or is gone.

    It sends cells, or None for stop; gets ("ready",), ("note", line), ("begun",), ("trained", n), and for
    every cell ("done", `Fate`). environment: set before anything is computed; cores: the only ones to use.
    """
    os.environ.update(environment)
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    # A Ctrl-C goes to all processes of a terminal; it is the parent that says what follows from it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Late, as they import jax, which reads the environment.
    from sims.attempt import Attempts
    from sims.cell import register_all
    from sims.leases import Leases
    from sims.store import Store

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
        stopping.set()
        inbox.put(None)

    register_all()
    store = Store(root, report=lambda line: say("note", line))
    with Leases(store.root / "leases") as leases, measuring(max(1, len(cores))) as measure:
        threading.Thread(target=listen, daemon=True).start()
        attempts = Attempts(store, leases, measure, stopping=stopping, note=lambda line: say("note", line))
        say("ready")
        while (cell := inbox.get()) is not None:
            fate = attempts.attempt(cell, begun=lambda: say("begun"), trained=lambda n: say("trained", n))
            say("done", fate)
