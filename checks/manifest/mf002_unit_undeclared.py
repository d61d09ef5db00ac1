"""MF002: nothing tells whether rows are people."""

from __future__ import annotations

from collections.abc import Iterator

from linter.findings import Confidence, Finding, Severity
from linter.location import Location
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
    for source in context.workbook.sources:
        visuals: dict[str, None] = {}
        tables: dict[str, None] = {}
        for visual in context.workbook.visuals:
            result = context.evidence.visuals.get(visual.id)
            for layer, found in zip(visual.layers, result.layers if result else (), strict=False):
                if layer.source == source.id and found.body is not None and found.unit.kind == "unknown":
                    visuals[visual.name] = None
                    tables |= {
                        t.caption: None for t in source.tables
                        if (u := context.evidence.units.get((source.id, t.id))) and u.kind == "unknown"
                    }  # fmt: skip
        if visuals:
            yield unit_undeclared.finding(
                context,
                f"Nothing tells whether the rows of {source.caption} are about people; "
                f"{plural(len(visuals), 'visual')} could only be counted in rows ({listing(list(visuals), 3)}).",
                Location("", field=source.caption),
                "Declare it: --unit FIELD, --count-field FIELD, or --not-people SOURCE.",
                evidence={"source": source.caption, "tables": tuple(tables), "visuals": tuple(visuals)},
                fields=(source.caption,),
            )
