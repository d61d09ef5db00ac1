"""NPD001: an NPD field is on a visual, filter or control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.subjects import column_facts
from linter.expressions import Column
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.model import FieldUse, Visual
from linter.policy.vocabulary import NpdMatch, match
from linter.rules import Context, place, rule
from linter.text import listing, plural


@dataclass(frozen=True, slots=True)
class _Field:
    """A column that looks like an NPD field."""

    match: NpdMatch
    caption: str


@dataclass(slots=True)
class _Table:
    """The NPD fields of one table that are shown, and where."""

    caption: str
    fields: dict[str, NpdMatch] = field(default_factory=dict)
    visuals: dict[str, None] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)
    first: Location | None = None


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
    known = _known(context)
    tables: dict[tuple[str, str], _Table] = {}

    def touch(use: FieldUse) -> Iterator[_Table]:
        for column in use.columns:
            npd = known.get((use.source, column))
            source = context.workbook.source(use.source)
            table = source.table(column.table) if source else None
            if npd and table:
                shown = tables.setdefault((use.source, column.table), _Table(table.caption))
                shown.fields[npd.caption] = npd.match
                yield shown

    for visual in context.workbook.visuals:
        for use in _uses(visual):
            for shown in touch(use):
                shown.visuals[visual.name] = None
                shown.first = shown.first or place(context.workbook, visual, use.caption)
    for control in context.workbook.controls:
        page = context.workbook.page(control.pages[0]) if control.pages else None
        for use in control.uses:
            for shown in touch(use):
                shown.controls[control.caption] = None
                shown.first = shown.first or Location(control.part, page.name if page else None, field=use.caption)
    for shown in tables.values():
        yield _finding(context, shown)


def _uses(visual: Visual) -> Iterator[FieldUse]:
    yield from (e.use for e in visual.encodings)
    for layer in visual.layers:
        yield from (FieldUse(f.caption, f.columns, f.source or layer.source) for f in layer.filters)


def _known(context: Context) -> dict[tuple[str, Column], _Field]:
    known = {}
    for source in context.workbook.sources:
        for table in source.tables:
            neighbours = [n for c in table.columns for n in dict.fromkeys((c.caption or c.name, c.physical))]
            for column in table.columns:
                facts = column_facts(context, source, table, column)
                values = facts.identifiers if facts else None
                names = dict.fromkeys(n for n in (column.caption, column.name, column.physical) if n)
                matches = (match(n, neighbours, table=table.caption, values=values) for n in names)
                found = next((m for m in matches if m), None)
                if found is not None:
                    known[source.id, Column(table.id, column.name)] = _Field(found, column.caption or column.name)
    return known


def _finding(context: Context, shown: _Table) -> Finding:
    spots = [plural(len(shown.visuals), "visual")] if shown.visuals else []
    spots += [plural(len(shown.controls), "control")] if shown.controls else []
    one = len(shown.fields) == 1
    how = tuple(f"{caption}: {m.name} ({_coded(m)}{m.how})" for caption, m in shown.fields.items())
    return npd_field_shown.finding(
        context,
        f"{listing(list(shown.fields), 10)} of {shown.caption} {'looks like an NPD field and is' if one else 'look like NPD fields and are'} "
        f"on {listing(spots)}.",
        shown.first or Location(""),
        "Remove these fields, or declare the source's origin if the authority collected them itself.",
        confidence=max((m.confidence for m in shown.fields.values()), key=_ORDER.index),
        evidence={"fields": how, "visuals": tuple(shown.visuals), "controls": tuple(shown.controls)},
        fields=[f"{shown.caption}.{caption}" for caption in shown.fields],
    )


def _coded(found: NpdMatch) -> str:
    """DfE's own codes, where the vocabulary has them."""
    known = found.field
    if known is None or not (known.identifiability and known.sensitivity):
        return ""
    return f"identifiability {known.identifiability}, sensitivity {known.sensitivity}, "


_ORDER = [Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH]
