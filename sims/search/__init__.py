"""The search for n*: pure state machines on a grid of n, and the loop that drives one machine a seed side
by side.
"""

from sims.search.bisection import Bisection
from sims.search.drive import run_search
from sims.search.grid import Grid
from sims.search.outcome import Outcome, Search, SeedResult, State, Threshold
