"""Settings of another experiment, with other seeds at the preset "paper".

How many seeds: at least those that give a one-sided test at 5 % a power of four in five if the first
estimate is the truth, wherever that costs a few times the first run. A probe's randomness comes from all of
its fields, so that another number of seeds, or of samples, is a fresh draw; the seeds of cells that measure
n* are named.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting, Setting

FIRST_SEED = 200
"""From here on no table had a seed when the replications were stated."""


def again(
    experiment: Experiment, preset: str, keep: Callable[[Any], bool], **fields: Any
) -> list[Setting | ProbeSetting]:
    """The settings that `keep` says, each with `fields` replaced at "paper"; at other presets as they are.

    seeds: of a setting that measures n*, their number, counted from `FIRST_SEED`.
    """
    kept = [one for one in experiment.settings(preset) if keep(one)]
    return [_changed(one, **fields) for one in kept] if preset == "paper" else kept


def _changed(one: Setting | ProbeSetting, **fields: Any) -> Setting | ProbeSetting:
    if isinstance(one, ProbeSetting):
        return dataclasses.replace(one, fields={**one.fields, **fields})
    seeds = tuple(range(FIRST_SEED, FIRST_SEED + fields["seeds"]))
    return dataclasses.replace(one, **{**fields, "seeds": seeds})
