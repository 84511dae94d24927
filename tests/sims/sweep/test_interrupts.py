"""Interrupts: one that Python forgets is raised at the next look; others once."""

import gc
import signal

import pytest

from sims.sweep.interrupts import Interrupts


@pytest.fixture(autouse=True)
def usual_handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler


def test_an_interrupt_is_raised_as_ever_and_not_again_once_seen():
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        interrupts.seen()
        interrupts.check()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_in_a_callback_of_the_garbage_collector_is_raised_later():
    def callback(phase, info):
        if phase == "start":
            signal.raise_signal(signal.SIGINT)

    with Interrupts() as interrupts:
        gc.callbacks.append(callback)
        try:
            gc.collect()
        finally:
            gc.callbacks.remove(callback)
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
        interrupts.check()


def test_a_handler_of_somebody_else_is_left_alone(usual_handler):
    def theirs(number, frame):
        pass

    signal.signal(signal.SIGINT, theirs)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) is theirs
    assert signal.signal(signal.SIGINT, signal.default_int_handler) is theirs
