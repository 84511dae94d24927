"""Where benchmarks write what they have measured."""

import json
import os
import statistics
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def spread(values: list[float]) -> dict:
    """The median of the runs and their range."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def write(result: dict, path: Path) -> None:
    """Write it as JSON, whole or not at all, and say where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(result, indent=1) + "\n")
    os.replace(temporary, path)
    print(f"written to {os.path.relpath(path)}")
