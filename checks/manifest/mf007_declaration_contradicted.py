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

_OF_ONE_PERSON = frozenset({"date_of_birth", "ni_number"})
_NAMES = frozenset({"forename", "surname", "full_name"})
_TELLING = frozenset({"sex", "age", "ethnicity", "special_needs"})
"""Attributes of which two side by side are seldom about anything but persons."""


@rule("MF007", "declaration-contradicted", severity=Severity.ERROR)
def declaration_contradicted(context: Context) -> Iterator[Finding]:
    """The data contradict what is declared: rows said not to be people, a wrong unit, another school.

    ## What it checks
    Tables with a sure key of pupils (by name and number of values) that are declared not to be about
    people or to hold counts; so declared tables with birth dates or National Insurance numbers, or
    with names of persons beside facts about them; a warning for names alone, which may be those of
    officials, and for two facts about persons, such as sex and ethnicity, side by side. Declared unit
    keys that are finer than a key of pupils, so that one pupil counts several times. Packs for the own
    school with rows of more schools than are declared, or of data that are not the authority's own.

    ## Why it matters
    One line in a manifest could switch off every count of people.

    ## Example that fires
    `people = false` for a source with the column UPN and 1,200 different values.

    ## The same, mended
    The line taken out.

    ## How to fix it
    Correct the manifest or the option; the finding names the key that speaks against it.

    ## When a waiver is fair
    The column only bears the name of a pupil key, or the persons are public officials.

    ## Limits
    Rows without a key, a name or two facts about persons are believed not to be about people. URNs are
    compared in number, not by value.

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
            severity = Severity.ERROR
            if not key and unit.kind in {"not_people", "count_field"}:
                reason, severity = _persons(context, source, table, unit)
            if reason:
                yield _finding(context, table.caption, reason, (source.caption, table.caption, unit.kind), severity)
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


def _persons(context: Context, source: Source, table: Table, unit: Unit) -> tuple[str, Severity]:
    """What tells persons in a table without a key of pupils, and how surely; empty if nothing does."""
    meant = {}
    for column in table.columns:
        facts = column_facts(context, source, table, column)
        if facts is None or facts.distinct is None or facts.distinct > 1:
            meant[column.caption or column.name] = column_meaning(context, source, table, column)
    kinds = {what.kind for what in meant.values()}
    sure = {caption: what.of for caption, what in meant.items() if what.confidence is Confidence.HIGH}
    owned = [caption for caption, of in sure.items() if of in _OF_ONE_PERSON]
    named = [caption for caption, of in sure.items() if of in _NAMES]
    facts_beside = "person_attribute" in kinds and "count_field" not in kinds
    said = "not to be about people" if unit.kind == "not_people" else f"to be counted by {unit.field}"
    if owned or named:
        error = owned or facts_beside
        reason = f"it is declared {said}, but {listing([*owned, *named])} speak of single persons"
        return reason, Severity.ERROR if error else Severity.WARNING
    telling = {what.of: caption for caption, what in meant.items() if what.of in _TELLING}
    if len(telling) > 1 and facts_beside and unit.kind == "not_people":
        return f"it is declared {said}, but {listing(list(telling.values()))} are facts about persons", Severity.WARNING
    return "", Severity.WARNING


def _finding(
    context: Context, name: str, reason: str, fields: tuple[str, ...], severity: Severity = Severity.ERROR
) -> Finding:
    return declaration_contradicted.finding(
        context,
        f"{clean(name)}: {reason}.",
        Location("", field=clean(name)),
        "Correct the declaration.",
        severity=severity,
        evidence={"declared": name, "reason": reason},
        fields=fields,
    )
