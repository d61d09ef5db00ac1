"""MF006: the manifest speaks of something that the workbook doesn't have."""

from __future__ import annotations

from collections.abc import Iterator

from linter.findings import Finding, Severity
from linter.location import Location
from linter.model import Workbook
from linter.rules import Context, rule
from linter.text import clean


@rule("MF006", "declaration-unmatched", severity=Severity.WARNING)
def declaration_unmatched(context: Context) -> Iterator[Finding]:
    """A data source, unit key or count field of the manifest is not in the workbook.

    ## What it checks
    Each `[[source]]` name against the captions of data sources and tables; each entry of `unit_keys`
    and `count_fields` against the columns, by caption or physical name, alone or as TABLE.FIELD.

    ## Why it matters
    A declaration with a slip of the pen declares nothing, and its owner thinks it does.

    ## Example that fires
    `unit_keys = ["UNP"]` for a workbook with the column UPN.

    ## The same, mended
    `unit_keys = ["UPN"]`.

    ## How to fix it
    Correct the name; `disclint init` lists those of the workbook.

    ## When a waiver is fair
    Seldom: take the entry out instead.

    ## Limits
    Parts of the workbook that could not be read may hold the name.

    ## Sources
    The contract of disclint on manifests.
    """
    declaration = context.policy.declaration
    if declaration is None:
        return
    places, columns = _places(context.workbook), _columns(context.workbook)
    missing = [("source", s.name) for s in declaration.sources if s.name not in places]
    missing += [("unit_keys", name) for name in declaration.unit_keys if name.casefold() not in columns]
    missing += [("count_fields", name) for name in declaration.count_fields if name.casefold() not in columns]
    for key, name in missing:
        what = "data source or table" if key == "source" else "column"
        yield declaration_unmatched.finding(
            context,
            f"{clean(declaration.where)} declares {clean(name)} under {key}, but the workbook has no such {what}.",
            Location("", field=clean(name)),
            "Write the name as the tool shows it.",
            evidence={"key": key, "name": name},
            fields=(key, name),
        )


def _places(workbook: Workbook) -> frozenset[str]:
    """Captions and ids of data sources and tables."""
    sources = {n for s in workbook.sources for n in (s.id, s.caption)}
    return frozenset(sources | {n for s in workbook.sources for t in s.tables for n in (t.id, t.caption)})


def _columns(workbook: Workbook) -> frozenset[str]:
    """Names of columns, alone and with their table, as declarations may write them."""
    found: set[str] = set()
    for table in (t for s in workbook.sources for t in s.tables):
        own = {n.casefold() for c in table.columns for n in (c.name, c.caption, c.physical) if n}
        found |= own | {f"{t.casefold()}.{n}" for t in (table.id, table.caption) for n in own}
    return frozenset(found)
