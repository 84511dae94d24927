"""Fits of scaling laws to measured n*: families, intervals, the choice among them, tests of claimed
exponents.
"""

from sims.fits.bootstrap import bootstrap
from sims.fits.bounds import OneSidedTest, test_lower, test_upper
from sims.fits.choice import choose, fit_all, plausible
from sims.fits.family import FAMILIES
from sims.fits.fit import Fit, FitStatus, fit_family
from sims.fits.observation import Observation
