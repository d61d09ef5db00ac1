"""EX001: rows of persons are packaged in the file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from checks.reach import main_part, mend
from checks.subjects import PEOPLE, rows_in_file
from linter.evidence import Unit
from linter.findings import Confidence, Finding, Severity, fingerprint
from linter.location import Location
from linter.model import Source, Table
from linter.policy.masking import band
from linter.rules import Context, rule
from linter.text import listing

_TYPED = re.compile(r"\((\d+) rows typed into the query\)")
_ORDER = {"declared": 3, "high": 3, "medium": 2, "low": 1}


@rule("EX001", "unit-rows-embedded", severity=Severity.ERROR)
def unit_rows_embedded(context: Context) -> Iterator[Finding]:
    """The file carries rows of single persons, whether a visual shows them or not.

    ## What it checks
    Every extract, packaged file and model table with rows: does each row, or group of rows, belong to
    one person? Decided by a unit key or by names of persons, not by what the visuals show. Where only
    facts about persons, such as sex and ethnicity, stand side by side without a count of people, it is
    a warning. Files in the package that no source reads (old extracts, the text file beside the extract)
    count like all others. So do rows typed into a Power Query ("Enter data", #table) or a calculated table, in
    templates and projects too, with the columns and rows that later steps of the query leave out.

    ## Why it matters
    Whoever holds the file holds the rows. Hidden sheets, filters, row-level security and suppression
    formulas are removed with a few clicks.

    ## Example that fires
    A dashboard of school averages over an extract with one row for each pupil.

    ## The same, mended
    The same dashboard over an extract of school averages.

    ## How to fix it
    Tableau: Data > Extract Data > Aggregate data for visible dimensions, Hide All Unused Fields, then
    remove other packaged files. Power BI: group the rows in Power Query before loading, delete the
    pupil tables from the model and save.

    ## When a waiver is fair
    Readers only ever get drawn views from a service: declare the delivery, which makes it a warning.

    ## Limits
    Tables whose rows can't be read are reported as unread instead.

    ## Sources
    Both vendors state that hiding is not a security measure.
    """
    for source in context.workbook.sources:
        by_part: dict[tuple[str, bool], list[tuple[Table, Unit]]] = defaultdict(list)
        read = {t.rows_of for t in source.tables}
        for table in source.tables:
            unit = context.evidence.units.get((source.id, table.id))
            if unit and unit.kind in PEOPLE and (rows_in_file(context, source, table) or _only_counted(table, read)):
                part = table.store.member if table.store else ""
                by_part[part, unit.confidence == "low"].append((table, unit))
        for (part, _), held in by_part.items():
            yield _finding(context, source, part, held)


def _only_counted(table: Table, read: set[str]) -> bool:
    """Whether its rows are typed into its query in a way that nobody could read."""
    return typed_rows(table) > 0 and table.store is None and table.id not in read


def typed_rows(table: Table) -> int:
    """Rows of an "Enter data" table that stand in its query, whether they are read from there or only counted."""
    return sum(int(number) for number in _TYPED.findall(table.origin))


def _finding(context: Context, source: Source, part: str, held: list[tuple[Table, Unit]]) -> Finding:
    tables = list(dict.fromkeys(t.caption for t, _ in held))
    rows = max(max(rows_in_file(context, source, t), typed_rows(t)) for t, _ in held)
    typed = [t.caption for t, _ in held if typed_rows(t) or (t.store and t.store.kind == "typed")]
    inline = f" Those of {listing(typed)} are typed into the query itself and stay in templates." if typed else ""
    left_over = f" It is {source.reason}." if source.delivery == "embedded" and source.reason else ""
    unit = max((u for _, u in held), key=lambda u: _ORDER[u.confidence])
    unsure = unit.confidence == "low"
    by = f", identified by {unit.field}" if unit.field else ""
    return unit_rows_embedded.finding(
        context,
        f"Rows {'that look like those ' if unsure else ''}of single persons are in the file: {listing(tables)} "
        f"({band(rows, context.policy.profile)} rows{by}).{inline}{left_over}",
        Location(part or main_part(context.workbook, source), field=unit.field),
        mend(
            context.workbook,
            "Data > Extract Data > Aggregate data for visible dimensions, Hide All Unused Fields; remove other files "
            "from the package. Hiding and filtering leave the rows in it.",
            "Group the rows in Power Query (Transform > Group By) before loading and delete the table of persons from "
            "the model. Hiding and filtering leave the rows in the file.",
        ),
        severity=Severity.WARNING if unsure else None,
        confidence=Confidence(unit.confidence) if unit.confidence != "declared" else Confidence.HIGH,
        evidence={
            "tables": tuple(tables),
            "source": source.caption,
            "unit": unit.kind,
            "unit_field": unit.field,
            "why": unit.why,
            "typed_into_query": tuple(typed),
            "left_over": bool(left_over),
        },
        revealed={"rows": rows},
        fields=tables,
        related=[fingerprint("DR007", Location(part), ())],  # of Tableau: the same file, which can be downloaded
    )
