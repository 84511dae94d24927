"""``nstar reproduce``: the published figures and report at once, then what this machine says to them."""

import dataclasses
import hashlib
import json
import random
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from figures.catalogue import FIGURES
from figures.drawing.save import SUFFIXES
from figures.write import write_side_by_side
from paper_repro.published.agreement import Comparison, compare, compare_quantities
from paper_repro.published.reader import PUBLISHED, published_cells, read_published
from paper_repro.published.sums import altered
from paper_repro.report.here import FRESH, Here, Recomputed, fresh_models
from paper_repro.report.page import render_report
from paper_repro.report.sections import sections
from sims.cli.divergence import divergence
from sims.cli.run import results_of
from sims.experiments import EXPERIMENTS
from sims.machine.pool import available_cores
from sims.machine.versions import versions
from sims.measuring.units import Unit
from sims.pieces.cell import ProbeCell
from sims.pieces.errors import InputError
from sims.store import Store, write_atomically
from sims.sweep import SweepReport, sweep
from sims.sweep.executors.in_process import InProcess
from sims.sweep.progress import Progress
from sims.tables.gather import Tables, from_store
from sims.tables.rows import collect_all, collect_quantities

PRESET = "paper"
SAMPLED = (
    "sweeps",
    "architectures",
    "budgets",
    "equivariance",
    "alignment",
    "textures",
    "kernels",
    "shortcut-patches",
)
"""Experiments of which a cell is recomputed: of each family those of which one takes the fewest seconds."""
CHEAPEST = 4
"""Cells of n* are drawn from so many of an experiment: those of the smallest training sets."""
MANIFEST = "manifest.json"
CODE = (".py", ".html", ".css", ".js")


def drawn_cells(seed: int, *, folder: Path = PUBLISHED) -> list[tuple[str, Unit]]:
    """(experiment, unit) of the published cells to recompute: one of each experiment in `SAMPLED`, drawn with
    `seed`.
    """
    draw = random.Random(seed)
    rows = {cell: first for cell, (_, (first, *_)) in published_cells(PRESET, folder).items()}
    found: list[tuple[str, Unit]] = []
    for name in SAMPLED:
        held = [unit for unit in EXPERIMENTS[name].units(PRESET) if unit.id in rows]
        if EXPERIMENTS[name].probe is None:
            held = sorted(held, key=lambda unit: _numbers(rows[unit.id]))[:CHEAPEST]
        if held:
            found.append((name, draw.choice(held)))
    return found


def _numbers(row: dict[str, Any]) -> float:
    return (row["n_best"] or float("inf")) * row["k"] * row["d"] * (row["k"] if row["model"] == "fcn" else 1)


def recomputed(
    units: Sequence[tuple[str, Unit]], store: Store, failed: dict[str, str], *, folder: Path
) -> list[Recomputed]:
    """How each of the units in the store compares with its published rows; failed: id -> message."""
    published = published_cells(PRESET, folder)
    found: list[Recomputed] = []
    for name, unit in units:
        rows = published[unit.id][1]
        if isinstance(unit, ProbeCell):
            again, compared = collect_quantities(store, [unit]), compare_quantities
        else:
            stars, _, readings = collect_all(store, [unit])
            again, compared = stars + readings, compare
        if again:
            result = compared(rows, again)
        else:
            why = failed.get(unit.id, "it was not computed")
            result = Comparison(unit.id, "disagrees", f"it could not be recomputed: {why}")
        found.append(Recomputed(name, unit.label, result))
    return found


def reproduce(out: Path, *, seed: int = 0, workers: int | None = None, folder: Path = PUBLISHED) -> int:
    """Draw the published figures and write the report into `out`, then compute the experiment "headline" and
    a sample of published cells here, and write both anew with what came out. Says on standard error what is
    done and left; prints the report's path.

    0 if all that is published agrees with what was computed here, else 1; a call whose results stand changes
    nothing. Raises `OSError` where `out` cannot be written, and `InputError` if nothing is published.
    """
    inputs = _inputs(seed, folder)
    report = out / "report.html"
    status = _standing(out, inputs)
    if status is not None:
        print("nstar reproduce: everything stands as it was made", file=sys.stderr)
        print(report)
        return status
    wrong = altered(folder)
    try:
        published = read_published(PRESET, folder=folder)
        _publish(published, out, None, suffixes=("png",))
    except ValueError as error:
        if not wrong:
            raise
        # Numbers that cannot be, of a table that was altered.
        raise InputError("tables", str(error), f"those as they were published: {'; '.join(wrong)}") from error
    print(f"nstar reproduce: the published results are in {report}; computing some here", file=sys.stderr)

    progress = Progress(sys.stderr)
    store = Store.open(out / "store", report=progress.note)
    sample = drawn_cells(seed, folder=folder)
    fresh = EXPERIMENTS[FRESH].cells(PRESET)
    done = sweep([*fresh, *(unit for _, unit in sample)], store, InProcess(workers), progress=progress)
    if done.interrupted:
        print("nstar reproduce: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    _say(done, store)
    failed = {unit.id: message for unit, message in done.failed}
    tables = _with_fresh(published, from_store(out / "store", PRESET, names=(FRESH,)))
    here = Here(
        altered=tuple(wrong),
        fresh=tuple(fresh_models(tables)),
        failed=tuple(unit.label for unit, _ in done.failed),
        recomputed=tuple(recomputed(sample, store, failed, folder=folder)),
        seed=seed,
    )
    written = [report, *_publish(tables, out, here, suffixes=SUFFIXES)]
    print(f"nstar reproduce: {here.sentence}", file=sys.stderr)
    print(report)
    if not done.failed:
        kept = {path.relative_to(out).as_posix(): _digest(path) for path in written}
        manifest = {"inputs": inputs, "status": here.status, "outputs": kept}
        write_atomically(out / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return here.status


def _publish(tables: Tables, out: Path, here: Here | None, *, suffixes: Sequence[str]) -> list[Path]:
    """Draw all figures, the headline first, decide all claims meanwhile, and write the report."""
    names = sorted(FIGURES, key=lambda name: name != FRESH)
    say = _counting(len(names))
    with ThreadPoolExecutor(1) as aside:
        drawing = aside.submit(
            write_side_by_side,
            names,
            tables,
            out / "figures",
            processes=min(4, available_cores()),
            suffixes=suffixes,
            drawn=say,
        )
        found = sections(tables)
        paths = drawing.result()
    options = f"--preset {PRESET} --published"
    html = render_report(tables, options=options, found=found, drawn=out / "figures", here=here)
    write_atomically(out / "report.html", html)
    return paths


def _counting(total: int) -> Callable[[str], None]:
    """Says how many figures are drawn: one live line on a terminal, every tenth figure elsewhere."""
    done: list[str] = []
    live = sys.stderr.isatty()

    def drawn(name: str) -> None:
        done.append(name)
        last = len(done) == total
        if live:
            filled = 30 * len(done) // total
            bar = f"[{'#' * filled}{'.' * (30 - filled)}]"
            line = f"\r{bar} {len(done)}/{total} figures drawn"
            print(line, end="\n" if last else "", file=sys.stderr, flush=True)
        elif last or len(done) % 10 == 0:
            print(f"{len(done)}/{total} figures drawn", file=sys.stderr)

    return drawn


def _say(done: SweepReport, store: Store) -> None:
    for unit, message in done.failed:
        print(f"nstar reproduce: failed: {unit.label}: {message}", file=sys.stderr)
    said = divergence(results_of(done, store))
    if said is not None:
        print(f"nstar reproduce: {said}", file=sys.stderr)


def _with_fresh(published: Tables, here: Tables) -> Tables:
    """The published tables, and the cells that were computed here with fresh seeds."""
    return dataclasses.replace(
        published,
        thresholds=(*(row for row in published.thresholds if row["experiment"] != FRESH), *here.thresholds),
        cells=published.cells | here.cells,
        missing=published.missing | here.missing,
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _inputs(seed: int, folder: Path) -> str:
    """Digest of all that the outputs depend on: tables, code, versions and the seed."""
    code = PUBLISHED.parent.parent
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for package in ("theory", "sims", "figures", "paper_repro", "nstar"):
        files += [path for path in (code / package).rglob("*") if path.suffix in CODE]
        files += (code / package).rglob("history/*.csv")
    total = hashlib.sha256(json.dumps([seed, versions()], sort_keys=True).encode())
    for path in sorted(set(files)):
        total.update(f"{path.name}\0{_digest(path)}\n".encode())
    return total.hexdigest()


def _standing(out: Path, inputs: str) -> int | None:
    """The status of a call whose results stand, all of them unchanged; None where there is none."""
    path = out / MANIFEST
    if not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_text())
        kept = {out / name: digest for name, digest in manifest["outputs"].items()}
        status, same = manifest["status"], manifest["inputs"] == inputs
    except (ValueError, KeyError, AttributeError, TypeError):  # not as it was written
        return None
    unchanged = all(file.is_file() and _digest(file) == digest for file, digest in kept.items())
    return status if same and unchanged else None
