"""ME001: a part of the file could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from checks.npd.untold import untold
from linter.findings import Finding, Severity
from linter.location import Location
from linter.rules import Context, rule
from linter.text import clean, listing


@rule("ME001", "part-unread", severity=Severity.ERROR, coverage=True)
def part_unread(context: Context) -> Iterator[Finding]:
    """A part of the file could not be read, so nothing can be said about it.

    ## What it checks
    Every part that a reader of the format would expect and that was missing, damaged, protected, of
    an unknown kind, or too large to open safely. For readers outside the authority also every query (custom
    SQL, Power Query, DAX of a table) whose columns can't be followed back to theirs, so that an NPD field or
    an identifier may stand there under another name. What only selects, filters or navigates is no gap.

    ## Why it matters
    Unread is never clean. The workbook is incomplete and the exit code is 3, unless findings make it 1.

    ## Example that fires
    A packaged workbook whose extract is in the old TDE format.

    ## The same, mended
    The workbook saved again with a .hyper extract.

    ## How to fix it
    The finding names the part and the way out.

    ## When a waiver is fair
    Never: a part that nobody has read can't be accepted.

    ## Limits
    What a view or a stored procedure of the database renames is not in the file.

    ## Sources
    The formats as both tools write them.
    """
    parts = dict.fromkeys([*context.workbook.unread, *context.evidence.unread])
    for unread in parts:
        yield part_unread.finding(
            context,
            f"Not read: {clean(unread.reason)}.",
            Location(clean(unread.part), line=unread.line),
            clean(unread.fix) or "Open the workbook in its own tool, save it again and check the result.",
            evidence={"blocks_data": unread.blocks_data},
            fields=(clean(unread.reason),),
        )
    if not context.workbook.visuals and not any(e.rows for e in context.evidence.tables.values()):
        yield part_unread.finding(
            context,
            "The file holds no visual and no rows, so there was nothing to check.",
            Location(""),
            "Check that this is the right file.",
        )
    yield from _untold_queries(context)
    shown = {layer.source for visual in context.workbook.visuals for layer in visual.layers}
    for source in context.workbook.sources:
        if source.delivery != "embedded" and source.id not in shown:  # with visuals on it, ME002 says so
            reason = clean(source.reason) or "its rows are not in the file"
            yield part_unread.finding(
                context,
                f"The rows of {clean(source.caption)} were not read: {reason}.",
                Location("", field=clean(source.caption)),
                "Embed an extract for the check.",
                evidence={"delivery": source.delivery},
                fields=(clean(source.caption),),
            )


def _untold_queries(context: Context) -> Iterator[Finding]:
    for gap in untold(context) if context.policy.external else ():
        tables, steps, names = ([clean(n) for n in found] for found in (gap.tables, gap.steps, gap.names))
        followed = f" ({listing(steps, 3)})" if steps else ""
        suspected = f"; it mentions {listing(names, 6)}" if names else ""
        yield part_unread.finding(
            context,
            f"What the query of {listing(tables, 4)} makes of its columns can't be told: "
            f"{gap.reason}{followed}{suspected}. NPD fields and identifiers may stand there under other names.",
            Location("", field=tables[0]),
            "Have a person compare the columns with those of the source, or write the query so that each column "
            "is named in a plain SELECT or Power Query step.",
            evidence={"tables": tuple(tables), "reason": gap.reason, "steps": tuple(steps), "names": tuple(names)},
            fields=(clean(gap.source.caption), gap.reason),
        )
