"""DR001: a person's key or name on a visual."""

from __future__ import annotations

from collections.abc import Iterator

from checks.drilldown.dr004_action_to_unit import action_to_unit
from checks.exposure.ex003_hidden_not_protected import hidden_not_protected
from checks.exposure.ex004_saved_values import values_saved
from checks.reach import following, mend, shown_pages
from checks.subjects import ORDER, Identifier, doubted, identifiers, shown_identifiers
from linter.findings import Finding, Severity
from linter.model import Encoding, Visual
from linter.rules import Context, place, rule
from linter.text import listing


@rule("DR001", "unit-on-visual", severity=Severity.ERROR)
def unit_on_visual(context: Context) -> Iterator[Finding]:
    """A visual prints or splits by a field that identifies single persons.

    ## What it checks
    Every shelf, well, tooltip and detail field of every visual, hidden ones included: unit keys (UPN,
    pupil matching references, student numbers) and person identifiers (names, addresses, birth dates,
    e-mail), by name and by the values in the data. Counting such a field is fine; showing it, or one
    mark for each of its values, is not. Calculations that rest on such a field are followed. Slicers
    are DR005's, levels that readers drill to are DR003's. Hidden pages, saved values and ways that lead
    to the visual are findings that follow from this one.

    ## Why it matters
    One mark for each pupil is pupil-level data, whatever the mark's label says.

    ## Example that fires
    A scatter plot of attainment against absence with UPN on Detail.

    ## The same, mended
    The same plot by school, or a density drawn from binned scores with enough pupils in each bin.

    ## How to fix it
    Tableau: drag the field off the Marks card, rows, columns and tooltip, then Data > Extract Data with
    the field hidden (Hide All Unused Fields). Power BI: remove the field from the visual's wells and
    tooltips, then delete the column in Power Query.

    ## When a waiver is fair
    The key identifies something other than a person; declaring the unit in the manifest is better.

    ## Limits
    A name alone can mislead: the confidence says how sure the rule is, and why.

    ## Sources
    Names of keys come from the NPD vocabulary; check digits follow the published algorithms for UPN,
    ULN and NHS numbers.
    """
    known = identifiers(context)
    shown_on = {v.id: found for v in context.workbook.visuals if (found := list(shown_identifiers(v, known)))}
    consequences = consequences_of(context) if shown_on else []
    for visual in context.workbook.visuals:
        if visual.id in shown_on:
            yield _finding(context, visual, shown_on[visual.id], consequences)


def consequences_of(context: Context) -> list[Finding]:
    """Findings that say how a visual of persons is reached, hidden or saved."""
    rules = (action_to_unit, hidden_not_protected, values_saved)
    return [finding for follower in rules for finding in follower.check(context)]


def _finding(
    context: Context, visual: Visual, shown: list[tuple[Encoding, Identifier]], consequences: list[Finding]
) -> Finding:
    named = dict.fromkeys(f"{e.use.caption} ({e.role.replace('_', ' ')})" for e, _ in shown)
    surest = max((i for _, i in shown), key=lambda i: ORDER.index(i.what.confidence))
    unseen = visual.hidden and not shown_pages(context.workbook, visual)
    hidden = " The visual is hidden, which does not protect it." if unseen else ""
    return unit_on_visual.finding(
        context,
        f"It shows fields that identify single persons, or a mark for each person: {listing(list(named))}.{hidden}",
        place(context.workbook, visual, shown[0][0].use.caption),
        mend(
            context.workbook,
            "Drag the field off rows, columns, Marks and tooltip; hide it in the Data pane and refresh the extract.",
            "Remove the field from the visual's wells and tooltips, then delete the column in Power Query.",
        ),
        severity=doubted(surest.what.confidence),
        confidence=surest.what.confidence,
        evidence={
            "fields": tuple(named),
            "why": surest.what.why,
            "through": tuple(dict.fromkeys(step for e, _ in shown for step in e.use.via)),
        },
        fields=sorted({f"{i.table.caption}.{i.caption}" for _, i in shown}),
        related=following(consequences, visual),
    )
