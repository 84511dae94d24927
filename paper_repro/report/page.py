"""The report: one HTML file that needs nothing else, verdicts first, then evidence, figures and how to rerun
each."""

import base64
import dataclasses
import io
from collections.abc import Container, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from figures.catalogue import FIGURES
from figures.drawing.save import DPI, render
from paper_repro.claims import KINDS, Claim
from paper_repro.history import preregistered
from paper_repro.report.here import Here, span
from paper_repro.report.sections import (
    Section,
    bonferroni,
    changes_shown,
    commands_of,
    contradictions,
    counts_of,
    headlines,
    holm,
    other_protocols,
    q_values,
    run_options,
    sections,
)
from paper_repro.rules.base import LEVEL
from sims.experiments import EXPERIMENTS
from sims.machine.versions import versions
from sims.tables.gather import Tables

PIXELS_PER_INCH = 140
"""Of a figure on the page: text of the same size in narrow and wide figures."""
SHOWN = 12
"""Numbers of evidence beyond which a claim's table is folded away."""
SIGNS = {"reproduced": "✓", "contradicted": "✗", "inconclusive": "?", "withdrawn": "↶", "not run": "–"}

MARKS = {"changed": "changed after results", "preregistered": "preregistered", "headline": "headline"}
"""What claims can be filtered by beside paper, kind and verdict, in the words of the page."""


@dataclasses.dataclass(frozen=True)
class Picture:
    """A figure of the report: PNG in base64, its width on the page in pixels, and how to draw it again."""

    name: str
    title: str
    caption: str
    png: str
    width: int
    command: str
    experiments: tuple[str, ...]
    missing: int


def probability(value: float | None) -> str:
    """An error probability for people."""
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.2g}" if value < 0.0995 else f"{min(value, 1.0):.2f}"


def sentence(text: str) -> str:
    """A summary as a sentence; symbols such as n* keep their case."""
    opening = text if text.startswith("n*") else text[:1].upper() + text[1:]
    return opening if opening.endswith(".") else opening + "."


def marks_of(claim: Claim, registered: Container[str]) -> tuple[str, ...]:
    """Which of `MARKS` a claim has; registered: ids of those that are preregistered."""
    has = {
        "changed": any(change.seen == "after results" for change in changes_shown(claim)),
        "preregistered": claim.id in registered,
        "headline": claim.headline,
    }
    return tuple(mark for mark in MARKS if has[mark])


def pictures(tables: Tables, *, options: str, drawn: Path | None = None) -> list[Picture]:
    """Every figure, drawn from the tables. drawn: a folder that has them as PNG already."""
    found = []
    for spec in FIGURES.values():
        if drawn is None:
            png = render(spec.build(tables.of(spec.experiments, spec.table)), "png")
        else:
            png = (drawn / f"{spec.name}.png").read_bytes()
        with Image.open(io.BytesIO(png)) as image:
            inches = image.width / DPI
        missing = sum(len(tables.missing.get(name, ())) for name in spec.experiments)
        encoded = base64.b64encode(png).decode()
        command = f"nstar figures {options} {spec.name}"
        found.append(
            Picture(
                name=spec.name,
                title=spec.title,
                caption=spec.caption,
                png=encoded,
                width=round(inches * PIXELS_PER_INCH),
                command=command,
                experiments=spec.experiments,
                missing=missing,
            )
        )
    return found


def render_report(
    tables: Tables,
    *,
    options: str,
    found: Sequence[Section] | None = None,
    drawn: Path | None = None,
    here: Here | None = None,
) -> str:
    """The report as HTML. options: those of the command line that name its source, e.g. ``--preset quick``;
    figures take the same, ``nstar run`` all but ``--published``.

    found: the claims as `sections` decides them, drawn: a folder that has every figure as PNG, where these
    were made before; here: what this machine says to the published results.

    A pure function of these and the versions: it holds no date and no time.
    """
    found = sections(tables) if found is None else found
    verdicts = [verdict for section in found for verdict in section.verdicts]
    environment = Environment(
        loader=PackageLoader("paper_repro"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["probability"] = probability
    environment.filters["sentence"] = sentence
    run = run_options(options)
    # Sizes and seeds of the preset "paper" are those that stood before the run.
    ahead = tables.preset == "paper"
    registered = preregistered() if ahead else {}
    experiments: list[dict[str, Any]] = [
        {
            "name": name,
            "title": experiment.title,
            "question": experiment.question,
            "command": f"nstar run {name} {run}",
            "done": len(tables.cells.get(name, ())),
            "missing": len(tables.missing.get(name, ())),
        }
        for name, experiment in EXPERIMENTS.items()
    ]
    return environment.get_template("report.html").render(
        preset=tables.preset,
        command=f"nstar report {options}",
        sections=found,
        verdicts=verdicts,
        commands={verdict.claim.id: commands_of(verdict.claim, run) for verdict in verdicts},
        others={verdict.claim.id: other_protocols(verdict.claim, tables) for verdict in verdicts},
        changes={verdict.claim.id: changes_shown(verdict.claim) for verdict in verdicts},
        preregistered=registered,
        q_values=q_values(verdicts),
        headlines=headlines(verdicts) if ahead else [],
        holm=holm(verdicts),
        bonferroni=bonferroni(verdicts),
        kinds={kind: sum(verdict.claim.kind == kind for verdict in verdicts) for kind in KINDS},
        marks=MARKS,
        marked={verdict.claim.id: marks_of(verdict.claim, registered) for verdict in verdicts},
        contradictions=contradictions(verdicts),
        counts=counts_of(verdicts),
        signs=SIGNS,
        level=LEVEL,
        shown=SHOWN,
        pictures=pictures(tables, options=options, drawn=drawn),
        here=here,
        span=span,
        experiments=experiments,
        versions={**versions(), "matplotlib": version("matplotlib")},
        cells=sorted({cell for cells in tables.cells.values() for cell in cells}),
    )
