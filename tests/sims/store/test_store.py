"""The store: whole files or none, and nothing read that is not the cell's."""

import json
import os
from pathlib import Path

import pytest

from sims.measuring.threshold import CellResult
from sims.pieces.errors import InputError
from sims.store import Store, write_atomically
from sims.store.files import MARKER, with_checksum
from tests.sims.planted import planted_cell, planted_result

PROVENANCE = {"seconds": 1.0, "versions": {}, "device": "none"}


@pytest.fixture
def reports():
    return []


@pytest.fixture
def store(tmp_path, reports):
    return Store.open(tmp_path / "store", report=reports.append)


def saved(store, threshold=40):
    cell = planted_cell(threshold)
    store.save(cell, planted_result(cell), PROVENANCE)
    return cell


def test_a_result_comes_back_as_it_was(store):
    cell = saved(store)
    record = store.load(cell)
    assert record.result == planted_result(cell)
    assert record.config == cell.config()
    assert record.provenance == PROVENANCE


def test_a_result_survives_json():
    result = planted_result(planted_cell())
    data = json.loads(json.dumps(result.to_json()))
    assert CellResult.from_json(data) == result
    assert CellResult.from_json(data).to_json() == data


def test_a_cell_that_was_never_computed_is_missing(store, reports):
    assert store.load(planted_cell()) is None
    assert reports == []


def damage_truncate(text):
    return text[: len(text) // 2]


def damage_foreign(text):
    return json.dumps({"name": "left-pad", "version": "1.3.0"})


def damage_list(text):
    return "[]"


def damage_other_cell(text):
    data = json.loads(text)
    data["config"]["task"]["threshold"] = 41
    return json.dumps(data)


def damage_result(text):
    data = json.loads(text)
    del data["result"]["per_seed"][0]["low"]
    return json.dumps(data)


def damage_risk(text):
    data = json.loads(text)
    data["result"]["per_seed"][0]["evaluations"][0]["risk"] = None
    return json.dumps(data)


def damage_format(text):
    return json.dumps({**json.loads(text), "format": 2})


def damage_empty(text):
    return ""


def damage_depth(text):
    return "[" * 100_000 + "]" * 100_000


def damage_depth_of_config(text):
    deep = "[" * 900 + "]" * 900
    return json.dumps({**json.loads(text), "config": "DEEP"}).replace('"DEEP"', deep)


@pytest.mark.parametrize(
    "damage",
    [
        damage_truncate,
        damage_foreign,
        damage_list,
        damage_other_cell,
        damage_result,
        damage_risk,
        damage_format,
        damage_empty,
        damage_depth,
        damage_depth_of_config,
    ],
)
def test_a_bad_file_is_reported_set_aside_and_not_read(store, reports, damage):
    cell = saved(store)
    path = store.path(cell.id)
    bad = damage(path.read_text())
    path.write_text(bad)
    assert store.load(cell) is None
    assert not path.exists()
    assert (store.root / "set-aside" / path.name).read_text() == bad
    assert len(reports) == 1
    assert cell.id in reports[0]
    assert "\n" not in reports[0]


def test_a_file_that_is_not_text_is_set_aside(store, reports):
    cell = saved(store)
    store.path(cell.id).write_bytes(b"\xff\xfe\x00")
    assert store.load(cell) is None
    assert len(reports) == 1


def test_a_result_under_another_cells_name_is_set_aside(store, reports):
    cell, other = saved(store), planted_cell(50)
    store.path(other.id).parent.mkdir(exist_ok=True)
    store.path(other.id).write_text(store.path(cell.id).read_text())
    assert store.load(other) is None
    assert store.load(cell) is not None
    assert len(reports) == 1


def test_files_set_aside_never_replace_each_other(store):
    for text in ("one", "two", "three"):
        cell = saved(store)
        store.path(cell.id).write_text(text)
        store.load(cell)
    kept = {path.read_text() for path in (store.root / "set-aside").iterdir()}
    assert kept == {"one", "two", "three"}


def test_tidying_sets_aside_strangers_and_touches_nothing_else(store, reports):
    cell = saved(store)
    store.save_failure(planted_cell(60), "error", "traceback", PROVENANCE)
    write_atomically(store.root / "tables" / "sweeps.csv", "a,b\n")
    write_atomically(store.root / "figures" / "one.json", "{}")
    strangers = [store.root / "foreign.json", store.path(cell.id).with_name("notes.txt")]
    for stranger in strangers:
        stranger.write_text("{}")
    keep = {path for path in store.root.rglob("*") if path.is_file()} - set(strangers)
    store.tidy()
    assert all(path.exists() for path in keep)
    assert not any(path.exists() for path in strangers)
    assert len(reports) == 2


def test_a_folder_that_nstar_did_not_make_is_refused_and_left_as_it_was(tmp_path, reports):
    theirs = [tmp_path / "package.json", tmp_path / "ab" / "photo.jpg", tmp_path / "cd" / f"{'cd' * 32}.json"]
    for path in theirs:
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="a new or empty folder, or a store of nstar") as caught:
        Store.open(tmp_path, report=reports.append)
    assert caught.value.option == "store"
    store = Store(tmp_path, report=reports.append)
    store.tidy()
    assert reports == []
    assert store.records() == []
    assert sorted(tmp_path.rglob("*")) == before


def test_a_store_whose_marker_was_lost_is_opened_and_nothing_in_it_moved(store, reports):
    cell = saved(store)
    (store.root / MARKER).unlink()
    notes = store.path(cell.id).with_name("notes.txt")
    notes.write_text("")
    again = Store.open(store.root, report=reports.append)
    again.tidy()
    assert again.load(cell) is not None
    assert notes.exists()
    assert reports == []


def test_a_folder_in_which_another_process_is_making_the_store_is_no_strangers(tmp_path):
    (tmp_path / f".{MARKER}-x1.tmp").write_text("")
    assert Store.open(tmp_path).is_marked()


def test_a_folder_named_as_a_cell_is_set_aside(store, reports):
    cell = planted_cell()
    store.path(cell.id).mkdir(parents=True)
    assert store.load(cell) is None
    assert store.records() == []
    assert (store.root / "set-aside" / f"{cell.id}.json").is_dir()
    assert len(reports) == 1
    saved(store)
    assert store.load(cell) is not None


def test_a_file_that_cannot_be_read_is_reported_and_stays(store, reports, monkeypatch):
    cell = saved(store)

    def fail(path, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", fail)
    assert store.load(cell) is None
    assert store.failure(cell) is None
    monkeypatch.undo()
    assert store.load(cell) is not None
    assert len(reports) == 1
    assert "Permission denied" in reports[0]


def test_ids_are_those_of_the_files_whatever_they_hold(store):
    cells = [saved(store, threshold) for threshold in (30, 40)]
    store.path(cells[0].id).write_text("")
    store.path(cells[0].id).with_name("notes.json").write_text("")
    assert store.ids() == sorted(cell.id for cell in cells)


def test_temporary_files_are_left_to_their_writers_until_they_are_stale(store):
    shard = store.path(saved(store).id).parent
    fresh, stale = shard / ".a-1.tmp", shard / ".b-2.tmp"
    for path in (fresh, stale):
        path.write_text("half")
    os.utime(stale, (0, 0))
    store.tidy()
    assert fresh.exists()
    assert not stale.exists()


def test_a_failure_is_no_result_and_is_forgotten_on_success(store):
    cell = planted_cell()
    store.save_failure(cell, "FloatingPointError: diverged", "traceback", PROVENANCE)
    assert store.load(cell) is None
    assert store.failure(cell) == "FloatingPointError: diverged"
    saved(store)
    assert store.load(cell) is not None
    assert store.failure(cell) is None


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    write_atomically(path, "old")

    def fail(descriptor):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_records_are_all_valid_cells_in_the_order_of_their_ids(store):
    cells = [saved(store, threshold) for threshold in (30, 40, 50)]
    assert [record.id for record in store.records()] == sorted(cell.id for cell in cells)


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nstar-store", "/dev/null/store"])
def test_a_store_that_cannot_be_written_is_refused_by_its_option(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^store: ") as caught:
        Store.open(tmp_path / place)
    assert caught.value.option == "store"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_making_a_store_object_touches_nothing(tmp_path):
    store = Store(tmp_path / "absent")
    assert store.load(planted_cell()) is None
    assert store.failure(planted_cell()) is None
    assert store.records() == []
    assert list(tmp_path.iterdir()) == []


def test_a_changed_digit_is_noticed(store, reports):
    """JSON of the right form with another number: only the checksum tells."""
    cell = saved(store)
    path = store.path(cell.id)
    text = path.read_text()
    assert store.holds(cell)
    path.write_text(text.replace('"trainings": ', '"trainings": 1', 1))
    json.loads(path.read_text())
    assert not store.holds(cell)
    assert store.load(cell) is None
    assert len(reports) == 1
    assert "checksum" in reports[0]


def test_a_file_without_a_checksum_is_read_as_before(store, reports):
    """Stores that earlier versions have written."""
    cell = saved(store)
    path = store.path(cell.id)
    data = json.loads(path.read_text())
    assert data.pop("sha256")
    path.write_text(json.dumps(data, indent=1) + "\n")
    assert store.holds(cell)
    record = store.load(cell)
    assert record is not None
    assert record.result == planted_result(cell)
    assert store.tidy() == {cell.id}
    assert reports == []


def test_tidying_gives_the_ids_of_what_is_whole(store, reports):
    cells = [saved(store, threshold) for threshold in (40, 50, 60)]
    path = store.path(cells[1].id)
    path.write_text(path.read_text()[:-20])
    assert store.tidy() == {cells[0].id, cells[2].id}
    assert len(reports) == 1
    os.unlink(store.root / MARKER)
    assert store.tidy() == {cells[0].id, cells[2].id}


def test_a_whole_file_without_a_readable_result_is_reported_and_set_aside(store, reports):
    """As after a change of what results hold: its checksum is right, and it is no result."""
    cell = saved(store)
    path = store.path(cell.id)
    data = json.loads(path.read_text())
    del data["sha256"], data["result"]["trainings"]
    path.write_text(with_checksum(data))
    assert store.load(cell) is None
    assert not path.exists()
    assert len(reports) == 1
    assert "set aside" in reports[0]


def test_a_good_file_that_has_taken_the_place_of_a_bad_one_stays(store, reports):
    """Another process may compute a cell between the reading of its bad file and the moving of it."""
    cell = saved(store)
    store.set_aside(store.path(cell.id), "truncated")
    assert store.load(cell) is not None
    assert reports == []
    assert list((store.root / "set-aside").iterdir()) == []
