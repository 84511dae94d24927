"""The report: one HTML file that needs nothing else, verdicts first, then evidence, figures and how to rerun
each."""

import base64
import dataclasses
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from figures.catalogue import FIGURES
from figures.save import render
from figures.tables import Tables
from paper_repro.claims import KINDS, PAPERS, Claim, Paper, claims_of
from paper_repro.rules.base import LEVEL
from paper_repro.verdicts import Verdict, decide, decide_all
from sims.experiments import EXPERIMENTS
from sims.protocols import PROTOCOLS
from sims.versions import versions

PIXELS_PER_INCH = 140
"""Of a figure on the page: text of the same size in narrow and wide figures."""
SHOWN = 12
"""Numbers of evidence beyond which a claim's table is folded away."""
SIGNS = {"reproduced": "✓", "contradicted": "✗", "inconclusive": "?", "not run": "–"}


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


@dataclasses.dataclass(frozen=True)
class Section:
    """The claims of one paper: verdicts by heading, in the order of the kinds, and how often each outcome."""

    paper: Paper
    tables: tuple[tuple[str, tuple[Verdict, ...]], ...]
    counts: dict[str, int]

    @property
    def verdicts(self) -> list[Verdict]:
        """All of them, in the order in which the report lists them."""
        return [verdict for _, verdicts in self.tables for verdict in verdicts]


def counts_of(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """How often each outcome occurs."""
    return {word: sum(verdict.outcome == word for verdict in verdicts) for word in SIGNS}


def sections(tables: Tables) -> list[Section]:
    """A section for each paper that has claims."""
    found = []
    for paper in PAPERS.values():
        verdicts = decide_all(claims_of(paper.id), tables)
        by_kind = [
            (heading, tuple(verdict for verdict in verdicts if verdict.claim.kind == kind))
            for kind, heading in KINDS.items()
        ]
        found.append(Section(paper, tuple(part for part in by_kind if part[1]), counts_of(verdicts)))
    return found


def commands_of(claim: Claim, run_options: str) -> list[str]:
    """The commands that compute what a claim rests on."""
    return [f"nstar run {experiment} {run_options}" for experiment in claim.experiments]


def run_options(options: str) -> str:
    """Options of ``nstar run`` from those of the report: all but those that name tables to read."""
    return options.replace(" --published", "")


def probability(value: float | None) -> str:
    """An error probability for people."""
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.2g}" if value < 0.0995 else f"{min(value, 1.0):.2f}"


def sentence(text: str) -> str:
    """A summary as a sentence; symbols such as n* keep their case."""
    opening = text if text.startswith("n*") else text[:1].upper() + text[1:]
    return opening if opening.endswith(".") else opening + "."


def other_protocols(claim: Claim, tables: Tables) -> list[Verdict]:
    """The verdicts of a claim under the protocols that do not decide it, where cells exist; none for a claim
    that is not about the n* of one protocol."""
    if claim.protocol is None:
        return []
    others = [decide(claim, tables, protocol=name) for name in PROTOCOLS if name != claim.protocol]
    return [verdict for verdict in others if verdict.outcome != "not run"]


def contradictions(verdicts: Sequence[Verdict]) -> list[tuple[Verdict, Verdict]]:
    """Pairs of statements of one paper that cannot both be true, with their verdicts."""
    by_id = {verdict.claim.id: verdict for verdict in verdicts}
    pairs: dict[frozenset[str], tuple[Verdict, Verdict]] = {}
    for verdict in verdicts:
        other = by_id.get(verdict.claim.contradicts or "")
        if other is not None:
            pairs.setdefault(frozenset((verdict.claim.id, other.claim.id)), (verdict, other))
    return list(pairs.values())


def pictures(tables: Tables, *, options: str) -> list[Picture]:
    """Every figure, drawn from the tables."""
    found = []
    for spec in FIGURES.values():
        figure = spec.build(tables.of(spec.experiments, spec.table))
        png = render(figure, "png")
        missing = sum(len(tables.missing.get(name, ())) for name in spec.experiments)
        encoded = base64.b64encode(png).decode()
        command = f"nstar figures {options} {spec.name}"
        found.append(
            Picture(
                name=spec.name,
                title=spec.title,
                caption=spec.caption,
                png=encoded,
                width=round(figure.get_figwidth() * PIXELS_PER_INCH),
                command=command,
                experiments=spec.experiments,
                missing=missing,
            )
        )
    return found


def render_report(tables: Tables, *, options: str) -> str:
    """The report as HTML. options: those of the command line that name its source, e.g. ``--preset quick``;
    figures take the same, ``nstar run`` all but ``--published``.

    A pure function of the tables and the versions: it holds no date and no time.
    """
    found = sections(tables)
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
        contradictions=contradictions(verdicts),
        counts=counts_of(verdicts),
        signs=SIGNS,
        level=LEVEL,
        shown=SHOWN,
        pictures=pictures(tables, options=options),
        experiments=experiments,
        versions={**versions(), "matplotlib": version("matplotlib")},
        cells=sorted({cell for cells in tables.cells.values() for cell in cells}),
    )
