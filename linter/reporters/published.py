"""The audit of published tables as text or JSON. Without ``reveal`` no figure appears in either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from linter.publications.audit import NarrowCell, TableAudit
from linter.publications.judgement import TableFinding
from linter.reporters.json_ import SCHEMA_VERSION, dumps
from linter.text import clean, listing, log_safe, plural

MOST_SHOWN = 10
"""Certificates that the text names."""


def to_json(audit: TableAudit, found: list[TableFinding], *, reveal: bool) -> str:
    """One document, as ``schemas/table-v1.schema.json`` says."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tables": [
            {
                "path": clean(t.source.path, 1000),
                "dims": [clean(d) for d in t.source.dimensions],
                "cells": int(t.values.size),
                "hidden": int(t.hidden.sum()),
            }
            for t in audit.tables
        ],
        "recoverable": [
            {
                "table": r.table,
                "cell": _cell(r.measure, r.cell),
                "value": _number(r.value) if reveal else None,
                "certificate": clean(r.exact if reveal else r.certificate, 4000),
            }
            for r in audit.recoverable
        ],
        "narrow": [_narrow(n, reveal=reveal) for n in audit.narrow],
        "primary": sum(audit.small),
        "not_decided": audit.not_decided,
        "mend": None if audit.mend is None else [clean(name, 1000) for name in audit.mend],
        "mend_cost": _number(audit.mend_cost) if reveal and audit.mend_cost is not None else None,
        "complete": not (audit.not_decided or audit.incomplete),
        "findings": [_finding(f) for f in found],
        "notes": [clean(n, 1000) for n in (*audit.incomplete, *audit.notes)],
    }
    return dumps(document)


def _cell(measure: str, cell: dict[str, str]) -> dict[str, str]:
    labels = {clean(d): clean(label) for d, label in cell.items()}
    return ({"measure": clean(measure)} if measure else {}) | labels


def _number(value: float) -> float | int | None:
    if value in {float("inf"), float("-inf")}:
        return None
    return int(value) if float(value).is_integer() else value


def _narrow(cell: NarrowCell, *, reveal: bool) -> dict[str, Any]:
    low, high = (_number(cell.low), _number(cell.high)) if reveal else (None, None)
    return {"table": cell.table, "cell": _cell(cell.measure, cell.cell), "low": low, "high": high}


def _finding(found: TableFinding) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "name": found.name,
        "severity": found.severity.label,
        "confidence": found.confidence.value,
        "table": found.table,
        "message": clean(found.message, 1000),
        "evidence": _plain(found.evidence),
        "fix": found.fix,
    }


def _plain(evidence: dict[str, Any]) -> dict[str, Any]:
    return {k: [clean(str(v)) for v in value] if isinstance(value, tuple) else value for k, value in evidence.items()}


def to_text(audit: TableAudit, found: list[TableFinding], *, reveal: bool) -> str:
    """What was read, what was found, how it follows, what was not audited."""
    lines = [*_tables(audit), *_findings(audit, found), *_certificates(audit, reveal=reveal), *_rest(audit)]
    return log_safe("\n".join(lines)) + "\n"


def _tables(audit: TableAudit) -> Iterator[str]:
    for table in audit.tables:
        source = table.source
        yield clean(source.path, 1000)
        totals = {d: f" (total “{clean(t)}”)" for d, t in source.totals.items()}
        dims = (clean(d) + totals.get(d, "") for d in source.dimensions)
        yield f"  Layout     {source.layout}, {plural(source.rows, 'row')}"
        yield f"  Dims       {', '.join(dims)}"
        names = [clean(n) or "figures" for n in table.names]
        yield f"  Measures   {listing(names, 8)}"
        for reason, names in _by_reason(table.left_out).items():
            yield f"  Left out   {listing(names, 8)}: {reason}"
        hidden = int(table.hidden.sum())
        symbols = ", ".join(f"{clean(s)} x {n:,}" for s, n in sorted(table.symbols.items()))
        told = f" ({symbols})" if symbols else ""
        yield f"  Hidden     {hidden:,} of {plural(table.values.size, 'figure')}{told}"
    yield ""


def _by_reason(left_out: dict[str, str]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for name, reason in left_out.items():
        reasons.setdefault(reason, []).append(clean(name))
    return reasons


def _findings(audit: TableAudit, found: list[TableFinding]) -> Iterator[str]:
    for f in found:
        named = f.table is not None and len(audit.tables) > 1
        where = f" ({clean(audit.tables[f.table or 0].source.path, 200)})" if named else ""
        yield f"{f.severity.label:<8} {f.rule} {f.name}: {clean(f.message, 1000)}{where}"
        yield f"         Fix: {f.fix}"
    if not found:
        yield "Nothing hidden follows, and nothing small is shown."


def _certificates(audit: TableAudit, *, reveal: bool) -> Iterator[str]:
    if not audit.recoverable:
        return
    yield ""
    by_measure = Counter(clean(r.measure) for r in audit.recoverable)
    if len(by_measure) > 1:
        yield "By measure: " + ", ".join(f"{name} {n:,}" for name, n in by_measure.most_common())
    yield f"How they follow{f' (the first {MOST_SHOWN})' if len(audit.recoverable) > MOST_SHOWN else ''}:"
    shortest = sorted(audit.recoverable, key=lambda r: len(r.certificate))[:MOST_SHOWN]
    for r in shortest:
        yield f"  {clean(r.exact if reveal else r.certificate, 1000)}"
    if audit.mend:
        cost = f", {audit.mend_cost:,.0f} in all" if reveal and audit.mend_cost is not None else ""
        yield f"A plan that passes the audit, not the smallest: hide {plural(len(audit.mend), 'further figure')}{cost}"
        yield from (f"  [{clean(name, 1000)}]" for name in audit.mend[:MOST_SHOWN])
    if not reveal:
        yield "  (--show-values prints the numbers, --output-format json every cell)"


def _rest(audit: TableAudit) -> Iterator[str]:
    lines = [f"Not audited: {clean(n, 1000)}" for n in audit.incomplete]
    if audit.not_decided:
        lines.append(f"Not decided in time: {plural(audit.not_decided, 'hidden figure')}")
    if audit.contradictions:
        lines.append(f"Contradictions in the figures: {audit.contradictions:,} sums were left out")
    lines += [f"Note: {clean(n, 1000)}" for n in audit.notes]
    if lines:
        yield ""
        yield from lines
