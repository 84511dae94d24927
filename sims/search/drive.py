"""Drive one search a seed: all seeds in lock step, or each at its own pace on a thread of its own."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sims.pieces.errors import require
from sims.search.outcome import Outcome, Search, SeedResult

Request = tuple[int, int]
"""A seed and the n to evaluate it at."""


Evaluate = Callable[[list[Request]], list[Outcome]]
Holding = Callable[[int], contextlib.AbstractContextManager[object]]


def run_search(
    search: Search,
    evaluate: Evaluate,
    seeds: Sequence[int],
    *,
    lock_step: bool = True,
    holding: Holding = contextlib.nullcontext,
) -> list[SeedResult]:
    """Run `search` for every seed and return the results in the order of `seeds`.

    In lock step, each round gathers the next n of every unfinished seed; `evaluate` takes the (seed, n)
    requests of the round and returns one `Outcome` each, in the same order. Otherwise every seed goes on as
    soon as its own outcome is there, and `evaluate`, which must be thread-safe, gets one request at a time.
    What a seed is asked depends on its own outcomes only, so both give the same results. Not in lock step, a
    seed goes on inside the context ``holding(seed)``, which may wait until there is room for it.

    Raises `InputError` for no or repeated seeds, ValueError if `evaluate` answers other requests than it was
    given, and what `evaluate` raises (the other seeds then stop at their next request).
    """
    require(
        len(seeds) > 0 and len(set(seeds)) == len(seeds), "seeds", tuple(seeds), "at least one, all different"
    )
    if not lock_step:
        return _each_at_its_own_pace(search, evaluate, seeds, holding)
    states = {seed: search.start_state() for seed in seeds}
    outcomes: dict[int, list[Outcome]] = {seed: [] for seed in seeds}
    while True:
        proposals = ((seed, search.propose(state)) for seed, state in states.items())
        requests = [(seed, n) for seed, n in proposals if n is not None]
        if not requests:
            break
        answers = evaluate(requests)
        if [(answer.seed, answer.n) for answer in answers] != requests:
            raise ValueError("the evaluator's outcomes do not match the requests, in their order")
        for answer in answers:
            states[answer.seed] = search.observe(states[answer.seed], answer.n, answer.success)
            outcomes[answer.seed].append(answer)
    return [SeedResult(seed, search.threshold(states[seed]), tuple(outcomes[seed])) for seed in seeds]


def _each_at_its_own_pace(
    search: Search, evaluate: Evaluate, seeds: Sequence[int], holding: Holding
) -> list[SeedResult]:
    failed = threading.Event()

    def evaluate_unless_failed(requests: list[Request]) -> list[Outcome]:
        if failed.is_set():
            raise _AnotherSeedFailed
        return evaluate(requests)

    def one(seed: int) -> SeedResult:
        try:
            with holding(seed):
                return run_search(search, evaluate_unless_failed, [seed])[0]
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(len(seeds), thread_name_prefix="search") as executor:
        futures = [executor.submit(one, seed) for seed in seeds]
    errors = [future.exception() for future in futures]
    causes = [error for error in errors if error is not None and not isinstance(error, _AnotherSeedFailed)]
    if causes:
        raise causes[0]
    return [future.result() for future in futures]


class _AnotherSeedFailed(Exception):
    """Ends the search of a seed when another seed's evaluation has raised."""
