"""DR003: a drill path ends at single persons."""

from __future__ import annotations

from collections.abc import Iterator

from checks.reach import at_control, mend
from checks.subjects import ORDER, Identifier, Identifiers, doubted, identified, identifiers, shown_identifiers
from linter.findings import Finding, Severity
from linter.model import Control, FieldUse, Visual
from linter.policy.names import words
from linter.rules import Context, place, rule
from linter.text import listing


@rule("DR003", "drill-to-unit", severity=Severity.ERROR)
def drill_to_unit(context: Context) -> Iterator[Finding]:
    """A hierarchy or expandable axis lets readers drill down to single persons.

    ## What it checks
    The levels of every hierarchy that a visual offers, and every field that lies behind the shown
    level of an axis or matrix: unit keys, names and other identifiers of persons among them, and
    dates of birth that expand from years to days. Levels that the visual already shows are DR001's.

    ## Why it matters
    The saved state shows schools, and two clicks later the reader sees pupils: whoever gets the
    workbook gets every level.

    ## Example that fires
    A bar chart by school whose hierarchy goes on to year group, class and pupil name.

    ## The same, mended
    The hierarchy ends at year group, and the pupil fields are not in the data.

    ## How to fix it
    Tableau: right-click the person field in the Data pane and choose Hierarchy > Remove from
    Hierarchy. Power BI: take the field out of the well or delete the level from the hierarchy. Then
    remove the field from the data.

    ## When a waiver is fair
    The lowest level identifies something other than a person; declaring the unit is better.

    ## Limits
    A level that identifies nobody but has few people in it is found by counting, by DR006.

    ## Sources
    Tableau: drill paths of the data source. Power BI: fields of a well beyond the active one.
    """
    known = identifiers(context)
    for control in context.workbook.controls:
        if control.kind == "hierarchy":
            yield from _of_control(context, control, known)


def _of_control(context: Context, control: Control, known: Identifiers) -> Iterator[Finding]:
    levels = [(use.caption, found) for use in control.uses for found in [*identified(use, known), *_days(use, known)]]
    visuals = [v for v in context.workbook.visuals if v.id in control.visuals]
    reached = [v for v in visuals if _behind(v, [found for _, found in levels], known)]
    if not levels or (visuals and not reached):
        return
    captions = list(dict.fromkeys(caption for caption, _ in levels))
    surest = max((found for _, found in levels), key=lambda i: ORDER.index(i.what.confidence))
    where = place(context.workbook, reached[0], captions[0]) if reached else at_control(context.workbook, control)
    yield drill_to_unit.finding(
        context,
        f"Readers can drill down to single persons: {control.caption} goes on to {listing(captions)}.",
        where,
        mend(
            context.workbook,
            "Data pane: right-click the field > Hierarchy > Remove from Hierarchy; hide it and refresh the extract.",
            "Remove the field from the well, or delete the level from the hierarchy in the Data pane; then delete the "
            "column in Power Query.",
        ),
        severity=doubted(surest.what.confidence),
        confidence=surest.what.confidence,
        evidence={
            "hierarchy": control.caption,
            "levels": tuple(captions),
            "why": surest.what.why,
            "visuals": tuple(v.name for v in reached),
        },
        fields=sorted({f"{i.table.caption}.{i.caption}" for _, i in levels}),
    )


def _days(use: FieldUse, known: Identifiers) -> Iterator[Identifier]:
    """A date of birth whose level is the day, below years and months: the whole date then."""
    for column in use.columns if "day" in words(use.caption) else ():
        found = known.born(use.source, column)
        if found and use.caption not in {found.caption, found.column.name}:
            yield found


def _behind(visual: Visual, levels: list[Identifier], known: Identifiers) -> bool:
    """Whether one of the levels is not shown by the visual already."""
    shown = [i for _, i in shown_identifiers(visual, known)]
    return any(level not in shown for level in levels)
