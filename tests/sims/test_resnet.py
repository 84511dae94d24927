"""The residual net against its slow twin, its normalisation, and training with running statistics."""

import math
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chi2

from sims.errors import InputError
from sims.learners import CONSTANTS_PLACEHOLDER
