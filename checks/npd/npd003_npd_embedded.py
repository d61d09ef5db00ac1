"""NPD003: NPD fields are in the file although nothing shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from checks.npd.fields import NpdColumn, npd_columns, printed
from checks.npd.looking import carries_rows
from checks.npd.shown import reasons, surest
from checks.reach import main_part, mend
from checks.subjects import embedded_identifiers, used_columns
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.rules import Context, rule
from linter.text import listing


@rule("NPD003", "npd-embedded", severity=Severity.ERROR, confidence=Confidence.MEDIUM)
def npd_embedded(context: Context) -> Iterator[Finding]:
    """NPD fields are in the file's data although no visual, filter or control needs them.

    ## What it checks
    Every table whose rows are in the file: columns that look like NPD fields, by caption, physical
    name and query step, and that nothing in the workbook uses. Hidden columns count like all others.
    Those that also tell who somebody is are a finding of their own, which follows from EX002's.

    ## Why it matters
    Readers get every column that the file carries. A field that nobody needs gives nobody a reason
    for having shared it.

    ## Example that fires
    A dashboard of absence rates over an extract that still holds FSM6CLA1A.

    ## The same, mended
    The extract rebuilt with the needed columns alone.

    ## How to fix it
    Tableau: Data > Extract Data > Hide All Unused Fields, then refresh. Power BI: Choose Columns in
    Power Query, then refresh; hiding a column leaves it in the model.

    ## When a waiver is fair
    The audience may have these fields, and the agreement that says so is named.

    ## Limits
    Where the rows can't be read, as in an old extract, the columns that its description names are
    reported with lower confidence. Live sources and templates hold no rows and are left out.

    ## Sources
    DfE NPD data tables and data item lists (Open Government Licence v3).
    """
    used = used_columns(context.workbook)
    unused: dict[tuple[str, str], list[NpdColumn]] = defaultdict(list)
    for key, found in npd_columns(context).items():
        if key not in used and carries_rows(context, found.source, found.table):
            unused[found.source.id, found.table.id].append(found)
    known = embedded_identifiers(context)
    for table, held in unused.items():
        if all(c.match.confidence is Confidence.LOW for c in held):
            continue
        telling = {i.column.name for i in known.get(table, ())}
        for part in ([c for c in held if c.column.name in telling], [c for c in held if c.column.name not in telling]):
            if part:
                yield _finding(context, part)


def _finding(context: Context, held: list[NpdColumn]) -> Finding:
    first = held[0]
    evidence = context.evidence.tables.get((first.source.id, first.table.id))
    counted = evidence is not None and bool(evidence.rows)
    derived = [printed((c.caption, *c.chain)) for c in held if c.chain]
    names = [c.caption for c in held]
    said = [c.named for c in held]
    one = len(names) == 1
    return npd_embedded.finding(
        context,
        f"{listing(said, 8)} of {first.table.caption} {'looks like an NPD field' if one else 'look like NPD fields'} "
        f"and {'is' if one else 'are'} in the file although nothing uses {'it' if one else 'them'}.",
        Location(
            first.table.store.member if first.table.store else main_part(context.workbook, first.source), field=names[0]
        ),
        mend(
            context.workbook,
            "Data > Extract Data > Hide All Unused Fields, then refresh: unused and hidden columns stay until then.",
            "Remove the columns in Power Query (Choose Columns), then refresh: hiding leaves them in the model.",
        ),
        severity=Severity.NOTE if all(c.own for c in held) else None,
        confidence=surest(held) if counted else Confidence.LOW,
        evidence={
            "table": first.table.caption,
            "columns": tuple(names),
            "derived": tuple(derived),
            "why": reasons(held),
        },
        fields=[f"{first.table.caption}.{name}" for name in names],
    )
