"""The report as data: one JSON array with an object for every claim."""

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

from paper_repro.history import Preregistration, preregistered
from paper_repro.report.sections import (
    bonferroni,
    changes_shown,
    commands_of,
    holm,
    q_values,
    run_options,
    sections,
)
from paper_repro.rules.base import LEVEL, Evidence
from paper_repro.verdicts import Verdict
from sims.tables.gather import Tables

Numbers = Mapping[str, float]


def claims_as_json(tables: Tables, *, options: str) -> str:
    """Every claim of every paper, in the order of the report; options as in `render_report`.

    Numbers that do not exist, are not bounded or are infinite are null, so that the text is strict JSON.
    """
    run = run_options(options)
    verdicts = [verdict for section in sections(tables) for verdict in section.verdicts]
    rates = q_values(verdicts)
    ahead = tables.preset == "paper"  # whose sizes and seeds stood before the run
    joint = (holm(verdicts), bonferroni(verdicts)) if ahead else ({}, {})
    registered = preregistered() if ahead else {}
    found = [_claim(verdict, run, rates, joint, registered) for verdict in verdicts]
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)


def _claim(
    verdict: Verdict,
    run: str,
    rates: Numbers,
    joint: tuple[Numbers, Numbers],
    registered: Mapping[str, Preregistration],
) -> dict[str, Any]:
    claim = verdict.claim
    row = registered.get(claim.id)
    return {
        "paper": claim.paper.id,
        "title": claim.paper.title,
        "source": claim.paper.source,
        "id": claim.id,
        "section": claim.section,
        "quote": claim.quote or None,
        "mark": claim.mark,
        "kind": claim.kind,
        "statement": claim.statement,
        "rule": claim.rule.text,
        "protocol": verdict.protocol,
        "experiment": claim.experiment,
        "commands": commands_of(claim, run),
        "verdict": verdict.outcome,
        "error_probability": _number(verdict.error_probability),
        "q_value": rates.get(claim.id),
        "headline": claim.headline,
        "holm": joint[0].get(claim.id),
        "bonferroni": joint[1].get(claim.id),
        "level": LEVEL,
        "summary": verdict.summary,
        "caveat": claim.caveat,
        "withdrawn": claim.withdrawn,
        "changes": [dataclasses.asdict(change) for change in changes_shown(claim)],
        "preregistered": dataclasses.asdict(row) if row else None,
        "cells": verdict.cells,
        "evidence": [_evidence(item) for item in verdict.evidence],
    }


def _evidence(item: Evidence) -> dict[str, Any]:
    estimate = item.estimate
    return {
        "what": item.what,
        "low": _number(estimate.low) if estimate else None,
        "best": _number(estimate.best) if estimate else None,
        "high": _number(estimate.high) if estimate else None,
        "method": estimate.method if estimate else "",
        "against": item.against,
        "note": item.note,
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
