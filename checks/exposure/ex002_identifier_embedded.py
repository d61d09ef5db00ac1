"""EX002: identifiers of persons are in the data."""

from __future__ import annotations

from collections.abc import Iterator

from checks.npd.npd003_npd_embedded import npd_embedded
from checks.reach import mend
from checks.subjects import Identifier, doubted, embedded_identifiers, sureness, used_columns
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
    addresses and telephone numbers; dates of birth by their range), over all distinct values up to a
    stated cap. Free text counts where the rows are those of persons. Contact details in a table of
    institutions are theirs; where that is in doubt, it is a warning. That such a column also looks
    like an NPD field is a finding that follows from this one.

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
    held_by_table = embedded_identifiers(context)
    also_npd = list(npd_embedded.check(context)) if held_by_table else []
    for held in held_by_table.values():
        yield _finding(context, held, also_npd)


def _finding(context: Context, held: list[Identifier], also_npd: list[Finding]) -> Finding:
    first = held[0]
    names = sorted(f"{first.table.caption}.{i.caption}" for i in held)
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
        mend(
            context.workbook,
            "Take them off the sheets, Data > Extract Data > Hide All Unused Fields, then refresh the extract.",
            "Remove the columns in Power Query (Choose Columns), then refresh; hiding leaves them in the model.",
        ),
        severity=doubted(sureness(held)),
        confidence=sureness(held),
        evidence={
            "table": first.table.caption,
            "columns": tuple(named),
            "unused": tuple(unused),
            "why": first.what.why,
        },
        fields=names,
        related=[f.fingerprint for f in also_npd if f.fields and set(f.fields) <= set(names)],
    )


def _column(identifier: Identifier) -> Column:
    return Column(identifier.table.id, identifier.column.name)
