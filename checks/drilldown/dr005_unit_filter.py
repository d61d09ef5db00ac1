"""DR005: readers can pick single persons in a filter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from checks.reach import at_control, mend
from checks.subjects import ORDER, Identifier, Identifiers, doubted, identified, identifiers, shown_identifiers
from linter.expressions import Column
from linter.findings import Confidence, Finding, Severity
from linter.model import Control, Parameter
from linter.policy.names import classify_name
from linter.records import dataclass
from linter.rules import Context, rule
from linter.text import listing, plural

_FILTERS = frozenset({"slicer", "quick_filter", "parameter"})


@dataclass(slots=True)
class _Offered:
    """The controls that offer one identifier on one page."""

    identifier: Identifier
    controls: list[Control] = field(default_factory=list)


@rule("DR005", "unit-filter", severity=Severity.ERROR)
def unit_filter(context: Context) -> Iterator[Finding]:
    """A slicer, quick filter, parameter or search box lets readers pick a single person.

    ## What it checks
    Every control that filters by a field: does it offer unit keys, names or other identifiers of
    persons? Parameters are judged by the fields they stand for and by their own name. Filter cards
    of a visual that shows the same field are part of DR001's finding there.

    ## Why it matters
    The list of choices is itself a list of pupils, and choosing one turns every figure on the page
    into that pupil's.

    ## Example that fires
    A slicer on UPN above a page of averages.

    ## The same, mended
    A slicer on school or year group, with enough pupils behind every choice.

    ## How to fix it
    Tableau: remove the filter card and the field from Filters, or delete the parameter. Power BI:
    delete the slicer or the filter card; hiding or locking it leaves its list in the file. Then
    remove the field from the data.

    ## When a waiver is fair
    The field identifies something other than a person; declaring the unit is better.

    ## Limits
    Whether a combination of harmless filters isolates a person is found by counting, by DR006.

    ## Sources
    Filter cards, slicers and parameter controls as both tools save them.
    """
    known = identifiers(context)
    offered: dict[tuple[str, str, str], _Offered] = {}
    for control in context.workbook.controls:
        for found in _picked(context, control, known):
            page = control.pages[0] if control.pages else ""
            key = (page, found.table.caption, found.caption)
            offered.setdefault(key, _Offered(found)).controls.append(control)
    for group in offered.values():
        yield _finding(context, group)
    for control in context.workbook.controls:
        parameter = _parameter_of_persons(context, control)
        if parameter is not None:
            yield _parameter_finding(context, control, parameter)


def _picked(context: Context, control: Control, known: Identifiers) -> Iterator[Identifier]:
    """Identifiers that a control offers and that the visuals it filters don't show themselves."""
    if control.kind not in _FILTERS:
        return
    visuals = [v for v in context.workbook.visuals if v.id in control.visuals]
    shown = [[i for _, i in shown_identifiers(v, known)] for v in visuals]
    for use in control.uses:
        for found in identified(use, known):
            counted = known.only_count(use, Column(found.table.id, found.column.name))
            part_of_visual = control.kind == "quick_filter" and bool(shown) and all(found in s for s in shown)
            if not counted and not part_of_visual:
                yield found


def _finding(context: Context, group: _Offered) -> Finding:
    found, first = group.identifier, group.controls[0]
    kinds = list(dict.fromkeys(c.kind.replace("_", " ") for c in group.controls))
    hidden = " It is hidden, which does not protect it." if all(c.hidden for c in group.controls) else ""
    return unit_filter.finding(
        context,
        f"Readers can pick single persons by {found.caption} ({listing(kinds)}).{hidden}",
        at_control(context.workbook, first, found.caption),
        mend(
            context.workbook,
            "Remove the card and the field from the Filters shelf; hide the field and refresh the extract.",
            "Delete the slicer, or the field from the Filters pane (locking or hiding keeps its list); then delete the "
            "column in Power Query.",
        ),
        severity=doubted(found.what.confidence),
        confidence=found.what.confidence,
        evidence={
            "controls": tuple(kinds),
            "places": plural(len(group.controls), "control"),
            "why": found.what.why,
        },
        fields=[f"{found.table.caption}.{found.caption}"],
    )


def _parameter_of_persons(context: Context, control: Control) -> Parameter | None:
    """The parameter of a control that by its name picks a person, though it stands for no field."""
    if control.kind != "parameter" or any(use.columns for use in control.uses):
        return None
    found = next((p for p in context.workbook.parameters if p.caption == control.caption), None)
    return found if found and classify_name(found.caption).kind in {"unit_key", "identifier"} else None


def _parameter_finding(context: Context, control: Control, parameter: Parameter) -> Finding:
    what = classify_name(parameter.caption)
    return unit_filter.finding(
        context,
        f"Readers can pick single persons with the parameter {parameter.caption}.",
        at_control(context.workbook, control, parameter.caption),
        mend(
            context.workbook,
            "Data pane: delete the parameter and the calculation that uses it; let readers pick groups instead.",
            "Delete the parameter in Power Query or Modeling, with the measure that uses it; let readers pick groups.",
        ),
        confidence=min(what.confidence, Confidence.MEDIUM, key=ORDER.index),
        evidence={"controls": ("parameter",), "why": what.why, "choices": plural(len(parameter.choices), "choice")},
        fields=[parameter.caption],
    )
