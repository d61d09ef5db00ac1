"""ME002: a visual could not be recomputed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from linter.expressions import columns
from linter.findings import Finding, Severity
from linter.model import Source, Table, Visual, Workbook
from linter.rules import Context, place, rule
from linter.text import clean, listing, plural

_UNSAFE = re.compile(r"[\"“”„$`\\!%=\x00-\x1f\x7f]")
"""What a shell, or the option itself, would not take as it is between double quotes."""


@rule("ME002", "visual-not-evaluated", severity=Severity.WARNING, coverage=True)
def visual_not_evaluated(context: Context) -> Iterator[Finding]:
    """A visual could not be recomputed, so its cells were not judged or only by a worst case.

    ## What it checks
    Visuals whose grouping, filter or measure was not understood, and visuals whose rows are not in
    the file: live connections, templates, missing or unreadable extracts. One finding for each reason.

    ## Why it matters
    What was not recomputed was not checked: the workbook is incomplete.

    ## Example that fires
    A worksheet over a published data source, whose rows are on the server.

    ## The same, mended
    The same worksheet over an extract in the file.

    ## How to fix it
    Embed an extract for the check, or simplify what the reason names.

    ## When a waiver is fair
    Never: have a person check these visuals and say so in the sign-off.

    ## Limits
    None.

    ## Sources
    The reasons come from the evaluation itself.
    """
    by_reason: dict[tuple[str, str], list[Visual]] = {}
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        status = result.status if result else "not_evaluated"
        if status in {"not_evaluated", "data_unread"}:
            reason = clean(result.reasons[0] if result and result.reasons else "no reason was given")
            by_reason.setdefault((status, reason), []).append(visual)
    for (found, reason), visuals in by_reason.items():
        names = [clean(v.name) for v in visuals]
        what = "could not be recomputed" if found == "not_evaluated" else "rest on rows that are not at hand"
        yield visual_not_evaluated.finding(
            context,
            f"{plural(len(visuals), 'visual')} {what} ({listing(names, 3)}): {reason}.",
            place(context.workbook, visuals[0]),
            _by_hand_or(supplying(context.workbook, visuals) if found == "data_unread" else []),
            evidence={"status": found, "reason": reason, "visuals": tuple(names)},
            fields=(reason,),
        )


def _by_hand_or(options: list[str]) -> str:
    given = f", or give disclint the rows: {listing(options, 4)}" if options else ""
    return f"Check these visuals by hand{given}."


def supplying(workbook: Workbook, visuals: Sequence[Visual]) -> list[str]:
    """The options that supply the rows of visuals, each once, to be copied into any shell: ``--data "Pupils=FILE"``."""
    found: dict[str, None] = {}
    for visual in visuals:
        for source in (s for s in workbook.sources if any(x.source == s.id for x in visual.layers)):
            used = _tables_of(visual, source)
            lacking = [t for t in source.tables if t.store is None and not (t.generated or t.calculated)]
            counted = {b.table for x in visual.layers for b in x.bases}
            for table in sorted(lacking, key=lambda t: t.id not in counted):
                if workbook.tool == "powerbi" and used and table.id not in used:
                    continue
                found[f'--data "{_name(workbook, source, table)}=FILE"'] = None
    return list(found)


def _name(workbook: Workbook, source: Source, table: Table) -> str:
    """How ``--data`` calls the rows of a table; ``SOURCE`` where its name can't be typed safely."""
    same = [s for s in workbook.sources if s.caption.casefold() == source.caption.casefold()]
    of_source = source.caption if len(same) == 1 else source.id
    several = len(source.tables) > 1
    name = table.caption if workbook.tool == "powerbi" else f"{of_source}.{table.caption}" if several else of_source
    return "SOURCE" if _UNSAFE.search(name) or clean(name) != name else name


def _tables_of(visual: Visual, source: Source) -> set[str]:
    """The tables of a source that a visual's groupings, filters and measures name."""
    layers = [x for x in visual.layers if x.source == source.id]
    exprs = [g.expr for x in layers for g in x.grain] + [f.predicate for x in layers for f in x.filters]
    exprs += [b.arg for x in layers for b in x.bases if b.arg is not None]
    named = {t for x in layers for t in x.tables} | {b.table for x in layers for b in x.bases if b.table}
    return named | {c.table for e in exprs for c in columns(e)}
