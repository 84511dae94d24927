"""Probes: quantities, ids and entropy, and the three that compute bounds, packings and divergences."""

import dataclasses
import json
import math
from typing import ClassVar

import jax
import numpy as np
import pytest
from scipy.stats import norm

from sims.machine.pool import Pool
from sims.measuring.units import ProbeResult, measure_probe, measure_unit, result_from_json, unit_from_config
from sims.pieces.cell import ProbeCell, config_id
from sims.pieces.errors import InputError
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key, numpy_generator
from sims.probes.limits.lower_bounds import ALIGNMENTS, INNER_PRODUCTS, LowerBounds
from sims.probes.limits.packing_sizes import PackingSizes
from sims.probes.limits.static_divergence import StaticDivergence
from tests.sims.planted import planted_cell, planted_result
from theory.dsd.coverage import coverage_success_bound
from theory.dsd.risks import oracle_risk
from theory.limits.fano import fano_bound
from theory.limits.fano_theorem import theorem_bound
from theory.limits.fully_connected_bounds import alignment_bound, subspace_bound
from theory.limits.information import static_divergence
from theory.limits.lower_bounds import information_bound, oracle_bound
from theory.limits.packing_limits import log_corollary_size, log_half_weight_limit, log_packing_limit

ENTROPY = 0x0123456789ABCDEF_FEDCBA9876543210
CELL = ProbeCell(probe=StaticDivergence(k=2, d=3, sigma=0.5, degrees=90.0, samples=100))


# Quantities


@pytest.mark.parametrize("field", ["value", "error", "predicted", "at"])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_quantity_is_made_of_finite_numbers(field, number):
    with pytest.raises(ValueError, match=f"^{field}: risk is {number}; allowed: a finite number"):
        Quantity(**{"name": "risk", "value": 1.0, field: number})


def test_a_quantity_has_a_value_and_no_negative_error():
    with pytest.raises(ValueError, match=r"^value: risk is None"):
        Quantity(name="risk", value=None)
    with pytest.raises(ValueError, match=r"^error: risk has -0.1"):
        Quantity(name="risk", value=1.0, error=-0.1)
    assert Quantity(name="risk", value=1.0, error=0.0).error == 0


def test_numbers_of_any_kind_become_floats_and_what_is_not_known_stays_open():
    found = Quantity(name="n", value=np.float32(0.5), error=np.int64(2), at=3)
    assert (found.value, found.error, found.at, found.predicted) == (0.5, 2.0, 3.0, None)
    assert {type(found.value), type(found.error), type(found.at)} == {float}


# Randomness


def test_the_entropy_decides_every_draw():
    def draws(entropy):
        return (
            numpy_generator(entropy).standard_normal(3).tolist(),
            jax.random.normal(jax_key(entropy), (3,)).tolist(),
        )

    assert draws(ENTROPY) == draws(ENTROPY)
    for bit in (127, 64):
        assert draws(ENTROPY)[0] != draws(ENTROPY ^ (1 << bit))[0]
        assert draws(ENTROPY)[1] != draws(ENTROPY ^ (1 << bit))[1]


def test_the_jax_key_is_the_first_64_bits():
    assert np.asarray(jax.random.key_data(jax_key(ENTROPY))).tolist() == [0x01234567, 0x89ABCDEF]
    assert (jax_key(ENTROPY) == jax_key(ENTROPY ^ 1)).item()
    assert np.asarray(jax.random.key_data(jax_key(0))).tolist() == [0, 0]


def test_entropy_is_128_bits_that_follow_the_id():
    entropies = {
        dataclasses.replace(CELL, probe=dataclasses.replace(CELL.probe, degrees=float(degrees))).entropy
        for degrees in range(60)
    }
    assert len(entropies) == 60
    assert all(0 <= entropy < 2**128 for entropy in entropies)
    # the top bit of 60 numbers is always 0 with probability 2^-60
    assert max(entropies) >= 2**127
    assert ProbeCell(probe=dataclasses.replace(CELL.probe)).entropy == CELL.entropy


# Cells


def test_the_id_is_that_of_the_configuration_and_covers_every_field_and_the_version(monkeypatch):
    assert CELL.id == config_id(CELL.config())
    changes = {"k": 3, "d": 4, "sigma": 0.6, "degrees": 80.0, "samples": 101}
    assert changes.keys() == {field.name for field in dataclasses.fields(StaticDivergence)}
    ids = {
        ProbeCell(probe=dataclasses.replace(CELL.probe, **{name: value})).id
        for name, value in changes.items()
    }
    monkeypatch.setattr(StaticDivergence, "version", StaticDivergence.version + 1)
    ids.add(ProbeCell(probe=CELL.probe).id)  # a new object: an id is computed once
    assert len(ids | {CELL.id}) == len(changes) + 2


def test_a_probe_cell_survives_its_configuration():
    config = json.loads(json.dumps(CELL.config()))
    assert ProbeCell.from_config(config) == CELL
    assert ProbeCell.from_config(config).id == CELL.id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "divination"}, "^probe: got 'divination'"),
        ({"version": 99}, "^probe version: got 99"),
        ({"colour": 1}, "^colour: got 1"),
        ({"sigma": -1.0}, "^sigma: got -1.0"),
    ],
)
def test_a_configuration_of_something_else_is_refused(change, message):
    config = {"probe": {**CELL.config()["probe"], **change}}
    with pytest.raises(InputError, match=message):
        ProbeCell.from_config(config)


def test_the_label_names_probe_and_fields_but_nothing_that_is_open():
    assert CELL.label == f"static_divergence k=2 d=3 sigma=0.5 degrees=90.0 samples=100 {CELL.id[:8]}"
    assert CELL.kind == ("static_divergence", "")

    @dataclasses.dataclass(frozen=True)
    class Open:
        k: int = 1
        group: str | None = None
        name: ClassVar[str] = "open"
        version: ClassVar[int] = 1

    assert ProbeCell(probe=Open()).label.startswith("open k=1 ")
    assert "group" not in ProbeCell(probe=Open()).label


# Results


RESULT = ProbeResult(
    (
        Quantity(name="risk", value=0.1, error=1 / 3, predicted=0.2, repetitions=7),
        Quantity(name="cosine", value=-1e-300, at=1.0),
        Quantity(name="cosine", value=0.5, at=2.0),
    )
)


def test_a_result_survives_json_to_the_last_bit():
    data = json.loads(json.dumps(RESULT.to_json()))
    assert ProbeResult.from_json(data) == RESULT
    assert ProbeResult.from_json(data).to_json() == data


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"quantities": None},
        {"quantities": [{"name": "a"}]},
        {"quantities": [{"name": "a", "value": None}]},
        {"quantities": [{"name": "a", "value": "0.1"}]},
        {"quantities": [{"name": "a", "value": 1.0, "colour": 1}]},
        {"quantities": [{"name": "a", "value": 1.0, "error": -1.0}]},
        {"quantities": ["a"]},
    ],
)
def test_what_is_no_result_is_refused(data):
    with pytest.raises((KeyError, TypeError, ValueError)):
        ProbeResult.from_json(data)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Planted:
    """Gives back the quantities planted in it, by name and abscissa."""

    places: tuple[tuple[str, float | None], ...]
    name: ClassVar[str] = "planted"
    version: ClassVar[int] = 1

    def measure(self, entropy: int) -> list[Quantity]:
        value = float(entropy % 2**32)
        return [Quantity(name=name, value=value, at=at) for name, at in self.places]


def test_a_probe_is_measured_with_its_cells_entropy():
    cell = ProbeCell(probe=Planted(places=(("a", None), ("a", 1.0), ("b", 1.0))))
    with Pool(1) as pool:
        result = measure_probe(cell, pool)
        assert measure_unit(cell, pool) == result
    assert [quantity.value for quantity in result.quantities] == [float(cell.entropy % 2**32)] * 3


@pytest.mark.parametrize("places", [(("a", None), ("a", None)), (("a", 1.0), ("b", 1.0), ("a", 1.0))])
def test_a_quantity_given_twice_is_refused(places):
    cell = ProbeCell(probe=Planted(places=places))
    with Pool(1) as pool, pytest.raises(ValueError, match="a quantity is given twice"):
        measure_probe(cell, pool)


def test_units_tell_probes_from_cells():
    assert unit_from_config(CELL.config()) == CELL
    with pytest.raises(InputError):
        unit_from_config(planted_cell().config())  # its pieces are registered nowhere
    assert result_from_json(CELL.config(), RESULT.to_json()) == RESULT
    of_cell = planted_result(planted_cell())
    assert result_from_json(planted_cell().config(), of_cell.to_json()) == of_cell
    with pytest.raises((KeyError, TypeError, ValueError)):
        result_from_json(CELL.config(), of_cell.to_json())


# Divergence of turned tasks


@pytest.mark.parametrize("degrees", [10.0, 90.0, 180.0])
@pytest.mark.parametrize(("k", "d", "sigma"), [(1, 2, 1.0), (4, 5, 0.3)])
def test_the_divergence_is_the_predicted_one(k, d, sigma, degrees):
    """The log-likelihood ratio has mean D and variance 2 D: the mean of 20 000 is within 5.2 standard errors
    with error probability 2e-7; so is its estimated standard error, of relative deviation 1/sqrt(2 n)."""
    (found,) = StaticDivergence(k=k, d=d, sigma=sigma, degrees=degrees).measure(ENTROPY)
    exact = (1 - math.cos(math.radians(degrees))) / sigma**2
    assert found.predicted == pytest.approx(exact, rel=1e-12)
    assert found.predicted == pytest.approx(float(static_divergence(math.cos(math.radians(degrees)), sigma)))
    band = norm.isf(1e-7)
    assert abs(found.value - exact) < band * math.sqrt(2 * exact / 100_000)
    assert abs(found.error / math.sqrt(2 * exact / 100_000) - 1) < band / math.sqrt(2 * 100_000)
    assert (found.name, found.repetitions) == ("divergence", 100_000)


def test_a_task_that_is_not_turned_does_not_diverge():
    (found,) = StaticDivergence(k=2, d=2, sigma=0.5, degrees=0.0, samples=10).measure(ENTROPY)
    assert (found.value, found.error, found.predicted) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("k", 0),
        ("k", 2.0),
        ("d", 0),
        ("sigma", 0.0),
        ("sigma", math.inf),
        ("sigma", math.nan),
        ("degrees", -1.0),
        ("degrees", 181.0),
        ("degrees", math.nan),
        ("samples", 1),
    ],
)
def test_a_bad_divergence_is_refused_by_name(option, value):
    fields = {"k": 2, "d": 3, "sigma": 0.5, "degrees": 90.0} | {option: value}
    with pytest.raises(InputError) as caught:
        StaticDivergence(**fields)
    assert caught.value.option == option


def test_one_coordinate_has_no_plane_to_turn_in():
    with pytest.raises(InputError, match=r"^k: "):
        StaticDivergence(k=1, d=1, sigma=0.5, degrees=90.0)


# Packings


def by_name(quantities):
    return {quantity.name: quantity for quantity in quantities}


@pytest.mark.parametrize(("n", "c"), [(10, 0.3), (40, 0.5), (40, 0.001)])
def test_packings_have_the_sizes_that_are_promised(n, c):
    found = by_name(PackingSizes(dimension=n, inner_product=c).measure(ENTROPY))
    made = {"gilbert_varshamov", "binary_code", "explicit", "largest_inner_product"}
    assert found.keys() == made | {"limit", "half_weight_limit"}
    for name in ("gilbert_varshamov", "binary_code", "explicit"):
        assert found[name].value <= found["limit"].value == log_packing_limit(n, c)
    # The corollary of Lahoti et al. 2024 speaks of constants c >= 2/N.
    assert found["limit"].predicted == (n if c >= 2 / n else None)
    assert found["half_weight_limit"].value == log_half_weight_limit(n, c)
    assert found["half_weight_limit"].predicted == log_corollary_size(n, c)
    for name in ("gilbert_varshamov", "binary_code"):
        assert found[name].predicted == pytest.approx(c * c * n / 2)
        assert found[name].error is None
    # Gilbert and Varshamov: M >= 1 / P(<u, v> >= c), and a cap is at most exp(-c^2 N / 2).
    assert found["gilbert_varshamov"].value >= c * c * n / 2
    assert found["binary_code"].value >= c * c * n / 2 - 1e-9
    assert found["explicit"].value >= math.log(2)
    assert found["explicit"].predicted == min(c * c * n / 2, 11 * math.log(2))
    assert found["largest_inner_product"].value <= c + 1e-12


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("dimension", 1),
        ("dimension", 2.5),
        ("inner_product", 0.0),
        ("inner_product", 1.0),
        ("inner_product", math.nan),
    ],
)
def test_a_bad_packing_is_refused_by_name(option, value):
    with pytest.raises(InputError) as caught:
        PackingSizes(**({"dimension": 10, "inner_product": 0.5} | {option: value}))
    assert caught.value.option == option


# Lower bounds


@pytest.mark.parametrize("model", ["lcn", "cnn"])
def test_bounds_of_local_nets_are_theorys_and_the_strongest_is_their_greatest(model):
    k, d, sigma = 5, 8, 0.3
    found = by_name(LowerBounds(model=model, k=k, d=d, sigma=sigma).measure(ENTROPY))
    target = oracle_risk(k, sigma).risk + 0.03
    assert found["information"].value == information_bound(model, k, d, sigma, target).n
    assert found["oracle"].value == oracle_bound(model, k, d, sigma, target).n
    free = {name for name in found if name in ("information", "oracle", "fano", "fano_published")}
    assert found["strongest"].value == max(found[name].value for name in free)
    assert found["unit_norm"].value == max(
        bound(model, k, d, sigma, target, unit_norm=True).n for bound in (information_bound, oracle_bound)
    )
    assert found["unit_norm"].value > found["strongest"].value
    assert found["fano_unit_norm"].value >= found["fano"].value
    assert ("fano_theorem" in found) == ("fano_threshold" in found) == (model == "lcn")
    if model == "lcn":
        assert found["fano_theorem"].value == theorem_bound(k, d, sigma).n
        assert found["fano_threshold"].value == theorem_bound(k, d, sigma, threshold=0.01).n
        assert found["fano_theorem"].predicted == pytest.approx(sigma**2 * k * d / 6)
    assert found["fano"].value == max(
        fano_bound(model, k, d, sigma, target, inner_product=c).n for c in INNER_PRODUCTS
    )
    assert ("coverage" in found) == (model == "lcn")
    assert all(q.error is None and q.at is None for q in found.values())
    assert {q.name for q in found.values() if q.predicted is not None} <= {"fano_theorem", "fano_threshold"}


def test_bounds_of_fully_connected_nets_are_theorys():
    k, d, sigma = 5, 8, 0.3
    found = LowerBounds(model="fcn", k=k, d=d, sigma=sigma, tolerance=0.05).measure(ENTROPY)
    target = oracle_risk(k, sigma).risk + 0.05
    plain = by_name(quantity for quantity in found if quantity.at is None)
    assert plain["strongest"].value == plain["subspace"].value == subspace_bound(k, d, sigma, target).n
    assert plain["coverage"].value == coverage_success_bound(k, target)
    conditional = {quantity.at: quantity.value for quantity in found if quantity.name == "alignment"}
    assert conditional == {a: alignment_bound(k, d, sigma, a).n for a in ALIGNMENTS}
    # Two nets at that cosine can be told apart only beyond 45 degrees each.
    assert {q.at for q in found if q.name == "fano"} == {a for a in ALIGNMENTS if 2 * a * a > 1}


def test_bounds_draw_nothing():
    probe = LowerBounds(model="cnn", k=4, d=6, sigma=0.2)
    assert probe.measure(0) == probe.measure(ENTROPY)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("model", "linear"),
        ("k", 1),
        ("k", 3.0),
        ("d", 1),
        ("sigma", 0.0),
        ("sigma", math.nan),
        ("tolerance", 0.0),
        ("tolerance", math.inf),
    ],
)
def test_bad_bounds_are_refused_by_name(option, value):
    with pytest.raises(InputError) as caught:
        LowerBounds(**({"model": "cnn", "k": 4, "d": 6, "sigma": 0.2} | {option: value}))
    assert caught.value.option == option
