"""A torch module as a learner."""

from dataclasses import dataclass

import torch

from sims.learners.estimator import Estimator
from sims.pieces import register


class Net(torch.nn.Sequential):
    def fit(self, x, y):
        adam = torch.optim.Adam(self.parameters(), lr=0.03)
        for _ in range(100):
            adam.zero_grad()
            torch.nn.functional.mse_loss(self(torch.tensor(x))[:, 0], torch.tensor(y)).backward()
            adam.step()

    def predict(self, x):
        return self(torch.tensor(x)).detach().numpy()


@register("learner")
@dataclass(frozen=True)
class Perceptron(Estimator):
    name, version, width = "perceptron", 1, 32

    def make(self, seed):
        torch.manual_seed(seed)
        return Net(torch.nn.LazyLinear(self.width), torch.nn.ReLU(), torch.nn.LazyLinear(1))
