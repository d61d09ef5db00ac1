"""SU004: a formula, format or colour hides a small count that the delivery hands over all the same."""

from __future__ import annotations

from collections.abc import Iterator

from checks.suppression.guards import drawn, guarded, guards
from linter.evidence import BaseCounts, LayerResult
from linter.findings import Confidence, Finding, Severity
from linter.model import Visual
from linter.policy.audience import Delivery
from linter.rules import Context, place, rule
from linter.text import listing, plural

_WAY = {
    "file": "the file with its rows is given away",
    "model": "readers can query the model",
    "view": "underlying data can be exported",
}


@rule("SU004", "display-only-suppression", severity=Severity.ERROR)
def display_only_suppression(context: Context) -> Iterator[Finding]:
    """A calculation, a number format or a colour hides a small count on the view while readers can still get the value.

    ## What it checks
    Measures that show a figure only where a count is large enough (IF COUNTD([UPN]) < 10 THEN "*", and the
    same in DAX), number formats that print something else for small numbers ([<10]"*";0), and conditional
    colours under which a figure can't be read, where they hide at least one count of 1..t in the saved state.
    The rule fires where the
    delivery hands over the rows behind them: the file itself, the model, or an export of underlying data.
    Where readers get the drawn views alone, such a measure is good practice and nothing is reported.

    ## Why it matters
    A star is paint. Whoever opens the file, views the data of the mark or writes a query of his own reads
    the number under it.

    ## Example that fires
    A packaged workbook with one row for each pupil, in which a calculated field prints a star for counts
    below ten.

    ## The same, mended
    The extract holds aggregated counts in which small ones are missing, with secondary suppression; or the
    workbook is published on a server where readers may view and not download.

    ## How to fix it
    Tableau: aggregate and suppress before the extract is made, or allow neither download nor View Data.
    Power BI: aggregate and suppress in Power Query, or publish to the service, without build permission
    and with export limited to summarised data.

    ## When a waiver is fair
    The rows behind the figure are not about persons.

    ## Limits
    Of colours, only figures that turn white under a condition are recognised; the background is taken for
    white. Formats that a formula yields are read where it is a single IF. A condition that compares something
    other than the count shown is reported with low confidence.

    ## Sources
    NCER, Re-use of Nexus exports in Power BI, Tableau and other external analysis; ICO, guidance on
    anonymisation, the motivated intruder test.
    """
    way = _way(context)
    if way is None:
        return
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        found: dict[str, int | None] = {}
        for layer in result.layers if result else ():
            if layer.unit.kind in {"not_people", "unknown"}:
                continue
            for measure, hidden in _hidden_by_measure(context, visual, layer):
                found[measure] = None if hidden is None else hidden + (found.get(measure) or 0)
        if known := {m: n for m, n in found.items() if n}:
            yield _finding(context, visual, tuple(known), sum(known.values()), way)
        elif unknown := tuple(m for m, n in found.items() if n is None):
            yield _finding(context, visual, unknown, None, way)


def _way(context: Context) -> str | None:
    """How readers get at the value; None if they do not."""
    reach = Delivery(context.policy.delivery).reach
    if reach == "view" and context.workbook.settings.export != "underlying":
        return None
    return _WAY[reach]


def _hidden_by_measure(context: Context, visual: Visual, layer: LayerResult) -> Iterator[tuple[str, int | None]]:
    """Guarded measures with the small counts that the guard hides; None where it can't be followed."""
    t = context.policy.profile.threshold
    for table in layer.tables:
        for base in table.bases:
            if not guards(context.workbook, layer, base) and not drawn(context.workbook, layer, base, visual):
                continue
            mask = guarded(context.workbook, layer, table, base, visual)
            yield base.measure, None if mask is None else _small(base, mask, t)


def _small(base: BaseCounts, mask: list[bool], t: int) -> int:
    return sum(1 for n, hidden in zip(base.contributors.values, mask, strict=True) if hidden and 0 < n <= t)


def _finding(context: Context, visual: Visual, measures: tuple[str, ...], small: int | None, way: str) -> Finding:
    names = listing(list(measures))
    what = "figures on a condition that was not evaluated" if small is None else plural(small, "small figure")
    return display_only_suppression.finding(
        context,
        f"{names} hides {what} on the view only: {way}.",
        place(context.workbook, visual),
        "Suppress figures in the data before they are loaded; a formula takes nothing out of the file.",
        severity=Severity.WARNING if small is None else Severity.ERROR,
        confidence=Confidence.LOW if small is None else Confidence.HIGH,
        evidence={"measures": measures, "hidden_small": small, "way": way},
        fields=measures,
    )
