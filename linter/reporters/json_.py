"""JSON, version 1: the contract with other programs. The schema is in ``schemas/check-v1.schema.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from linter import __version__
from linter.evidence import STATUS_ORDER, Counts, Unit
from linter.findings import Severity
from linter.text import clean

if TYPE_CHECKING:
    from linter.evidence import CellTable, Status
    from linter.findings import EvidenceValue, Finding, Record
    from linter.model import Visual, Workbook
    from linter.results import Run, WorkbookResult

SCHEMA_VERSION = 1


class JsonReporter:
    """One document for the whole run."""

    def render(self, run: Run) -> str:
        """The document; exact values only where the run may show them."""
        return dumps(
            {
                "schema_version": SCHEMA_VERSION,
                "tool": {"name": "disclint", "version": __version__},
                "summary": {
                    "workbooks": len(run.results),
                    "errors": run.count(Severity.ERROR),
                    "warnings": run.count(Severity.WARNING),
                    "notes": run.count(Severity.NOTE),
                    "suppressed": run.suppressed,
                    "incomplete": sum(not r.complete for r in run.results),
                },
                "workbooks": [workbook_object(r, run) for r in run.results],
            }
        )


def dumps(document: dict[str, Any] | list[Any], indent: int | None = 2) -> str:
    """Plain ASCII with sorted keys: the same bytes on every run and console. ``indent`` None: one line.

    ``##`` would start a command in an Azure log; JSON can write it so that only its reader sees it.
    """
    text = json.dumps(document, ensure_ascii=True, sort_keys=True, indent=indent, allow_nan=False)
    return text.replace("##", r"\u0023\u0023") + "\n"


def string(text: str) -> str:
    """Workbook text as one printable line. Long enough that names and ids stay distinct."""
    return clean(text, 4000)


def optional(text: str | None) -> str | None:
    """The same for what may be missing."""
    return None if text is None else string(text)


def workbook_object(result: WorkbookResult, run: Run) -> dict[str, Any]:
    """Everything about one workbook; exact values only where the run may show them."""
    coverage = result.coverage
    visuals = result.visuals()
    return {
        "path": string(result.path),
        "kind": result.kind,
        "sha256": result.sha256,
        "audience": result.audience,
        "delivery": result.delivery,
        "profile": string(result.profile),
        "assumptions": [string(a) for a in result.assumptions],
        "configuration": {key: string(value) for key, value in result.configuration},
        "status": "fail" if result.fails(run.fail_on) else "pass",
        "complete": result.complete,
        "coverage": {"visuals": coverage.visuals, **{s: coverage.by_status.get(s, 0) for s in STATUS_ORDER}},
        "visuals": [_visual(result, visual, status) for visual, status in visuals],
        "findings": [_finding(f, run) for f in sorted(result.findings, key=lambda f: f.sort_key)],
    }


def visual_head(workbook: Workbook | None, visual: Visual, status: Status, reason: str | None) -> dict[str, Any]:
    """What identifies a visual and says how far it was recomputed."""
    pages = [workbook.page(page) if workbook else None for page in visual.pages]
    return {
        "id": string(visual.id),
        "pages": [string(page.name if page else page_id) for page, page_id in zip(pages, visual.pages, strict=True)],
        "name": string(visual.name),
        "type": string(visual.type),
        "hidden": visual.hidden,
        "status": status,
        "reason": optional(reason),
    }


def visible(table: CellTable, counts: Counts) -> Counts:
    """The counts of the cells that readers see: those that a filter on a measure hides are left out."""
    if not any(table.hidden):
        return counts
    return Counts([n for n, hidden in zip(counts.values, table.hidden, strict=True) if not hidden])


def unit(found: Unit) -> dict[str, Any]:
    """How the people of a layer are counted."""
    return {"kind": found.kind, "field": optional(found.field), "confidence": found.confidence}


def _visual(result: WorkbookResult, visual: Visual, status: Status) -> dict[str, Any]:
    known = result.visual_result(visual.id)
    worst = known.worst(result.threshold) if known else None
    body = worst.body if worst else None
    return {
        **visual_head(result.workbook, visual, status, known.reason if known else None),
        "grain": [string(caption) for caption in worst.grain] if worst else [],
        "unit": unit(worst.unit if worst else Unit("unknown")),
        "cells": visible(body, body.contributors).cells if body else 0,
        "small_cells": worst.small_cells(result.threshold) if worst else 0,
    }


def _finding(finding: Finding, run: Run) -> dict[str, Any]:
    where, excuse = finding.location, finding.suppression
    facts = finding.evidence | (finding.revealed if run.show_values else {})
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.label,
        "confidence": finding.confidence.value,
        "message": string(finding.message),
        "location": {
            "part": string(where.part),
            "page": optional(where.page),
            "visual": optional(where.visual),
            "visual_id": optional(where.visual_id),
            "field": optional(where.field),
            "line": where.line,
        },
        "evidence": {string(key): _fact(value) for key, value in facts.items()},
        "fix": string(finding.fix),
        "help": f"disclint explain {finding.rule}",
        "fingerprint": finding.fingerprint,
        "related": sorted(finding.related),
        "suppression": excuse
        and {"kind": excuse.kind, "reason": string(excuse.reason), "expires": optional(excuse.expires)},
    }


def _fact(value: EvidenceValue | Record) -> Any:
    match value:
        case str():
            return string(value)
        case tuple():
            return [_fact(v) for v in value]
        case Mapping():
            return {string(key): _fact(v) for key, v in value.items()}
        case float() if not math.isfinite(value):
            return None  # JSON has no such number
        case _:
            return value
