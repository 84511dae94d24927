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
from paper_repro.claims import CLAIMS, LEVEL, Claim
from paper_repro.verdicts import Verdict, decide
from sims.experiments import EXPERIMENTS
from sims.protocols import PROTOCOLS
from sims.versions import versions

PIXELS_PER_INCH = 140
"""Of a figure on the page: text of the same size in narrow and wide figures."""
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


def probability(value: float | None) -> str:
    """An error probability for people."""
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.2g}" if value < 0.0995 else f"{min(value, 1.0):.2f}"


def other_protocols(claim: Claim, tables: Tables) -> list[Verdict]:
    """The verdicts of a claim under the protocols that do not decide it, where cells exist."""
    others = [decide(claim, tables.thresholds, protocol=name) for name in PROTOCOLS if name != claim.protocol]
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
    verdicts = [decide(claim, tables.thresholds) for claim in CLAIMS.values()]
    environment = Environment(
        loader=PackageLoader("paper_repro"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["probability"] = probability
    run_options = options.replace(" --published", "")
    experiments: list[dict[str, Any]] = [
        {
            "name": name,
            "title": experiment.title,
            "question": experiment.question,
            "command": f"nstar run {name} {run_options}",
            "done": len(tables.cells.get(name, ())),
            "missing": len(tables.missing.get(name, ())),
        }
        for name, experiment in EXPERIMENTS.items()
    ]
    return environment.get_template("report.html").render(
        preset=tables.preset,
        command=f"nstar report {options}",
        run_options=run_options,
        verdicts=verdicts,
        others={verdict.claim.id: other_protocols(verdict.claim, tables) for verdict in verdicts},
        contradictions=contradictions(verdicts),
        counts={word: sum(verdict.outcome == word for verdict in verdicts) for word in SIGNS},
        signs=SIGNS,
        level=LEVEL,
        pictures=pictures(tables, options=options),
        experiments=experiments,
        versions={**versions(), "matplotlib": version("matplotlib")},
        cells=sorted({cell for cells in tables.cells.values() for cell in cells}),
    )
