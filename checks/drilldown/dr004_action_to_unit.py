"""DR004: a click or a hover leads to single persons."""

from __future__ import annotations

from collections.abc import Iterator

from checks.reach import at_control, is_binding, led_to, mend, page_of, shown_pages, unit_level
from checks.subjects import Identifiers, identified, identifiers
from linter.findings import Finding, Severity
from linter.model import Control, Visual
from linter.rules import Context, place, rule
from linter.text import listing

Way = tuple[Control, tuple[Visual, ...]]


@rule("DR004", "action-to-unit", severity=Severity.ERROR)
def action_to_unit(context: Context) -> Iterator[Finding]:
    """A click, a hover or a button leads readers from groups to single persons.

    ## What it checks
    Drill-through and tooltip pages, sheets inside tooltips, actions and buttons that go to another
    sheet, and containers that a button shows: do they bring up a visual that lists or splits by
    persons, or are they bound to a field that identifies one? Where the target can be opened without
    the way as well, the finding is a warning, since DR001 or DR002 already stands at the target.

    ## Why it matters
    A hidden sheet behind a tooltip or a drill-through is as public as the page that leads there.

    ## Example that fires
    A matrix of averages by school with a drill-through page that lists the pupils of the school.

    ## The same, mended
    The drill-through page shows averages by year group with enough pupils in each.

    ## How to fix it
    Tableau: Dashboard > Actions, delete the action; in the tooltip editor delete the sheet; delete the
    sheet itself. Power BI: delete the drill-through or tooltip page, not only hide it. Then remove
    the person fields from the data.

    ## When a waiver is fair
    The target lists something other than persons; declare the unit in the manifest instead.

    ## Limits
    Reports that other reports drill through to, and pages reached by addresses, are not followed.

    ## Sources
    Page bindings of Power BI; actions, tooltips and zones of Tableau.
    """
    known = identifiers(context)
    ways: dict[str, list[Way]] = {}
    for control in context.workbook.controls:
        reached = tuple(unit_level(context, led_to(context.workbook, control), known))
        if reached or _bound(control, known):
            target = control.target or ", ".join(v.id for v in reached)
            ways.setdefault(target, []).append((control, reached))
    for found in ways.values():
        yield _finding(context, found, known)


def _bound(control: Control, known: Identifiers) -> list[str]:
    """Captions of the person fields that a drill-through or tooltip page is bound to."""
    uses = control.uses if is_binding(control) else ()
    return list(dict.fromkeys(u.caption for u in uses if any(identified(u, known))))


def _finding(context: Context, ways: list[Way], known: Identifiers) -> Finding:
    workbook = context.workbook
    visuals = list({v.id: v for _, reached in ways for v in reached}.values())
    first = ways[0][0]
    bound = list(dict.fromkeys(b for control, _ in ways for b in _bound(control, known)))
    words = list(dict.fromkeys(_worded(context, control) for control, _ in ways))
    page = page_of(workbook, first)
    target = workbook.page(first.target) if first.target else None
    names = list(dict.fromkeys(v.name for v in visuals))
    what = f"to single persons ({listing(names)})" if visuals else f"to a page for one {listing(bound)} at a time"
    open_anyway = bool(visuals) and not bound and any(shown_pages(workbook, v) for v in visuals)
    return action_to_unit.finding(
        context,
        f"{listing(words)} {'leads' if len(words) == 1 else 'lead'} {what}.",
        place(workbook, visuals[0]) if visuals else at_control(workbook, first),
        mend(
            workbook,
            "Dashboard > Actions > Remove, or Worksheet > Tooltip and delete the sheet from it; then delete the sheet "
            "itself and hide the person fields before the extract is refreshed.",
            "Delete the page, not only hide it, and the button or tooltip that leads there; then delete the person "
            "columns in Power Query.",
        ),
        severity=Severity.WARNING if open_anyway else Severity.ERROR,
        evidence={
            "ways": tuple(words),
            "bound_to": tuple(bound),
            "target": target.name if target else first.target,
            "page": page.name if page else None,
            "visuals": tuple(dict.fromkeys([*(v.name for v in visuals), *(c.caption for c, _ in ways)])),
            "visual_ids": tuple(v.id for v in visuals),
        },
        fields=[first.target or first.id],
    )


def _worded(context: Context, control: Control) -> str:
    """The way in words: ``A drill-through from SchoolName``."""
    page = page_of(context.workbook, control)
    where = f" on {page.name}" if page else ""
    if control.kind == "drill_through":
        fields = listing(list(dict.fromkeys(u.caption for u in control.uses)))
        return f"Drill-through from {fields}" if fields else "Drill-through"
    if control.kind == "tooltip":
        return f"The tooltip page {control.caption}" if is_binding(control) else f"The tooltip of {control.caption}"
    if control.kind == "navigation":
        return f"The {control.caption if 'button' in control.caption else 'button to ' + control.caption}{where}"
    return f"The action {control.caption}{where}"
