"""SC007: the profile asks for rounding, and the figures shown are not rounded."""

from __future__ import annotations

from collections.abc import Iterator

from checks.suppression.figures import figures
from linter.findings import Finding, Severity
from linter.model import Visual
from linter.rules import Context, place, rule
from linter.text import plural


@rule("SC007", "unrounded", severity=Severity.WARNING)
def unrounded(context: Context) -> Iterator[Finding]:
    """Counts of people are shown unrounded although the profile asks for rounding.

    ## What it checks
    Under a profile with a rounding base, every count of people that a visual shows, totals included: the
    rule fires where some are no multiples of the base.

    ## Why it matters
    Rounding protects a table only as a whole. One exact figure among rounded ones gives its neighbours away.

    ## Example that fires
    Under a profile that rounds to 5, a bar chart of pupils counted from their rows.

    ## The same, mended
    The counts are rounded to 5 in the data, each total on its own, and the chart shows their values.

    ## How to fix it
    Round in the data before they are loaded. A number format does not round what the file holds.

    ## When a waiver is fair
    The level is exempt from rounding in the guidance that the profile follows (national figures).

    ## Limits
    Counts only; percentages made from rounded counts are not recognised. Rounding by a number format is
    not seen.

    ## Sources
    Those of the profile in force; NHS Digital, disclosure control of hospital statistics (rounding to 5).
    """
    rounding = context.policy.profile.rounding
    if rounding is None:
        return
    for visual in context.workbook.visuals:
        shown, odd = _figures(context, visual, rounding.base)
        if odd:
            yield _finding(context, visual, shown, odd, rounding.base)


def _figures(context: Context, visual: Visual, base: int) -> tuple[int, int]:
    """Counts shown, and those that are no multiples of the base."""
    result = context.evidence.visuals.get(visual.id)
    values = [
        value
        for layer in (result.layers if result else ())
        if layer.unit.kind not in {"not_people", "unknown"}
        for printed in figures(context, visual, layer)
        for value, hidden in zip(printed.values, printed.hidden, strict=True)
        if not hidden
    ]
    return len(values), sum(1 for v in values if v % base)


def _finding(context: Context, visual: Visual, shown: int, odd: int, base: int) -> Finding:
    return unrounded.finding(
        context,
        f"{plural(odd, 'figure')} of {shown:,} {'is' if odd == 1 else 'are'} not rounded to {base}.",
        place(context.workbook, visual),
        f"Round every count to {base} in the data before they are loaded, totals on their own.",
        evidence={"figures": shown, "unrounded": odd, "base": base}, fields=("rounding",),
    )  # fmt: skip
