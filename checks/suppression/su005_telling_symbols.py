"""SU005: the symbols in place of hidden figures tell more than they should."""

from __future__ import annotations

from collections.abc import Iterator

from checks.suppression.guards import symbols
from linter.findings import Confidence, Finding, Severity
from linter.model import Visual
from linter.rules import Context, place, rule
from linter.text import clean, listing


@rule("SU005", "telling-symbols", severity=Severity.WARNING, confidence=Confidence.MEDIUM)
def telling_symbols(context: Context) -> Iterator[Finding]:
    """Several symbols, or one that is out of use, stand in place of hidden figures.

    ## What it checks
    The texts that formulas and number formats show in place of a small count. The rule fires where a workbook
    uses more than one of them, so that readers can tell one kind of suppression from another, and where one
    is on the profile's list of symbols that are out of use.

    ## Why it matters
    Whoever can tell primary from secondary suppression knows that the first is small and the second is
    not: in a measured table that alone determined a quarter of the hidden figures. A symbol that has
    meant several things is read as a zero or as an error.

    ## Example that fires
    A star in one visual and "<5" in the next.

    ## The same, mended
    The letter c in both, for primary and for secondary suppression.

    ## How to fix it
    Use the profile's symbol everywhere, and the same one for secondary suppression. `disclint table` checks
    the symbols of published tables.

    ## When a waiver is fair
    The house style of the publication asks for another symbol and the disclosure team has agreed to it.

    ## Limits
    Symbols in the data of a workbook are not read; symbols in formulas and formats are.

    ## Sources
    DfE analysts' guide, Statistics production, "Symbols": c for confidential, z, x, low, u.
    """
    by_visual: dict[str, tuple[str, ...]] = {}
    for visual in context.workbook.visuals:
        shown = {(layer.source, b.measure): None for layer in visual.layers for b in layer.bases}
        used = [s for source, measure in shown for s in symbols(context.workbook, source, measure, visual)]
        if used:
            by_visual[visual.id] = tuple(dict.fromkeys(used))
    everywhere = tuple(dict.fromkeys(s for used in by_visual.values() for s in used))
    for visual in context.workbook.visuals:
        if visual.id in by_visual and (found := _finding(context, visual, by_visual[visual.id], everywhere)):
            yield found


def _finding(context: Context, visual: Visual, used: tuple[str, ...], everywhere: tuple[str, ...]) -> Finding | None:
    wanted = context.policy.profile.symbols
    old = [s for s in used if s.casefold() in {x.casefold() for x in wanted.legacy}]
    several = len(everywhere) > 1
    if not old and not several:
        return None
    names = listing([f"“{clean(s, 20)}”" for s in (everywhere if several else old)])
    message = (
        f"The workbook hides figures behind {len(everywhere)} different symbols ({names})."
        if several
        else f"{names} stands in place of hidden figures; the profile counts it as out of use."
    )
    return telling_symbols.finding(
        context, message, place(context.workbook, visual),
        f"Use one symbol for primary and secondary suppression: {listing(list(wanted.suppressed)) or 'c'}.",
        evidence={"symbols": tuple(clean(s, 20) for s in used)}, fields=("symbols",),
    )  # fmt: skip
