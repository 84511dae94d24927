"""Nearest neighbours of scikit-learn as a learner."""

import dataclasses
from typing import ClassVar

from sklearn.neighbors import KNeighborsClassifier

from sims.learners.estimator import Estimator
from sims.pieces import register


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Nearest(Estimator):
    neighbours: int = 1
    name: ClassVar[str] = "nearest"
    version: ClassVar[int] = 1

    def make(self, seed):
        return KNeighborsClassifier(self.neighbours)
