"""NPD001: an NPD field is on a visual, filter or control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.npd.fields import chain_of, npd_columns, spots
from checks.subjects import ORDER
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.policy.vocabulary import NpdMatch
from linter.rules import Context, rule
from linter.text import listing, plural


@dataclass(slots=True)
class _Table:
    """The NPD fields of one table that are shown, and where."""

    caption: str
    own: bool  # declared as the authority's own or as open data
    first: Location
    fields: dict[str, NpdMatch] = field(default_factory=dict)
    visuals: dict[str, None] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)


@rule("NPD001", "npd-field-shown", severity=Severity.ERROR, confidence=Confidence.MEDIUM)
def npd_field_shown(context: Context) -> Iterator[Finding]:
    """A field that looks like one of the National Pupil Database is on a visual, filter or tooltip.

    ## What it checks
    The columns that every visual, filter and control uses as they are, by caption and physical name,
    so that a rename in the workbook changes nothing: exact and normalised NPD names, names with term or
    year endings or table prefixes, and generic names only beside an NPD-only name in the same table.
    What is computed from such fields is NPD002's.

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
    Seldom. Where the authority collected the data itself under the same name, declare the source's
    origin in the manifest: the finding is then a note, and NPD004 watches for contradictions.

    ## Limits
    A name is evidence of origin, not proof. The confidence and the way of matching are stated.

    ## Sources
    DfE NPD data tables and data item lists (Open Government Licence v3).
    """
    known = npd_columns(context)
    tables: dict[tuple[str, str], _Table] = {}
    for spot in spots(context):
        for column in spot.use.columns:
            npd = known.get((spot.use.source, column))
            if npd is None or chain_of(spot.use, npd):
                continue
            shown = tables.setdefault((spot.use.source, column.table), _Table(npd.table.caption, npd.own, spot.where))
            shown.fields[npd.caption] = npd.match
            if spot.visual is not None:
                shown.visuals[spot.visual] = None
            if spot.control is not None:
                shown.controls[spot.control] = None
    for shown in tables.values():
        yield _finding(context, shown)


def _finding(context: Context, shown: _Table) -> Finding:
    spots = [plural(len(shown.visuals), "visual")] if shown.visuals else []
    spots += [plural(len(shown.controls), "control")] if shown.controls else []
    one = len(shown.fields) == 1
    how = tuple(f"{caption}: {m.name} ({_coded(m)}{m.how})" for caption, m in shown.fields.items())
    return npd_field_shown.finding(
        context,
        f"{listing(list(shown.fields), 10)} of {shown.caption} "
        f"{'looks like an NPD field and is' if one else 'look like NPD fields and are'} "
        f"on {listing(spots)}{'; its source is declared not to come from there' if shown.own else ''}.",
        shown.first,
        "Remove these fields, or declare the source's origin if the authority collected them itself.",
        severity=Severity.NOTE if shown.own else None,
        confidence=max((m.confidence for m in shown.fields.values()), key=ORDER.index),
        evidence={"fields": how, "visuals": tuple(shown.visuals), "controls": tuple(shown.controls)},
        fields=[f"{shown.caption}.{caption}" for caption in shown.fields],
    )


def _coded(found: NpdMatch) -> str:
    """DfE's own codes, where the vocabulary has them."""
    known = found.field
    if known is None or not (known.identifiability and known.sensitivity):
        return ""
    return f"identifiability {known.identifiability}, sensitivity {known.sensitivity}, "
