"""EX006: row-level security is the only thing between a reader and the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.reach import main_part, mend
from checks.subjects import identifiers, people_unit, rows_in_file
from linter.findings import Finding, Severity
from linter.location import Location
from linter.model import Source
from linter.rules import Context, rule
from linter.text import listing, plural, without_literals


@rule("EX006", "rls-only", severity=Severity.ERROR)
def rls_only(context: Context) -> Iterator[Finding]:
    """Row-level security or a user filter is meant to keep rows from readers who get the file.

    ## What it checks
    Roles of a Power BI model and user filters or user functions of a Tableau data source: are rows of
    persons in the file all the same? Then every holder of the file has all of them. Without such rows
    it is a note. Logins that a user filter names are counted, not printed.

    ## Why it matters
    Roles work on a server, for viewers who may not download or edit. In a file they are text that
    anybody can delete.

    ## Example that fires
    A .pbix mailed to schools, with one role for each school over the pupils of all schools.

    ## The same, mended
    One file for each school with that school's aggregated rows; or a report that readers only view on
    the service, declared as such.

    ## How to fix it
    Tableau: Data Source filters with Extract Data (so that the rows are not in the extract), one
    extract for each audience. Power BI: filter in Power Query and publish a file for each audience, or
    publish to the service without Build permission and export.

    ## When a waiver is fair
    Readers only view it on a server: declare the delivery instead, which makes it a note.

    ## Limits
    The rules of a role are not tested. Permissions on the server are not in the file.

    ## Sources
    Microsoft: row-level security restricts viewers only. Tableau: user filters do not protect
    downloaded workbooks.
    """
    known = identifiers(context)
    for source in context.workbook.sources:
        if source.roles:
            by_key = {source_id for source_id, _ in known}
            yield _finding(context, source, named=source.id in by_key)


_LOGIN = re.compile(r"[^\s@]+@[^\s@]+|\b[\w-]+\\[\w.$-]+|\b[a-z]+\.[a-z]+\d*\b")
"""An address, ``DOMAIN\\login`` or ``j.fenn``: roles are sometimes called after whoever has them."""


def _unnamed(role: str) -> str:
    return _LOGIN.sub("***", role)


def _finding(context: Context, source: Source, *, named: bool) -> Finding:
    held = [t.caption for t in source.tables if rows_in_file(context, source, t) and people_unit(context, source, t)]
    unknown = named and source.delivery == "unreadable"
    roles = [_unnamed(without_literals(role)) for role in source.roles]
    users = sum(
        len(t.text.splitlines())
        for t in context.workbook.texts
        if t.where.startswith("users of the user filter") and t.where.endswith(source.caption)
    )
    role = next((p for p in context.workbook.places if p.of == "role"), None)
    logins = f" It names {plural(users, 'login')} in clear." if users else ""
    what = (
        f"all rows of {listing(held)} are in the file"
        if held
        else "rows may be in the file, which could not be read"
        if unknown
        else "no rows of persons were found in the file"
    )
    return rls_only.finding(
        context,
        f"Row security ({listing(roles)}) does not bind whoever holds the file: {what}.{logins}",
        Location(role.part, line=role.line) if role else Location(main_part(context.workbook, source)),
        mend(
            context.workbook,
            "Data > Extract Data > Filters > Add, one extract for each audience; user filters work on a server only.",
            "Filter the rows in Power Query, one file for each audience; roles work on the service only.",
        ),
        severity=Severity.ERROR if held else Severity.WARNING if unknown or users else Severity.NOTE,
        evidence={"roles": tuple(roles), "tables": tuple(held), "source": source.caption},
        fields=[source.caption],
    )
