"""Drive one search a seed, all seeds in lock step, so that an evaluator sees a batch of requests a round."""

from collections.abc import Callable, Sequence

from sims.errors import require
from sims.search.outcome import Outcome, Search, SeedResult

Request = tuple[int, int]
"""A seed and the n to evaluate it at."""


def run_search(
    search: Search, evaluate: Callable[[list[Request]], list[Outcome]], seeds: Sequence[int]
) -> list[SeedResult]:
    """Run `search` for every seed and return the results in the order of `seeds`.

    Each round gathers the next n of every unfinished seed; `evaluate` takes the (seed, n) requests of the
    round and returns one `Outcome` each, in the same order. What a seed is asked depends on its own outcomes
    only. Raises `InputError` for no or repeated seeds, and ValueError if `evaluate` answers other requests
    than it was given.
    """
    require(
        len(seeds) > 0 and len(set(seeds)) == len(seeds), "seeds", tuple(seeds), "at least one, all different"
    )
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
