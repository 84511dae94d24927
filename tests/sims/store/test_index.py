"""What a store remembers, so that a finished sweep is resumed and looked at without making its cells."""

import dataclasses
import json
import subprocess
import sys

import pytest

import sims.store.index
from sims.cli import add_commands, dispatch
from sims.cli.roster import Roster
from sims.cli.tables import write_tables
from sims.experiments import EXPERIMENTS, Experiment, ProbeSetting, Setting
from sims.store import Store
from sims.store.index import Index, definition, is_covered
from sims.sweep import is_finished
from sims.sweep.progress import Progress
from tests.sims.planted import planted_cell, planted_measure, run_sweep
from tests.sims.tasks.test_image_folder import make_folder
from tests.sims.tasks.test_image_folder import task as image_task


def settings(preset="quick", sigma=0.3):
    del preset
    return [
        Setting(k=2, d=d, sigma=sigma, model="cnn", protocol=protocol, seeds=(0, 1), n_max=40)
        for d in (3, 4)
        for protocol in ("lahoti", "honest")
    ]


EXPERIMENT = Experiment(name="tiny", title="tiny", question="?", make=settings)


def planted(cell, on_outcome):
    return dataclasses.replace(planted_measure(planted_cell(20), on_outcome), target=0.5)


@pytest.fixture
def store(tmp_path):
    """A finished sweep of the experiment, with planted results."""
    store = Store.open(tmp_path / "store")
    report = run_sweep(EXPERIMENT.units("quick"), store, planted)
    assert len(report.computed) == 4
    return store


def roster(store, experiment=EXPERIMENT, **options):
    return Roster(experiment, "quick", store.root, **options)


def forbid_making(monkeypatch):
    def units(*args, **kwargs):
        raise AssertionError("units were made")

    monkeypatch.setattr(Experiment, "units", units)


def test_ids_are_those_of_the_units_and_come_from_the_store_once_kept(store, monkeypatch):
    first = roster(store)
    expected = [unit.id for unit in EXPERIMENT.units("quick")]
    assert first.ids() == expected
    first.keep()
    forbid_making(monkeypatch)
    assert roster(store).ids() == expected
    assert roster(store, protocol="honest").ids() == expected[1::2]
    with pytest.raises(AssertionError, match="units were made"):
        roster(store).units()


@pytest.mark.parametrize("change", ["settings", "sources", "length", "damage"])
def test_ids_of_another_definition_are_not_taken(store, monkeypatch, change):
    roster(store).keep()
    experiment = EXPERIMENT
    path = store.root / "index" / "tiny-quick.json"
    if change == "settings":
        experiment = dataclasses.replace(EXPERIMENT, make=lambda preset: settings(preset, sigma=0.4))
    elif change == "sources":
        monkeypatch.setattr(sims.store.index, "sources", lambda: "other code")
    elif change == "length":
        path.write_text(json.dumps({**json.loads(path.read_text()), "ids": ["0" * 64]}))
    else:
        path.write_text(path.read_text()[:100])
    assert roster(store, experiment).ids() == [unit.id for unit in experiment.units("quick")]
    roster(store, experiment).keep()


def test_the_digest_of_the_sources_changes_with_any_of_them(tmp_path, monkeypatch):
    class Package:
        __name__ = "some"
        __file__ = str(tmp_path / "__init__.py")

    monkeypatch.setattr(sims.store.index, "PACKAGES", (Package,))
    seen = set()
    (tmp_path / "inner").mkdir()
    changes = (("__init__.py", "a = 1"), ("inner/b.py", ""), ("inner/b.py", "b"), ("inner/c.py", "b"))
    for name, content in changes:
        (tmp_path / name).write_text(content)
        sims.store.index.sources.cache_clear()
        seen.add(sims.store.index.sources())
    sims.store.index.sources.cache_clear()
    assert len(seen) == len(changes)


def test_pieces_of_somebody_elses_are_not_indexed(tmp_path):
    index = Index(tmp_path)
    ours, theirs = EXPERIMENT.units("quick")[0], planted_cell()
    assert is_covered(ours)
    assert is_covered(ProbeSetting("packing_sizes", {"dimension": 4, "inner_product": 0.5}).cell())
    assert not is_covered(theirs)
    index.keep_ids("some", "definition", [ours, theirs])
    assert index.ids("some", "definition") is None
    index.keep_ids("some", "definition", [ours])
    assert index.ids("some", "definition") == [ours.id]


def test_pieces_that_read_files_are_not_indexed_wherever_they_stand(tmp_path):
    """Their identity is that of the files, which settings do not hold."""
    make_folder(tmp_path / "images", "waterbirds")
    task = image_task(tmp_path / "images", "waterbirds")
    cell = settings()[0].cell()
    assert is_covered(cell)
    assert not is_covered(dataclasses.replace(cell, task=task))

    @dataclasses.dataclass(frozen=True)
    class Inside:
        part: object

    Inside.__module__ = "sims.inside"
    assert is_covered(dataclasses.replace(cell, task=Inside(cell.model)))
    assert not is_covered(dataclasses.replace(cell, task=Inside(task)))


def test_status_of_a_store_with_other_cells_makes_units_once_and_no_folder(store, monkeypatch, capsys):
    monkeypatch.setattr("sims.cli.status.EXPERIMENTS", {"tiny": EXPERIMENT})
    monkeypatch.setitem(EXPERIMENTS, "tiny", EXPERIMENT)
    monkeypatch.setitem(
        EXPERIMENTS, "none", Experiment(name="none", title="", question="?", make=lambda _: [])
    )
    line = ["status", "none", "--store", str(store.root)]
    assert dispatch(line, [add_commands]) == 0
    first = capsys.readouterr().out
    assert "cells of other definitions" not in first  # "tiny" has them
    forbid_making(monkeypatch)
    assert dispatch(line, [add_commands]) == 0
    assert capsys.readouterr().out == first
    monkeypatch.undo()
    monkeypatch.chdir(store.root.parent)
    assert dispatch(["status"], [add_commands]) == 0
    assert not (store.root.parent / "results").exists()


@pytest.mark.parametrize("content", [None, "somebody's"])
def test_status_leaves_folders_alone_that_are_no_stores(tmp_path, content):
    folder = tmp_path / "folder"
    folder.mkdir()
    if content is not None:
        (folder / "a.txt").write_text(content)
    before = list(folder.iterdir())
    assert dispatch(["status", "packings", "--store", str(folder)], [add_commands]) == 0
    assert list(folder.iterdir()) == before


def test_a_definition_is_one_of_all_fields_of_all_settings():
    base = settings()
    other = [*base[:-1], dataclasses.replace(base[-1], learner={"steps": 10})]
    assert len({definition(base), definition(other), definition(base[:-1]), definition(base[::-1])}) == 4


def test_tables_are_written_when_something_has_changed_and_not_otherwise(store, monkeypatch):
    paths = write_tables(store, roster(store))
    assert [path.name for path in paths] == ["tiny.csv", "tiny-evaluations.csv"]
    texts = [path.read_bytes() for path in paths]
    roster(store).keep()
    with monkeypatch.context() as patch:
        forbid_making(patch)
        assert write_tables(store, roster(store)) == paths
    # Each of these is met by writing both anew.
    paths[1].unlink()
    assert [path.read_bytes() for path in write_tables(store, roster(store))] == texts
    paths[0].write_text("edited\n")
    assert [path.read_bytes() for path in write_tables(store, roster(store))] == texts
    cell = EXPERIMENT.units("quick")[2]
    record = store.load(cell)
    store.save(cell, dataclasses.replace(record.result, target=0.25), record.provenance)
    write_tables(store, roster(store))
    changed = [path.read_bytes() for path in paths]
    assert changed[0] != texts[0]
    assert changed[1] != texts[1]
    store.path(cell.id).unlink()
    write_tables(store, roster(store))
    assert b"0.25" not in paths[0].read_bytes()
    monkeypatch.setattr("sims.cli.tables.sources", lambda: "other code")
    forbid_making(monkeypatch)
    with pytest.raises(AssertionError, match="units were made"):
        write_tables(store, roster(store))


def test_tables_that_another_process_has_overwritten_meanwhile_are_not_taken_for_ours(store, monkeypatch):
    """Its sweep has begun before, or is of another preset: its table has fewer cells."""
    texts = [path.read_bytes() for path in write_tables(store, roster(store))]
    (store.root / "index" / "tables-tiny.json").unlink()
    real = Index.keep_tables

    def late(self, name, cells, texts):
        (store.root / "tables" / "tiny.csv").write_text("of fewer cells\n")
        real(self, name, cells, texts)

    monkeypatch.setattr(Index, "keep_tables", late)
    write_tables(store, roster(store))
    monkeypatch.undo()
    assert [path.read_bytes() for path in write_tables(store, roster(store))] == texts


def test_a_finished_sweep_says_so_and_an_unfinished_one_is_not(store, capsys):
    ids = {unit.id for unit in EXPERIMENT.units("quick")}
    assert is_finished(ids, store, Progress(sys.stderr))
    assert "4/4 cells done (4 already there)" in capsys.readouterr().err
    path = store.path(min(ids))
    path.write_text(path.read_text()[:-10])
    assert not is_finished(ids, store, Progress(sys.stderr))
    assert "cells done" not in capsys.readouterr().err
    assert (store.root / "set-aside" / path.name).exists()


def test_a_resumed_run_and_a_status_of_a_finished_sweep_import_no_jax(store, tmp_path):
    """In a process of its own: what takes seconds at ten thousand cells is not even loaded."""
    script = tmp_path / "experiment.py"
    script.write_text(
        "import sys\n"
        "from sims.cli import add_commands, dispatch\n"
        "from sims.experiments import EXPERIMENTS, Experiment, Setting\n"
        "def settings(preset):\n"
        "    return [Setting(k=2, d=d, sigma=0.3, model='cnn', protocol=p, seeds=(0, 1), n_max=40)\n"
        "            for d in (3, 4) for p in ('lahoti', 'honest')]\n"
        "EXPERIMENTS['tiny'] = Experiment(name='tiny', title='tiny', question='?', make=settings)\n"
        "status = dispatch(sys.argv[1:], [add_commands])\n"
        "print(sorted(set(sys.modules) & {'jax', 'scipy', 'numpy'}))\n"
        "sys.exit(status)\n"
    )

    def run(command):
        line = [sys.executable, str(script), command, "tiny", "--store", str(store.root)]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[-1]

    assert "jax" in run("run")  # the ids are not known yet
    assert [run(command) for command in ("run", "status")] == ["[]", "[]"]


def test_status_needs_units_for_the_names_of_failed_cells_only(store, monkeypatch, capsys):
    monkeypatch.setitem(EXPERIMENTS, "tiny", EXPERIMENT)
    roster(store).keep()
    cell = EXPERIMENT.units("quick")[1]
    store.path(cell.id).unlink()
    store.save_failure(cell, "ValueError: planted", "", {})
    assert dispatch(["status", "tiny", "--store", str(store.root), "--json"], [add_commands]) == 0
    found = json.loads(capsys.readouterr().out)["experiments"][0]
    assert (found["done"], found["failed"], found["missing"]) == (3, 1, 0)
    assert found["failures"] == [{"cell": cell.label, "error": "ValueError: planted"}]
