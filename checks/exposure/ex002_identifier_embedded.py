"""EX002: identifiers of persons are in the data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from checks.subjects import ORDER, Identifier, identifiers, people_unit, rows_in_file, used_columns
from linter.expressions import Column
from linter.findings import Finding, Severity
from linter.location import Location
from linter.rules import Context, rule
from linter.text import listing


@rule("EX002", "identifier-embedded", severity=Severity.ERROR)
def identifier_embedded(context: Context) -> Iterator[Finding]:
    """Names, numbers, addresses or birth dates of persons are in the embedded data.

    ## What it checks
    Every column of every table with rows, used or not: by name in its surroundings, and by value
    (check letters and digits of UPN, ULN and NHS numbers; patterns of NI numbers, postcodes, e-mail
    addresses and telephone numbers), over all distinct values up to a stated cap. Free text counts
    where the rows are those of persons.

    ## Why it matters
    These columns turn a table of facts into a table of persons, and seldom does a visual need them.

    ## Example that fires
    An extract with Forename and DOB, of which no sheet uses either.

    ## The same, mended
    The extract rebuilt after Hide All Unused Fields.

    ## How to fix it
    Tableau: Data > Extract Data > Hide All Unused Fields, then refresh the extract. Power BI: remove
    the columns in Power Query (Choose Columns); hiding a column leaves it in the model.

    ## When a waiver is fair
    The names are of public officials or institutions.

    ## Limits
    Free text is not searched for names. Beyond the cap of distinct values a column is judged by what
    was looked at.

    ## Sources
    DfE UPN guide (check letter), LRS ULN check digit, NHS data dictionary (modulus 11).
    """
    by_table: dict[tuple[str, str], list[Identifier]] = defaultdict(list)
    for (source_id, column), found in identifiers(context).items():
        evidence = context.evidence.tables.get((source_id, column.table))
        carried = rows_in_file(context, found.source, found.table)
        if evidence is None or not carried or found.what.of in {"person_id", "coordinates"}:
            continue
        if found.what.of == "free_text" and not people_unit(context, found.source, found.table):
            continue  # notes about things
        facts = evidence.columns.get(column.name)
        if facts is not None and facts.distinct == 0:
            continue  # an empty column identifies nobody
        by_table[source_id, column.table].append(found)
    for held in by_table.values():
        yield _finding(context, held)


def _finding(context: Context, held: list[Identifier]) -> Finding:
    first = held[0]
    named = [f"{i.caption} ({i.what.of.replace('_', ' ')})" for i in held]
    used = used_columns(context.workbook)
    unused = [i.caption for i in held if (i.source.id, _column(i)) not in used]
    tail = (
        " No visual uses them." if len(unused) == len(held) else f" No visual uses {listing(unused)}." if unused else ""
    )
    return identifier_embedded.finding(
        context,
        f"The table {first.table.caption} holds identifiers of persons: {listing(named, 6)}.{tail}",
        Location(first.table.store.member if first.table.store else "", field=first.caption),
        "Remove these columns before loading; hidden or unused columns stay in the file.",
        confidence=max((i.what.confidence for i in held), key=ORDER.index),
        evidence={
            "table": first.table.caption,
            "columns": tuple(named),
            "unused": tuple(unused),
            "why": first.what.why,
        },
        fields=sorted(f"{first.table.caption}.{i.caption}" for i in held),
    )


def _column(identifier: Identifier) -> Column:
    return Column(identifier.table.id, identifier.column.name)
