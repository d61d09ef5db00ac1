"""NPD001: an NPD field is on a visual, filter or control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.subjects import column_facts
from linter.expressions import Column
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.model import FieldUse, Source
from linter.policy.vocabulary import NpdMatch, match
from linter.rules import Context, place, rule
from linter.text import listing


@dataclass(slots=True)
class _Places:
    """Where one NPD field is used."""

    match: NpdMatch
    caption: str
    table: str
    first: Location | None = None
    visuals: dict[str, None] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)
    through: dict[str, None] = field(default_factory=dict)


@rule("NPD001", "npd-field-shown", severity=Severity.ERROR, confidence=Confidence.MEDIUM)
def npd_field_shown(context: Context) -> Iterator[Finding]:
    """A field that looks like one of the National Pupil Database is on a visual, filter or tooltip.

    ## What it checks
    The base columns of every visual's fields, filters and controls, by caption and physical name,
    through renames and calculations: exact and normalised NPD names, names with term or year endings
    or table prefixes, and generic names only beside an NPD-only name in the same table.

    ## Why it matters
    Nexus may show NPD data unsuppressed to officers of the authority; once exported and visible to
    schools, third parties or the public, that permission does not apply, and the DfE's rules do.

    ## Example that fires
    A school dashboard with KS2_READMRK on a tooltip.

    ## The same, mended
    The same dashboard over the school's own assessment data, declared as collected by the authority.

    ## How to fix it
    Replace the field by one from data that may be shared, or keep the workbook internal. In Tableau:
    Replace References; in Power BI: remove the column in Power Query.

    ## When a waiver is fair
    The data were collected by the authority under the same name; declare the source's origin in the
    manifest instead.

    ## Limits
    A name is evidence of origin, not proof. The confidence and the way of matching are stated.

    ## Sources
    DfE NPD data tables and data item lists (Open Government Licence v3).
    """
    found: dict[tuple[str, Column], _Places] = {}
    known = _known(context)
    for visual in context.workbook.visuals:
        uses = [e.use for e in visual.encodings]
        uses += [
            FieldUse(f.caption, f.columns, f.source or layer.source) for layer in visual.layers for f in layer.filters
        ]
        for use in uses:
            for place_ in _touch(use, known, found):
                place_.visuals.setdefault(visual.name)
                place_.first = place_.first or place(context.workbook, visual, place_.caption)
    for control in context.workbook.controls:
        for use in control.uses:
            for place_ in _touch(use, known, found):
                place_.controls.setdefault(control.caption)
                page = context.workbook.page(control.pages[0]) if control.pages else None
                place_.first = place_.first or Location(control.part, page.name if page else None, field=place_.caption)
    for places in found.values():
        yield _finding(context, places)


def _known(context: Context) -> dict[tuple[str, Column], _Places]:
    known = {}
    for source in context.workbook.sources:
        for table in source.tables:
            neighbours = _neighbours(source, table.id)
            for column in table.columns:
                facts = column_facts(context, source, table, column)
                values = facts.identifiers if facts else None
                names = dict.fromkeys(n for n in (column.caption, column.name, column.physical) if n)
                found = next(
                    (m for n in names if (m := match(n, neighbours, table=table.caption, values=values))),
                    None,
                )
                if found is not None:
                    known[source.id, Column(table.id, column.name)] = _Places(
                        found, column.caption or column.name, table.caption
                    )
    return known


def _neighbours(source: Source, table_id: str) -> list[str]:
    table = source.table(table_id)
    return [n for c in table.columns for n in dict.fromkeys((c.caption or c.name, c.physical))] if table else []


def _touch(
    use: FieldUse, known: dict[tuple[str, Column], _Places], found: dict[tuple[str, Column], _Places]
) -> Iterator[_Places]:
    for column in use.columns:
        places = known.get((use.source, column))
        if places is not None:
            found[use.source, column] = places
            places.through |= dict.fromkeys(use.via)
            yield places


def _finding(context: Context, places: _Places) -> Finding:
    spots = []
    if places.visuals:
        spots.append(f"on {listing(list(places.visuals), 3)}")
    if places.controls:
        spots.append(f"as a control ({listing(list(places.controls), 3)})")
    codes = places.match.field
    coded = (
        f" (DfE identifiability {codes.identifiability}, sensitivity {codes.sensitivity})"
        if codes and codes.identifiability and codes.sensitivity
        else ""
    )
    through = f", through {listing(list(places.through), 3)}" if places.through else ""
    return npd_field_shown.finding(
        context,
        f"{places.table}.{places.caption} looks like the NPD field {places.match.name}{coded}; it is {listing(spots)}{through}.",
        places.first or Location(""),
        "Remove the field, or declare the source's origin in the manifest if the authority collected it.",
        confidence=places.match.confidence,
        evidence={
            "npd_field": places.match.name, "how": places.match.how, "beside": places.match.neighbours,
            "visuals": tuple(places.visuals), "controls": tuple(places.controls),
        },
        fields=(f"{places.table}.{places.caption}",),
    )  # fmt: skip
