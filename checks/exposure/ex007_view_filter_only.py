"""EX007: rows are kept from readers by nothing but a filter of the views."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from checks.reach import main_part, mend
from checks.subjects import people_unit, rows_in_file
from linter.evidence import LayerResult
from linter.expressions import Call, Expr, columns, walk
from linter.findings import Finding, Severity
from linter.location import Location
from linter.model import Filter, Layer, Source
from linter.records import dataclass
from linter.rules import Context, rule
from linter.text import listing, plural

_ROW_STAGES = frozenset({"source", "context", "set", "dimension"})
_AUTHORS = frozenset({"source", "report", "page", "visual"})
_CHECKS_NULL_ONLY = frozenset({"not", "is_null", "and"})


@dataclass(slots=True)
class _Layers:
    """The layers of one source that rest on rows of persons, and the filters they share."""

    tables: dict[str, None] = field(default_factory=dict)
    visuals: dict[str, None] = field(default_factory=dict)
    filters: list[dict[str, Filter]] = field(default_factory=list)


@rule("EX007", "view-filter-only", severity=Severity.ERROR)
def view_filter_only(context: Context) -> Iterator[Finding]:
    """Every view leaves out the same rows of persons by a filter, and the rows stay in the file.

    ## What it checks
    Filters that all views over a source of persons share: of the report, of the data source, or
    repeated on every page or sheet, visible or hidden. Filters that take rows out when the extract is
    made, and filters that leave nothing out, are fine. Choices that readers make are no protection
    either, but no part of this rule.

    ## Why it matters
    A filter that stands on every view is there to keep something from the reader. It doesn't: it can
    be removed, and View Data, export and the file itself show all rows.

    ## Example that fires
    A pack for one school over an extract of all schools, with School as a filter on each sheet.

    ## The same, mended
    The same pack over an extract filter, so that the other schools are not in the file.

    ## How to fix it
    Tableau: Data > Extract Data > Filters > Add, then refresh; a data source filter alone does not
    shrink an extract that was made before. Power BI: filter the rows in Power Query and refresh.

    ## When a waiver is fair
    The rows left out may be seen by this audience as well.

    ## Limits
    A filter that stands on only some views is taken for analysis. Whether a filter leaves rows out is
    counted where the view rests on one table, and else assumed.

    ## Sources
    Tableau: order of operations, extract filters come first. Power BI: report, page and visual filters
    work on the loaded rows.
    """
    for source in context.workbook.sources:
        found = _layers_of(context, source)
        shared = _shared(found)
        if shared:
            yield _finding(context, source, found, shared)


def _layers_of(context: Context, source: Source) -> _Layers:
    """Layers over tables of persons whose rows are in the file."""
    people = {t.id: t for t in source.tables if people_unit(context, source, t) and rows_in_file(context, source, t)}
    found = _Layers()
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        for position, layer in enumerate(visual.layers):
            touched = _touched(layer) & set(people) if layer.source == source.id else set()
            if not touched:
                continue
            counted = result.layers[position] if result and position < len(result.layers) else None
            rows = sum(rows_in_file(context, source, people[t]) for t in touched) if len(_touched(layer)) == 1 else None
            found.tables.update(dict.fromkeys(people[t].caption for t in sorted(touched)))
            found.visuals[visual.name] = None
            found.filters.append({} if _all_rows(counted, rows) else {_key(f): f for f in _restricting(source, layer)})
    return found


def _shared(found: _Layers) -> list[Filter]:
    if not found.filters:
        return []
    common = set(found.filters[0]).intersection(*found.filters[1:])
    return [f for key, f in found.filters[0].items() if key in common]


def _restricting(source: Source, layer: Layer) -> Iterator[Filter]:
    """Filters of the author that take rows out of view."""
    for f in (*source.filters, *layer.filters):
        fixed = f.scope in _AUTHORS and not (f.changeable and not f.hidden)
        if fixed and f.stage in _ROW_STAGES and f.columns and not _only_nulls(f.predicate):
            yield f


def _only_nulls(predicate: Expr) -> bool:
    """Whether a condition restricts nothing or leaves out empty values alone."""
    calls = [p for p in walk(predicate) if isinstance(p, Call)]
    return all(call.function in _CHECKS_NULL_ONLY for call in calls)


def _key(f: Filter) -> str:
    return f"{f.caption}\0{f.predicate!r}"


def _touched(layer: Layer) -> set[str]:
    tables = set(layer.tables)
    tables.update(b.table for b in layer.bases if b.table)
    tables.update(c.table for g in layer.grain for c in columns(g.expr))
    return tables


def _all_rows(counted: LayerResult | None, rows: int | None) -> bool:
    """Whether the view counts every row of its table, so that its filters leave nothing out."""
    return rows is not None and counted is not None and counted.body is not None and counted.body.records.total >= rows


def _finding(context: Context, source: Source, found: _Layers, shared: list[Filter]) -> Finding:
    fields = list(dict.fromkeys(f.caption for f in shared))
    tables = list(found.tables)
    return view_filter_only.finding(
        context,
        f"Rows of {listing(tables)} are left out by a filter on {listing(fields)} in all views "
        f"({plural(len(found.visuals), 'visual')}) that use them, and stay in the file.",
        Location(main_part(context.workbook, source), field=fields[0]),
        mend(
            context.workbook,
            "Data > Extract Data > Filters > Add, then refresh: the rows leave the extract.",
            "Filter the rows in Power Query (Home > Transform data) and refresh: the rows leave the model.",
        ),
        evidence={
            "filters": tuple(fields),
            "hidden": any(f.hidden for f in shared),
            "tables": tuple(tables),
            "visuals": tuple(found.visuals),
        },
        fields=[f"{source.caption}.{name}" for name in fields],
    )
