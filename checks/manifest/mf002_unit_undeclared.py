"""MF002: nothing tells whether rows are people."""

from __future__ import annotations

from collections.abc import Iterator

from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.model import Source, Table
from linter.rules import Context, rule
from linter.text import listing, plural


@rule("MF002", "unit-undeclared", severity=Severity.NOTE, confidence=Confidence.LOW, coverage=True)
def unit_undeclared(context: Context) -> Iterator[Finding]:
    """Nothing tells whether the rows behind some visuals are about people, so people were not counted.

    ## What it checks
    Visuals for an external audience whose rows have no unit key, no count of people, no personal
    attributes and no sign of being about things either. Their cells are counted in rows, and the
    workbook is not complete until the owner says what a row is.

    ## Why it matters
    Ten rows may be ten pupils or ten visits of one.

    ## Example that fires
    A chart over a table with the columns Code, Value and Week.

    ## The same, mended
    The same with `--unit Code`, or with `--not-people SOURCE` for data that are not about people.

    ## How to fix it
    Name the unit key with --unit FIELD, the count column with --count-field FIELD, or the data source
    with --not-people SOURCE.

    ## When a waiver is fair
    Never: declare it instead.

    ## Limits
    The declaration is believed.

    ## Sources
    The contract of disclint on unit kinds.
    """
    if not context.policy.external:
        return
    threshold = context.policy.profile.threshold
    for source in context.workbook.sources:
        visuals: dict[str, int] = {}
        for visual in context.workbook.visuals:
            result = context.evidence.visuals.get(visual.id)
            for layer in result.layers if result else ():
                if layer.source == source.id and layer.body is not None and layer.unit.kind == "unknown":
                    visuals[visual.name] = max(visuals.get(visual.name, 0), layer.small_cells(threshold))
        if visuals or _all_unknown(context, source):
            yield _finding(context, source, visuals)


def _all_unknown(context: Context, source: Source) -> bool:
    """Whether rows are embedded of which nothing at all is known, on a visual or not."""
    held = _held(context, source)
    return bool(held) and all(_unknown(context, source, t) for t in held)


def _held(context: Context, source: Source) -> list[Table]:
    """The tables that have rows."""
    return [t for t in source.tables if (e := context.evidence.tables.get((source.id, t.id))) and e.rows]


def _finding(context: Context, source: Source, visuals: dict[str, int]) -> Finding:
    small = [name for name, cells in visuals.items() if cells]
    counted = f"{plural(len(visuals), 'visual')} could only be counted in rows" if visuals else "no visual uses them"
    tail = f"; small cells of rows on {listing(small, 3)}" if small else ""
    unknown = [t.caption for t in source.tables if _unknown(context, source, t)]
    held = [t.caption for t in _held(context, source) if t.caption in unknown]
    named = listing(held or unknown, 6) if context.workbook.tool == "powerbi" and unknown else source.caption
    return unit_undeclared.finding(
        context,
        f"Nothing tells whether the rows of {named} are about people; {counted}{tail}.",
        Location("", field=source.caption),
        _declare(context),
        evidence={"source": source.caption, "tables": tuple(unknown), "visuals": tuple(visuals), "small": tuple(small)},
        fields=(source.caption,),
    )


def _declare(context: Context) -> str:
    what = "TABLE" if context.workbook.tool == "powerbi" else "SOURCE"
    return f"Declare it: --unit FIELD, --count-field FIELD, or --not-people {what}."


def _unknown(context: Context, source: Source, table: Table) -> bool:
    unit = context.evidence.units.get((source.id, table.id))
    return unit is not None and unit.kind == "unknown"
