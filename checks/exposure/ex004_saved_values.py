"""EX004: values of persons are saved outside the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from checks.exposure.saved import QUERY_CACHE, Saved, personal_numbers, saved_values, sheet_of
from checks.reach import main_part, mend
from checks.subjects import PEOPLE, Identifier, identifiers, lists_persons, people_unit
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.model import Source, Text, Visual, Workbook
from linter.policy.masking import band
from linter.records import dataclass
from linter.rules import Context, place, rule
from linter.text import clean, listing

_TYPED = (
    "title",
    "text",
    "annotation",
    "caption",
    "story caption",
    "alternative text",
    "subtitle",
    "description",
    "tooltip",
)
_CACHE_FILE, _CACHE_TEXT = "cache.abf", "data cache"


@dataclass(slots=True)
class _Held:
    """The values of one identifier that are saved in one place."""

    identifier: Identifier
    where: Location
    saved: list[Saved] = field(default_factory=list)


@rule("EX004", "saved-values", severity=Severity.ERROR)
def values_saved(context: Context) -> Iterator[Finding]:
    """The workbook saves values of persons outside its data: lists, states, texts, caches, pictures.

    ## What it checks
    Filter members, groups, sets, aliases, manual sorts, colour maps, annotated marks, selections,
    bookmarks, saved queries, column statistics and cached query results: does their field identify
    persons? Thumbnails of sheets that show persons or small groups. A project's data cache. In titles, texts,
    annotations, formulas, queries and row security, pupil and National Insurance numbers by their check
    digits. Values are counted in bands and never printed.

    ## Why it matters
    These lists stay when the data are replaced, aggregated or removed, and a text editor opens them.

    ## Example that fires
    A drill-through page whose filter still holds the pupil of the last test.

    ## The same, mended
    The same filter cleared before saving.

    ## How to fix it
    Tableau: clear the filter, sort, group or alias (right-click > Clear, Delete); for caches remove the
    folder TwbxExternalCache from the package and Edit > Clear thumbnails by saving without data.
    Power BI: clear slicers, drill-through filters and bookmarks, then save; delete saved DAX queries;
    keep .pbi/cache.abf out of the repository.

    ## When a waiver is fair
    The values are those of public persons or invented ones.

    ## Limits
    Names inside typed text and pictures are not recognised. Cached results are judged by the fields
    that they were asked for.

    ## Sources
    Tableau: workbook XML and TwbxExternalCache. Power BI: report definition, DAXQueries, .pbi folder.
    """
    known = identifiers(context)
    places: dict[tuple[str, str, str], _Held] = {}
    for saved in saved_values(context.workbook, known):
        where = _location(context, saved)
        cached = saved.kind == QUERY_CACHE
        key = (saved.identifier.caption, saved.kind if cached else where.part, where.logical)
        places.setdefault(key, _Held(saved.identifier, where)).saved.append(saved)
    for held in places.values():
        yield _finding(context, held)
    for text in context.workbook.texts:
        numbers = personal_numbers(text.text) if text.where.startswith((*_TYPED, "saved", "bookmark", "query")) else 0
        if numbers:
            yield _typed(context, text, numbers)
    for source in context.workbook.sources:
        yield from _in_formulas(context, source)
    yield from _pictures(context, {s.text.text for h in places.values() for s in h.saved if s.kind == "thumbnail"})
    yield from _caches(context)


def _pictures(context: Context, told: set[str]) -> Iterator[Finding]:
    """Thumbnails of sheets that list records of persons or show small groups, though they name nobody."""
    workbook, threshold = context.workbook, context.policy.profile.threshold
    pictured = {t.text for t in workbook.texts if t.where == "thumbnail"} - told
    records: list[Visual] = []
    small: list[Visual] = []
    for visual in workbook.visuals if pictured else ():
        result = context.evidence.visuals.get(visual.id)
        layers = [x for x in result.layers if x.unit.kind in PEOPLE | {"count_field"}] if result else []
        if visual.name in pictured and any(lists_persons(visual, x.position, x) for x in layers):
            records.append(visual)
        elif visual.name in pictured and any(x.small_cells(threshold) for x in layers):
            small.append(visual)
    for visuals, what, severity in (
        (records, "list single persons", Severity.WARNING),
        (small, "show small groups", Severity.NOTE),
    ):
        if visuals:
            names = tuple(clean(v.name) for v in visuals)
            yield values_saved.finding(
                context,
                f"Pictures of sheets that {what} are saved with the workbook ({listing(list(names), 3)}).",
                place(workbook, visuals[0]) if len(visuals) == 1 else Location(main_part(workbook)),
                _cleared(workbook, ["thumbnail"]),
                severity=severity,
                evidence={"kinds": ("thumbnail",), "visuals": names, "visual_ids": tuple(v.id for v in visuals)},
                fields=["thumbnail", what],
            )


def _location(context: Context, saved: Saved) -> Location:
    """The sheet, visual or page that holds the list; else the part alone."""
    workbook, text, caption = context.workbook, saved.text, saved.identifier.caption
    sheet = sheet_of(text)
    visual = next((v for v in workbook.visuals if v.name == sheet), None) or next(
        (v for v in workbook.visuals if v.part == text.part and text.part != main_part(workbook)), None
    )
    if visual is not None:
        return place(workbook, visual, caption)
    own = [p for p in workbook.pages if p.part == text.part]
    page = own[0] if len(own) == 1 else next((p for p in workbook.pages if f"{p.name!r}" in text.where), None)
    return Location(text.part, page.name if page else None, field=caption, line=text.line)


def _finding(context: Context, held: _Held) -> Finding:
    counted = sum(s.values or 0 for s in held.saved)
    kinds = list(dict.fromkeys(s.kind for s in held.saved))
    picture = kinds == ["thumbnail"]
    how_many = f", {band(counted, context.policy.profile)} values" if counted else ""
    return values_saved.finding(
        context,
        f"Values of {held.identifier.caption}, which identifies persons, are saved outside the data: "
        f"{listing(kinds)}{how_many}.",
        held.where,
        _cleared(context.workbook, kinds),
        severity=Severity.WARNING if picture else None,
        confidence=held.identifier.what.confidence,
        evidence={
            "kinds": tuple(kinds),
            "field": f"{held.identifier.table.caption}.{held.identifier.caption}",
            "why": held.identifier.what.why,
            "parts": tuple(dict.fromkeys(s.text.part for s in held.saved)),
        },
        revealed={"values": counted},
        fields=[f"{held.identifier.table.caption}.{held.identifier.caption}", *kinds],
    )


def _cleared(workbook: Workbook, kinds: list[str]) -> str:
    """Where the lists, pictures and caches of that kind are cleared."""
    if kinds == [QUERY_CACHE]:
        return "Delete the folder TwbxExternalCache from the package, or save it again without data and repack it."
    if kinds == ["thumbnail"]:
        return "Delete the sheet, or take the persons off it, open the dashboard and save: pictures are remade."
    return mend(
        workbook,
        "Right-click the field: Clear Filter, Clear Sort, Aliases > Clear, delete group or set; Default Properties > "
        "Color > Reset; right-click an annotation > Remove. Then save.",
        "Clear the slicer or filter card (eraser), delete or update the bookmark in View > Bookmarks, delete saved "
        "queries in DAX query view. Then save.",
    )


def _typed(context: Context, text: Text, numbers: int) -> Finding:
    pages = [p for p in context.workbook.pages if p.part == text.part]
    kind = text.where.split(" of ")[0].split(" in ")[0].split(" '")[0]
    return values_saved.finding(
        context,
        f"A saved text ({kind}) holds valid pupil or National Insurance numbers "
        f"({band(numbers, context.policy.profile)}).",
        Location(text.part, pages[0].name if len(pages) == 1 else None, line=text.line),
        mend(
            context.workbook,
            "Take the numbers out: Worksheet > Show Title or Caption; right-click an annotation > Remove.",
            "Take the numbers out of the text box, title or Format > General > Alt text; delete the bookmark or query.",
        ),
        confidence=Confidence.MEDIUM,
        evidence={"kinds": (kind,)},
        revealed={"values": numbers},
        fields=[kind],
    )


def _in_formulas(context: Context, source: Source) -> Iterator[Finding]:
    """Numbers of persons that are typed into formulas of fields, or into the queries of tables."""
    texts = [(f.caption, f"{f.formula or ''} {f.format} {f.description}") for f in source.fields]
    texts += [(t.caption, t.origin) for t in source.tables]
    holding = [(name, n) for name, text in texts if (n := personal_numbers(text))]
    if holding:
        names = tuple(dict.fromkeys("a field" if personal_numbers(name) else clean(name) for name, _ in holding))
        counted = sum(n for _, n in holding)
        yield values_saved.finding(
            context,
            f"Formulas ({listing(list(names), 3)}) hold valid pupil or National Insurance numbers "
            f"({band(counted, context.policy.profile)}).",
            Location(main_part(context.workbook, source)),
            "Keep who is meant in a column of the data, and let formulas and queries refer to that.",
            confidence=Confidence.MEDIUM,
            evidence={"kinds": ("formula",), "columns": names},
            revealed={"values": counted},
            fields=["formula", source.caption],
        )


def _caches(context: Context) -> Iterator[Finding]:
    """The data cache of a project: every row of every loaded table, beside text files that look empty."""
    workbook = context.workbook
    stores = {
        t.store.member for s in workbook.sources for t in s.tables if t.store and t.store.member.endswith(_CACHE_FILE)
    }
    named = {t.part for t in workbook.texts if t.where == _CACHE_TEXT}
    held = [(s, t) for s in workbook.sources for t in s.tables if not (t.store and t.store.kind == "typed")]
    tables = [(s, t) for s, t in held if not t.generated]
    people = any(people_unit(context, source, table) for source, table in tables)
    counted = all((s.id, t.id) in context.evidence.tables for s, t in tables) and bool(stores)
    captions = [t.caption for _, t in tables]
    for part in sorted(stores | named):
        yield values_saved.finding(
            context,
            f"The project's data cache holds every loaded row ({listing(captions) or 'its tables are not known'}).",
            Location(part),
            "Delete .pbi/cache.abf and keep it out of the repository (.gitignore).",
            severity=None if people else Severity.NOTE if counted else Severity.WARNING,
            evidence={"kinds": (_CACHE_TEXT,), "tables": tuple(captions)},
            fields=captions,
        )
