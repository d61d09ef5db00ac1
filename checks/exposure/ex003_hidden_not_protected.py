"""EX003: what is hidden is still in the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from checks.reach import main_part, mend, shown_pages, unit_level
from checks.subjects import Identifier, Identifiers, identifiers, rows_in_file, sureness
from linter.findings import Finding, Severity
from linter.location import Location
from linter.model import Page, Visual, Workbook
from linter.rules import Context, place, rule
from linter.text import listing, plural


@rule("EX003", "hidden-not-protected", severity=Severity.ERROR)
def hidden_not_protected(context: Context) -> Iterator[Finding]:
    """A page, sheet, visual, table or column is hidden, and readers of the file can still get at it.

    ## What it checks
    Hidden pages, worksheets and visuals: an error where they list or split by single persons,
    otherwise one note that says how many there are. Hidden columns and tables with rows: a warning
    where they identify persons.

    ## Why it matters
    Whoever can open the file can unhide a sheet, and a hidden column is a column like any other to
    Analyze in Excel, View Data or a text editor. Both vendors say that hiding is no security.

    ## Example that fires
    A hidden page "Pupil list" that was kept for checking.

    ## The same, mended
    The page is deleted, and the pupil table is no longer in the model.

    ## How to fix it
    Tableau: delete the worksheet; for columns Hide All Unused Fields and rebuild the extract, which
    leaves hidden columns out. Power BI: delete the page or visual, and remove the column or table in
    Power Query.

    ## When a waiver is fair
    Never for persons; for the note, where somebody has looked at what is hidden.

    ## Limits
    Hidden filters are EX007's. A Tableau worksheet whose tab is hidden because it is on a dashboard
    counts as hidden, since the whole sheet can be opened from a downloaded workbook.

    ## Sources
    Microsoft: hiding a field is not a security measure. Tableau: a hidden sheet is unhidden from its
    dashboard.
    """
    known = identifiers(context)
    yield from _pages_and_visuals(context, known)
    yield from _columns(context, known)


def _deleted(workbook: Workbook) -> str:
    return mend(
        workbook,
        "Dashboard: right-click the sheet's tab > Unhide Sheet, then delete it; hide the person fields and refresh.",
        "Right-click the page's tab > Delete, or delete the visual (View > Selection); then delete the person columns "
        "in Power Query.",
    )


def _pages_and_visuals(context: Context, known: Identifiers) -> Iterator[Finding]:
    workbook = context.workbook
    told: set[str] = set()
    for page in workbook.pages:
        listed = unit_level(context, (v for v in workbook.visuals if page.id in v.pages), known) if page.hidden else []
        if listed:
            told.update(v.id for v in listed)
            yield _hidden_page(context, page, listed)
    for visual in unit_level(context, (v for v in workbook.visuals if v.hidden and v.id not in told), known):
        told.add(visual.id)
        yield _hidden_visual(context, visual)
    harmless = [v for v in workbook.visuals if _is_hidden(workbook, v) and v.id not in told]
    pages = [
        p for p in workbook.pages if p.hidden and not any(v.id in told for v in workbook.visuals if p.id in v.pages)
    ]
    if harmless or pages:
        yield _rest(context, harmless, pages)


def _is_hidden(workbook: Workbook, visual: Visual) -> bool:
    on = [p for p in map(workbook.page, visual.pages) if p is not None]
    return visual.hidden or (bool(on) and all(p.hidden for p in on))


def _hidden_page(context: Context, page: Page, listed: list[Visual]) -> Finding:
    names = list(dict.fromkeys(v.name for v in listed))
    return hidden_not_protected.finding(
        context,
        f"The page {page.name} is hidden and shows single persons ({listing(names)}); readers can still get at it.",
        place(context.workbook, listed[0]),
        _deleted(context.workbook),
        evidence={"page": page.name, "visuals": tuple(names), "visual_ids": tuple(v.id for v in listed)},
        fields=[page.name],
    )


def _hidden_visual(context: Context, visual: Visual) -> Finding:
    pages = [p.name for p in shown_pages(context.workbook, visual)]
    shown = (
        f" Its tab is hidden, it is shown on {listing(pages)}." if pages and context.workbook.tool == "tableau" else ""
    )
    return hidden_not_protected.finding(
        context,
        f"It is hidden and shows single persons; readers can still get at it.{shown}",
        place(context.workbook, visual),
        _deleted(context.workbook),
        evidence={"visuals": (visual.name,), "visual_ids": (visual.id,)},
        fields=[visual.name],
    )


def _rest(context: Context, visuals: list[Visual], pages: list[Page]) -> Finding:
    """One note for all that is hidden and lists nobody."""
    workbook = context.workbook
    kind = "worksheet" if workbook.tool == "tableau" else "visual"
    said = [f"{len(visuals):,} of {plural(len(workbook.visuals), kind)}"] if visuals else []
    said += [f"{len(pages):,} of {plural(len(workbook.pages), 'page')}"] if pages else []
    verb = "is" if len(visuals) + len(pages) == 1 else "are"
    return hidden_not_protected.finding(
        context,
        f"{listing(said)} {verb} hidden and still in the file.",
        Location(main_part(workbook)),
        mend(
            workbook,
            "Delete the sheets that readers don't need (Unhide Sheet on the dashboard first); hiding protects nothing.",
            "Delete the pages and visuals that readers don't need (View > Selection); hiding protects nothing.",
        ),
        severity=Severity.NOTE,
        evidence={"visuals": tuple(v.name for v in visuals), "pages": tuple(p.name for p in pages)},
    )


def _columns(context: Context, known: Identifiers) -> Iterator[Finding]:
    """Hidden columns that identify persons, by table."""
    by_table: dict[tuple[str, str], list[Identifier]] = defaultdict(list)
    for found in known.values():
        hidden = found.column.hidden or found.table.hidden
        if hidden and rows_in_file(context, found.source, found.table):
            by_table[found.source.id, found.table.id].append(found)
    for held in by_table.values():
        table, names = held[0].table, [i.caption for i in held]
        yield hidden_not_protected.finding(
            context,
            f"Hidden in {table.caption} but still in the file, and telling who is who: {listing(names, 6)}.",
            Location(
                table.store.member if table.store else main_part(context.workbook, held[0].source), field=names[0]
            ),
            mend(
                context.workbook,
                "Data > Extract Data > Hide All Unused Fields, then refresh: only then they leave the extract.",
                "Remove the columns in Power Query (Choose Columns), then refresh: hiding leaves them in the model.",
            ),
            severity=Severity.WARNING,
            confidence=sureness(held),
            evidence={"table": table.caption, "columns": tuple(names)},
            fields=[f"{table.caption}.{name}" for name in names],
        )
