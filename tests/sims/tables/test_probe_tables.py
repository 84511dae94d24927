"""Probes in the store, in sweeps beside cells, and as tables of quantities."""

import dataclasses
import json
from typing import ClassVar

import pytest

from paper_repro.published.reader import PUBLISHED
from sims.machine.pool import Pool
from sims.measuring.threshold import OnOutcome
from sims.measuring.units import ProbeResult, Result, Unit, measure_probe
from sims.pieces import departures, describe
from sims.pieces.cell import ProbeCell
from sims.pieces.quantity import Quantity
from sims.probes.limits.lower_bounds import LowerBounds
from sims.probes.limits.oracle_estimators import OracleEstimators
from sims.probes.limits.packing_sizes import PackingSizes
from sims.probes.limits.static_divergence import StaticDivergence
from sims.probes.shortcut.image_bias import FootprintBias
from sims.store import Store
from sims.tables.columns import QUANTITY_COLUMNS, quantity_columns
from sims.tables.configs import written_options
from sims.tables.rows import collect, collect_quantities, read_csv, to_csv, write_csv
from tests.sims.planted import planted_cell, planted_measure, planted_result, run_sweep

PROVENANCE = {"seconds": 1.0, "versions": {}, "device": "none"}


def probe_cell(degrees: float = 90.0) -> ProbeCell:
    return ProbeCell(probe=StaticDivergence(k=2, d=3, sigma=0.5, degrees=degrees, samples=50))


def planted_quantities(cell: ProbeCell) -> ProbeResult:
    value = cell.probe.degrees / 7
    series = [Quantity(name="series", value=value * at, at=at) for at in (1.0, 2.0)]
    return ProbeResult((Quantity(name="divergence", value=value, error=0.1, predicted=3.0), *series))


@pytest.fixture
def reports():
    return []


@pytest.fixture
def store(tmp_path, reports):
    return Store.open(tmp_path / "store", report=reports.append)


# Store


def test_a_probe_comes_back_as_it_was_and_is_found_again_by_an_equal_cell(store):
    store.save(probe_cell(), planted_quantities(probe_cell()), PROVENANCE)
    record = Store(store.root).load(probe_cell())
    assert record.result == planted_quantities(probe_cell())
    assert ProbeCell.from_config(record.config) == probe_cell()
    assert store.load(probe_cell(80.0)) is None
    assert store.ids() == [probe_cell().id]


def test_probes_and_cells_lie_side_by_side(store):
    store.save(probe_cell(), planted_quantities(probe_cell()), PROVENANCE)
    store.save(planted_cell(), planted_result(planted_cell()), PROVENANCE)
    kinds = {record.id: type(record.result).__name__ for record in store.records()}
    assert kinds == {probe_cell().id: "ProbeResult", planted_cell().id: "CellResult"}


def cut(text: str) -> str:
    return text[: len(text) // 2]


def with_result_of_a_cell(text: str) -> str:
    return json.dumps({**json.loads(text), "result": planted_result(planted_cell()).to_json()})


def without_a_value(text: str) -> str:
    data = json.loads(text)
    data["result"]["quantities"][0]["value"] = None
    return json.dumps(data)


def of_another_angle(text: str) -> str:
    data = json.loads(text)
    data["config"]["probe"]["degrees"] = 80.0
    return json.dumps(data)


@pytest.mark.parametrize("damage", [cut, with_result_of_a_cell, without_a_value, of_another_angle])
def test_a_damaged_probe_is_set_aside_and_reported(store, reports, damage):
    path = store.path(probe_cell().id)
    store.save(probe_cell(), planted_quantities(probe_cell()), PROVENANCE)
    path.write_text(damage(path.read_text()))
    assert store.load(probe_cell()) is None
    assert not path.exists()
    assert (store.root / "set-aside" / path.name).exists()
    assert len(reports) == 1
    assert "set aside" in reports[0]


# Sweep


def measure_planted(unit: Unit, on_outcome: OnOutcome) -> Result:
    if isinstance(unit, ProbeCell):
        if unit.probe.degrees == 13.0:
            raise FloatingPointError("the planted failure")
        return planted_quantities(unit)
    return planted_measure(unit, on_outcome)


def test_a_sweep_takes_probes_and_cells_together_and_once(store):
    units = [probe_cell(10.0), planted_cell(40), probe_cell(20.0), planted_cell(50), probe_cell(10.0)]
    report = run_sweep(units, store, measure_planted, in_flight=2)
    assert sorted(unit.id for unit in report.computed) == sorted({unit.id for unit in units})
    assert report.failed == ()
    again = run_sweep(units, store, measure_planted)
    assert again.computed == ()
    assert len(again.found) == 4
    assert len(collect(store, [unit for unit in units if not isinstance(unit, ProbeCell)])) == 6
    assert len(collect_quantities(store, [unit for unit in units if isinstance(unit, ProbeCell)])) == 6


def test_a_probe_that_fails_harms_nothing_else_and_is_tried_again(store):
    units = [probe_cell(13.0), probe_cell(20.0), planted_cell(40)]
    report = run_sweep(units, store, measure_planted)
    assert [(unit.id, message) for unit, message in report.failed] == [
        (probe_cell(13.0).id, "FloatingPointError: the planted failure")
    ]
    assert len(report.computed) == 2
    assert store.failure(probe_cell(13.0)) == "FloatingPointError: the planted failure"
    mended = run_sweep(units, store, lambda unit, _: planted_quantities(unit))
    assert [unit.id for unit in mended.computed] == [probe_cell(13.0).id]
    assert store.failure(probe_cell(13.0)) is None


def test_a_truncated_probe_is_computed_again_to_the_same_bytes(store):
    with Pool(1) as pool:

        def measure(unit: Unit, on_outcome: OnOutcome) -> Result:
            del on_outcome
            assert isinstance(unit, ProbeCell)
            return measure_probe(unit, pool)

        run_sweep([probe_cell()], store, measure)
        first = to_csv(collect_quantities(store, [probe_cell()]), quantity_columns(StaticDivergence))
        path = store.path(probe_cell().id)
        path.write_text(cut(path.read_text()))
        assert len(run_sweep([probe_cell()], store, measure).computed) == 1
    assert to_csv(collect_quantities(store, [probe_cell()]), quantity_columns(StaticDivergence)) == first


# Tables


def test_the_columns_are_the_fields_of_the_probe_with_their_types():
    columns = quantity_columns(OracleEstimators)
    fields = [field.name for field in dataclasses.fields(OracleEstimators)]
    assert "repetitions" in fields
    expected = [name for name in fields if name != "repetitions"]
    last = len(QUANTITY_COLUMNS)
    assert [column.name for column in columns[:2]] == ["cell", "probe"]
    assert [column.name for column in columns[2:-last]] == expected
    assert columns[-last:] == QUANTITY_COLUMNS
    assert sum(column.name == "repetitions" for column in columns) == 1
    types = {column.name: column.type for column in columns}
    assert (types["k"], types["sigma"], types["repetitions"]) == (int, float, int)


def test_a_field_that_may_be_open_has_the_type_it_has_otherwise():
    @dataclasses.dataclass(frozen=True)
    class Probe:
        k: int
        rate: float | None = None
        group: str | None = None
        project: bool = True

    types = {column.name: column.type for column in quantity_columns(Probe)[2:6]}
    assert types == {"k": int, "rate": float, "group": str, "project": bool}


@pytest.mark.parametrize("taken", ["quantity", "value", "at", "error", "predicted", "cell", "probe"])
def test_a_field_named_as_a_column_is_refused(taken):
    probe = dataclasses.make_dataclass("Colliding", [("k", int), (taken, int)], frozen=True)
    with pytest.raises(TypeError, match=f"Colliding: the fields .'{taken}'. have names of columns"):
        quantity_columns(probe)


@pytest.mark.parametrize("kind", [tuple[int, ...], int | str, dict, complex, tuple[int, int] | None])
def test_a_field_that_no_csv_column_can_hold_is_refused(kind):
    probe = dataclasses.make_dataclass("Wide", [("ns", kind)], frozen=True)
    with pytest.raises(TypeError, match="a probe's field is a bool, an int, a float or a str"):
        quantity_columns(probe)


def test_there_is_one_row_a_quantity_of_every_stored_probe_in_the_order_asked_for(store):
    cells = [probe_cell(degrees) for degrees in (90.0, 10.0, 50.0)]
    for cell in cells[:2]:
        store.save(cell, planted_quantities(cell), PROVENANCE)
    rows = collect_quantities(store, [cells[1], cells[2], cells[0], cells[1]])
    assert [row["degrees"] for row in rows] == [10.0] * 3 + [90.0] * 3
    assert [(row["quantity"], row["at"]) for row in rows[:3]] == [
        ("divergence", None),
        ("series", 1.0),
        ("series", 2.0),
    ]
    names = {column.name for column in quantity_columns(StaticDivergence)}
    assert all(row.keys() == names for row in rows)
    assert (rows[0]["probe"], rows[0]["cell"], rows[0]["k"]) == ("static_divergence", cells[1].id, 2)
    assert rows[0]["value"] == 10.0 / 7


@pytest.mark.parametrize(
    "probe",
    [
        StaticDivergence(k=2, d=3, sigma=0.1 + 0.2, degrees=90.0, samples=50),
        PackingSizes(dimension=6, inner_product=0.5),
        LowerBounds(model="lcn", k=3, d=4, sigma=0.3),
        OracleEstimators(architecture="cnn", k=2, d=3, sigma=0.3, n=20, repetitions=3),
    ],
    ids=lambda probe: type(probe).name,
)
def test_measured_quantities_read_back_from_csv_types_included(store, tmp_path, probe):
    cell, columns = ProbeCell(probe=probe), quantity_columns(type(probe))
    with Pool(1) as pool:
        store.save(cell, measure_probe(cell, pool), PROVENANCE)
    rows = collect_quantities(store, [cell])
    write_csv(tmp_path / "table.csv", rows, columns)
    back = read_csv(tmp_path / "table.csv", columns)
    assert back == rows
    assert len(rows) == len(store.load(cell).result.quantities) > 0
    for row in back:
        for column in columns:
            assert row[column.name] is None or type(row[column.name]) is column.type, column.name


def test_a_cell_has_no_quantities_and_a_probe_no_n_star(store):
    store.save(probe_cell(), planted_quantities(probe_cell()), PROVENANCE)
    store.save(planted_cell(), planted_result(planted_cell()), PROVENANCE)
    with pytest.raises(TypeError, match="is not a probe"):
        collect_quantities(store, [planted_cell()])
    with pytest.raises(TypeError, match="is a probe, which has no n"):
        collect(store, [probe_cell()])


# Departures of a piece from its defaults


def test_departures_name_what_differs_from_the_defaults_and_nothing_else():
    from sims.learners import GradientDescent

    def of(**fields):
        return written_options("learner", describe(GradientDescent(**fields)))

    assert of() is None
    assert of(steps=70, lr_w=(0.1, 0.01)) == "lr_w=0.1 0.01; steps=70"
    assert of(patience=None) == of(patience=GradientDescent().patience) is None
    assert of(patience=300) == "patience=300"


def test_of_an_unknown_piece_all_fields_are_given():
    strange = {"name": "witchcraft", "version": 3, "a": 1, "b": [1, 2]}
    assert written_options("learner", strange) == "a=1; b=1 2"


def test_departures_do_not_hang_on_what_json_makes_of_a_field():
    from sims.learners import TwoStep

    class Named:
        name: ClassVar[str] = "two_step"

    described = json.loads(json.dumps(describe(TwoStep(bias_1=0.5))))
    assert departures("learner", described) == departures("learner", describe(TwoStep(bias_1=0.5)))
    assert departures("learner", described) == {"bias_1": 0.5}
    assert written_options("learner", described) == "bias_1=0.5"


def test_fields_that_a_probe_gained_are_columns_only_where_they_are_set(store, tmp_path):
    """The published table of footprint bias is older than two fields of its probe."""
    size = {"rho_s": 0.9, "size": 24, "footprint": 9.0, "ratio": 2.0}
    plain, sides = (ProbeCell(probe=FootprintBias(**size, **more)) for more in ({}, {"ratio_of": "side"}))
    for cell in (plain, sides):
        result = ProbeResult((Quantity(name="bias", value=0.5, error=0.1, repetitions=5),))
        store.save(cell, result, PROVENANCE)
    columns = quantity_columns(FootprintBias)
    published = (PUBLISHED / "paper" / "shortcut-footprint.csv").read_text().splitlines()
    old, new = (to_csv(collect_quantities(store, cells), columns) for cells in ([plain], [plain, sides]))
    assert old.splitlines()[0] == published[0]
    (tmp_path / "new.csv").write_text(new)
    assert [row["ratio_of"] for row in read_csv(tmp_path / "new.csv", columns)] == ["area", "side"]
    assert "ratio_of" in new
    assert "probe_ratio" not in new
