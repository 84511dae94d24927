"""The rule by which a law is chosen, on planted scores."""

from sims.fits import Fit, FitStatus, choose, plausible


def _scored(family, aicc, size, lack_of_fit=None):
    return Fit(
        family=family,
        log=False,
        offset=False,
        status=FitStatus.CONVERGED,
        aicc=aicc,
        theta=(0.0,) * size,
        lack_of_fit=lack_of_fit,
    )


def test_choice_is_the_smallest_law_within_two_units_of_the_best():
    small, best, far = _scored("kd", 101.9, 2), _scored("power", 100.0, 4), _scored("k+d", 102.1, 2)
    assert choose([best, far, small]) is small
    assert choose([best, far]) is best
    assert plausible([best, far, small]) == [small, best]
    assert choose([_scored("kd", 100, 2), _scored("k^2 d", 100.5, 2)]).family == "kd"


def test_a_law_that_its_seeds_refute_is_chosen_only_where_all_as_good_are_refuted():
    small, large = _scored("kd", 100.0, 2, 1e-6), _scored("power", 101.9, 3, 0.4)
    assert choose([small, large]) is large
    assert choose([small, _scored("power", 102.1, 3, 0.4)]) is small
    assert choose([small, _scored("power", 101.9, 3, 0.005)]) is small
    assert choose([_scored("kd", 100.0, 2, 0.02), large]).family == "kd"
