"""MF007: the data speak against what is declared about people."""

from __future__ import annotations

from collections.abc import Iterator

from checks.subjects import column_facts, column_meaning
from linter.evidence import Unit
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.model import Source, Table, TableColumn
from linter.policy.recipients import not_own_school, own_school
from linter.rules import Context, rule
from linter.text import clean, listing


@rule("MF007", "declaration-contradicted", severity=Severity.ERROR)
def declaration_contradicted(context: Context) -> Iterator[Finding]:
    """The data contradict what is declared: rows said not to be people, a wrong unit, another school.

    ## What it checks
    Tables with a sure key of pupils (by name and number of values) that are declared not to be about
    people or to hold counts; declared unit keys that are finer than such a key, so that one pupil
    counts several times; packs for the own school with rows of more schools than are declared, or of
    data that are not the authority's own.

    ## Why it matters
    One line in a manifest could switch off every count of people.

    ## Example that fires
    `people = false` for a source with the column UPN and 1,200 different values.

    ## The same, mended
    The line taken out.

    ## How to fix it
    Correct the manifest or the option; the finding names the key that speaks against it.

    ## When a waiver is fair
    The column only bears the name of a pupil key.

    ## Limits
    Only sure keys of pupils count as contradiction. URNs are compared in number, not by value.

    ## Sources
    The contract of disclint on units and recipients.
    """
    for source in context.workbook.sources:
        for table in source.tables:
            unit = context.evidence.units.get((source.id, table.id))
            if unit is None or unit.confidence != "declared":
                continue
            key = _pupil_key(context, source, table)
            reason = _against(context, source, table, unit, key) if key else ""
            if key and reason:
                yield _finding(context, table.caption, reason, (source.caption, table.caption, unit.kind))
    declaration = context.policy.declaration
    if declaration is not None and own_school(declaration, context.policy.audience):
        reasons = not_own_school(declaration, context.workbook, context.evidence)
        if reasons:
            message = f"it is declared to give schools their own pupils only, but {listing(list(reasons))}"
            yield _finding(context, declaration.where, message, ("own_school",))


def _pupil_key(context: Context, source: Source, table: Table) -> TableColumn | None:
    """A column that surely tells pupils apart."""
    for column in table.columns:
        what, facts = column_meaning(context, source, table, column), column_facts(context, source, table, column)
        several = facts is not None and (facts.distinct or 0) > 2
        if what.kind == "unit_key" and what.confidence is Confidence.HIGH and several:
            return column
    return None


def _against(context: Context, source: Source, table: Table, unit: Unit, key: TableColumn) -> str:
    """What the key says against the declaration; empty if it doesn't."""
    caption = key.caption or key.name
    if unit.kind == "not_people":
        return f"it is declared not to be about people, but {caption} tells pupils apart"
    if unit.kind == "count_field":
        return f"{unit.field} is declared to count people, but each row is of one pupil ({caption})"
    declared = table.column(unit.column.name) if unit.kind == "key" and unit.column else None
    if declared is None or declared is key:
        return ""
    finer, pupils = (column_facts(context, source, table, c) for c in (declared, key))
    if finer and pupils and (finer.distinct or 0) > (pupils.distinct or 0):
        return f"the declared unit {unit.field} is finer than {caption}, so one pupil counts several times"
    return ""


def _finding(context: Context, name: str, reason: str, fields: tuple[str, ...]) -> Finding:
    return declaration_contradicted.finding(
        context,
        f"{clean(name)}: {reason}.",
        Location("", field=clean(name)),
        "Correct the declaration.",
        evidence={"declared": name, "reason": reason},
        fields=fields,
    )
