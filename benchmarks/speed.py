"""nstar against the plain PyTorch loop on one cell: paired runs, their ratio, and where the time goes."""

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import roofline
from benchmarks.results import spread

PEER = Path(__file__).with_name("torch_loop.py")
ROOT = Path(__file__).parent.parent

# What jax writes for each program when JAX_LOG_COMPILES is set; a hit of the persistent cache counts as its
# "XLA compilation", which then is the reading of the file.
COMPILE_LOG = {
    "tracing": re.compile(r"Finished tracing .* in ([\d.]+) sec"),
    "lowering": re.compile(r"Finished jaxpr to MLIR module conversion .* in ([\d.]+) sec"),
    "xla": re.compile(r"Finished XLA compilation of .* in ([\d.]+) sec"),
}
CACHE_HIT = "Persistent compilation cache hit"


class BenchmarkError(RuntimeError):
    """A run of ours or of the peer did not give an answer; the message is for the user."""


@dataclass(frozen=True)
class Settings:
    """What is measured. `reps` seeds, `pairs` paired runs; the protocol fixes all else."""

    k: int
    d: int
    sigma: float
    reps: int
    pairs: int
    nstar: tuple[str, ...]
    torch_python: str


def default_nstar() -> tuple[str, ...]:
    """The `nstar` beside this interpreter, or the same entry point run from the source tree."""
    beside = shutil.which("nstar", path=str(Path(sys.executable).parent))
    if beside:
        return (beside,)
    return (sys.executable, "-c", "import sys; from paper_repro.cli import main; sys.exit(main())")


def call(
    command: list[str], *, env: dict[str, str] | None = None, show_errors: bool
) -> tuple[float, dict, str]:
    """Wall seconds of the whole process, the JSON object it printed, and its standard error if kept."""
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | (env or {}),
            stdout=subprocess.PIPE,
            stderr=None if show_errors else subprocess.PIPE,
            text=True,
            check=False,
        )
    except OSError as error:
        raise BenchmarkError(f"{command[0]} cannot be run: {error.strerror}") from None
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        last = (done.stderr or "").strip().splitlines()[-1:] or ["no message"]
        raise BenchmarkError(f"{' '.join(command[:3])} ... ended with status {done.returncode}: {last[0]}")
    try:
        return seconds, json.loads(done.stdout), done.stderr or ""
    except json.JSONDecodeError as error:
        raise BenchmarkError(f"{command[0]} did not print one JSON object: {error}") from None


# --- The two sides ----------------------------------------------------------------------------------------


def run_ours(settings: Settings, cache: str, *, log_compiles: bool = False) -> dict:
    """One `nstar measure` in a process of its own, with the compilation cache in the folder `cache`.

    With `log_compiles` jax logs what it compiles, which takes time itself: no timed run does.
    """
    command = [*settings.nstar, "measure", "dsd", "--model", "lcn", "--protocol", "lahoti", "--json"]
    command += ["--k", str(settings.k), "--d", str(settings.d), "--sigma", str(settings.sigma)]
    command += ["--reps", str(settings.reps)]
    env = {"JAX_COMPILATION_CACHE_DIR": cache} | ({"JAX_LOG_COMPILES": "1"} if log_compiles else {})
    whole, answer, log = call(command, env=env, show_errors=False)
    compiling = {name: sum(float(s) for s in pattern.findall(log)) for name, pattern in COMPILE_LOG.items()}
    return {
        "whole_process": whole,
        "seconds": answer["seconds"],
        "compiling": compiling
        | {"programs": len(COMPILE_LOG["xla"].findall(log)), "hits": log.count(CACHE_HIT)},
        "answer": answer,
    }


def evaluations_of(answer: dict) -> list[dict] | None:
    """The (seed, n) that our search trained; None if the answer has no such list.

    `steps` is turned into steps of single lanes: an evaluation takes its steps with all lanes at once.
    """
    found = []
    for per_seed in answer["per_seed"]:
        for evaluation in per_seed.get("evaluations") or []:
            lane_steps = evaluation["steps"] * evaluation["trainings"]
            found.append({"seed": per_seed["seed"]} | evaluation | {"steps": lane_steps})
    return found or None


def run_peer(settings: Settings, *, target: float, plan: list[list[int]] | None, frozen: dict | None) -> dict:
    """One run of the PyTorch loop; `frozen` holds the settings that an earlier run calibrated.

    Its whole-process time leaves the calibration out.
    """
    command = [settings.torch_python, str(PEER), "--target", repr(target), "--reps", str(settings.reps)]
    command += ["--k", str(settings.k), "--d", str(settings.d), "--sigma", str(settings.sigma)]
    if frozen:
        command += ["--threads", str(frozen["threads"]), "--forward", frozen["forward"]]
    with tempfile.TemporaryDirectory() as folder:
        if plan is not None:
            path = Path(folder) / "plan.json"
            path.write_text(json.dumps(plan))
            command += ["--plan", str(path)]
        whole, answer, _ = call(command, show_errors=True)
    whole -= answer["seconds_calibrating"]
    early = whole - answer["seconds"] + answer["seconds_early_exit"]
    return {"whole_process": whole, "whole_process_early_exit": early} | answer


def check_torch(python: str) -> None:
    probe = [python, "-c", "import torch, numpy"]
    try:
        found = subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        found = False
    if not found:
        raise BenchmarkError(f"--torch-python {python}: needs an interpreter that has torch and numpy")


# --- The benchmark ----------------------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def of_runs(values: list[float]) -> dict:
    return spread(values) | {"runs": values}


def benchmark(settings: Settings) -> dict:
    """A first run on an empty compilation cache, then the pairs ours, peer, ours, peer, ...: all measured."""
    check_torch(settings.torch_python)
    say("machine limits ...")
    limits = {
        "matrix_product_gflops": roofline.matrix_product_gflops(),
        "triad_gigabytes_a_second": roofline.triad_gigabytes_a_second(),
    }
    with tempfile.TemporaryDirectory() as cache:
        say("ours, empty compilation cache ...")
        first = run_ours(settings, cache)
        cache_used = any(Path(cache).iterdir())
        say(f"  {first['whole_process']:.1f} s")
        found = evaluations_of(first["answer"])
        plan = [[e["seed"], e["n"]] for e in found] if found else None
        ours, peers = [], []
        for pair in range(settings.pairs):
            say(f"pair {pair + 1} of {settings.pairs}: ours ...")
            ours.append(run_ours(settings, cache))
            say(f"  {ours[-1]['whole_process']:.1f} s; the PyTorch loop ...")
            peers.append(
                run_peer(
                    settings, target=first["answer"]["target"], plan=plan, frozen=peers[0] if peers else None
                )
            )
            say(f"  {peers[-1]['whole_process']:.1f} s")
        logged = run_ours(settings, cache, log_compiles=True)
    for run in ours:
        if evaluations_of(run["answer"]) != found:
            raise BenchmarkError("two runs of ours trained different (seed, n): they cannot be paired")

    pairs = list(zip(ours, peers, strict=True))
    ratios = {
        "whole_process": of_runs([b["whole_process"] / a["whole_process"] for a, b in pairs]),
        "seconds": of_runs([b["seconds"] / a["seconds"] for a, b in pairs]),
        "whole_process_early_exit": of_runs(
            [b["whole_process_early_exit"] / a["whole_process"] for a, b in pairs]
        ),
        "seconds_early_exit": of_runs([b["seconds_early_exit"] / a["seconds"] for a, b in pairs]),
        "whole_process_empty_cache": statistics.median(b["whole_process"] for b in peers)
        / first["whole_process"],
    }
    ns = [n for _, n in plan] if plan else [e["n"] for e in peers[0]["evaluations"]]
    return {
        "settings": asdict(settings) | {"nstar": None, "torch_python": None},
        "machine": {"cpu": processor(), "cores": os.cpu_count(), "python": sys.version.split()[0]},
        "limits": limits,
        "ratios": ratios,
        "same_trainings": plan is not None,
        "cache_folder_used": cache_used,
        "time": where_the_time_goes(ours, peers, logged["compiling"], ns, found, settings, limits),
        "first_run_empty_cache": first,
        "ours": ours,
        "peer": peers,
    }


def processor() -> str:
    """The processor's name as the system gives it."""
    try:
        names = re.findall(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def where_the_time_goes(ours, peers, compiled, ns, found, settings: Settings, limits: dict) -> dict:
    """The median run of each side taken apart, beside the time that the machine's limits would allow."""
    a = sorted(ours, key=lambda r: r["whole_process"])[len(ours) // 2]
    b = sorted(peers, key=lambda r: r["whole_process"])[len(peers) // 2]
    k, d = settings.k, settings.d
    flops = roofline.protocol_flops(ns, k, d)
    compiling = sum(compiled[name] for name in COMPILE_LOG)
    training = a["seconds"] - compiling
    gflops, bandwidth = limits["matrix_product_gflops"], limits["triad_gigabytes_a_second"]
    full_lane_steps = len(ns) * roofline.GRID_POINTS * roofline.STEPS
    done = None
    if found and all("steps" in e for e in found):
        steps = sum(e["steps"] for e in found)
        executed = sum(e["steps"] * roofline.lane_step_flops(e["n"], k, d) for e in found)
        done = {
            "steps": steps,
            "share_of_full_grid": steps / full_lane_steps,
            "gflop": executed / 1e9,
            "gflops": executed / training / 1e9,
            "share_of_matrix_product": executed / training / 1e9 / gflops,
        }
    return {
        "protocol": {
            "evaluations": len(ns),
            "median_n": statistics.median(ns),
            "lane_steps": full_lane_steps,
            "gflop": flops / 1e9,
            "seconds_at_matrix_product_limit": flops / 1e9 / gflops,
            "seconds_at_memory_limit_nine_lanes": roofline.protocol_bytes(ns, k, d, 9) / 1e9 / bandwidth,
            "seconds_at_memory_limit_one_lane": roofline.protocol_bytes(ns, k, d, 1) / 1e9 / bandwidth,
        },
        "ours": {
            "whole_process": a["whole_process"],
            "start_and_imports": a["whole_process"] - a["seconds"],
            "compiling": compiling,
            "training_and_rest": training,
            "gflops_of_the_full_grid": flops / training / 1e9,
            "done": done,
        },
        "peer": {
            "whole_process": b["whole_process"],
            "start_and_imports": b["whole_process"] - b["seconds"],
            "on_test_sets": b["seconds_on_test_sets"],
            "training_and_rest": b["seconds"] - b["seconds_on_test_sets"],
            "us_a_step": b["us_a_step"],
            "gflops_of_the_full_grid": flops / b["seconds"] / 1e9,
            "threads": b["threads"],
            "forward": b["forward"],
        },
    }


# --- Report -----------------------------------------------------------------------------------------------


def report(result: dict) -> str:
    """What `make bench` prints."""
    settings, limits, ratios, parts = (result[key] for key in ("settings", "limits", "ratios", "time"))
    protocol, ours, peer = parts["protocol"], parts["ours"], parts["peer"]
    gflops = limits["matrix_product_gflops"]

    def ratio(name: str) -> str:
        r = ratios[name]
        return f"{r['median']:8.1f}   ({r['low']:.1f} to {r['high']:.1f})"

    lines = [
        f"LCN, k = {settings['k']}, d = {settings['d']}, sigma = {settings['sigma']}, "
        f"seeds: {settings['reps']}, protocol lahoti, paired runs: {settings['pairs']}",
        f"{result['machine']['cpu']}, {result['machine']['cores']} cores",
        "",
        "times faster than the plain PyTorch loop      median   (range over the pairs)",
        f"  whole grid, whole process                 {ratio('whole_process')}",
        f"  whole grid, seconds inside the process    {ratio('seconds')}",
        f"  grid left at the target, whole process    {ratio('whole_process_early_exit')}",
        f"  grid left at the target, inside           {ratio('seconds_early_exit')}",
        f"  our first run, empty compilation cache    {ratios['whole_process_empty_cache']:8.1f}",
        "",
        "where the time goes (s)                           ours    PyTorch",
        f"  whole process                             {ours['whole_process']:10.2f}"
        f" {peer['whole_process']:10.2f}",
        f"  start and imports                         {ours['start_and_imports']:10.2f}"
        f" {peer['start_and_imports']:10.2f}",
        f"  tracing, compiling, reading the cache     {ours['compiling']:10.2f}          -",
        f"  looking at the test sets                     in next {peer['on_test_sets']:10.2f}",
        f"  training and the rest                     {ours['training_and_rest']:10.2f}"
        f" {peer['training_and_rest']:10.2f}",
        f"  a gradient step of one training (us)               - {peer['us_a_step']:10.1f}",
        "",
        f"machine: {gflops:.1f} GFLOP/s in a 1024^3 float32 product, "
        f"{limits['triad_gigabytes_a_second']:.1f} GB/s in a stream triad",
        f"protocol: {protocol['evaluations']} (seed, n), median n {protocol['median_n']:g}, "
        f"{protocol['gflop']:.1f} GFLOP for every step of the nine-point grid",
        f"  at the matrix-product limit {protocol['seconds_at_matrix_product_limit']:.2f} s",
        f"  at the memory limit, data never in cache: "
        f"{protocol['seconds_at_memory_limit_nine_lanes']:.2f} s with nine lanes a reading, "
        f"{protocol['seconds_at_memory_limit_one_lane']:.2f} s with one",
        f"  full grid over time spent: ours {ours['gflops_of_the_full_grid']:.1f} GFLOP/s, "
        f"PyTorch {peer['gflops_of_the_full_grid']:.1f} GFLOP/s "
        f"({peer['threads']} threads, {peer['forward']})",
    ]
    done = ours["done"]
    if done:
        lines.append(
            f"  ours did {100 * done['share_of_full_grid']:.0f} % of the steps (lanes stop when decided): "
            f"{done['gflops']:.1f} GFLOP/s, {100 * done['share_of_matrix_product']:.0f} % of the "
            f"matrix-product limit"
        )
    if not result["same_trainings"]:
        lines.append("note: our answer lists no evaluations, so PyTorch ran a bisection of its own")
    if not result["cache_folder_used"]:
        lines.append(
            "note: nothing was written to the empty compilation cache; the first run may not be a cold one"
        )
    return "\n".join(lines)
