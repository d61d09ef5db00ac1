"""NPD002: something computed from an NPD field is on a visual, filter or control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.npd.fields import chain_of, npd_columns, printed, spots
from checks.subjects import ORDER
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.policy.vocabulary import NpdMatch
from linter.rules import Context, rule
from linter.text import listing, plural


@dataclass(slots=True)
class _Table:
    """The fields that derive from NPD fields of one table, with their chains, and where they are."""

    caption: str
    own: bool  # declared as the authority's own or as open data
    first: Location
    chains: dict[str, dict[tuple[str, ...], None]] = field(default_factory=dict)
    matches: list[NpdMatch] = field(default_factory=list)
    visuals: dict[str, None] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)


@rule("NPD002", "npd-derived-shown", severity=Severity.ERROR, confidence=Confidence.MEDIUM)
def npd_derived_shown(context: Context) -> Iterator[Finding]:
    """A calculation, measure, group, bin, set or query step that derives from an NPD field is shown.

    ## What it checks
    Every field on a visual, filter or control is followed down to its base columns, through
    calculated fields, measures that call measures, groups, bins, sets, calculated columns and tables,
    and through the steps of the query that renamed, split, combined or computed a column. The chain
    is printed, from what the reader sees down to the NPD field.

    ## Why it matters
    A band, an index or a percentage made of NPD data is NPD data: a new name changes nothing about
    the permission under which it may be shown.

    ## Example that fires
    A bar chart of Progress band, a calculation over Points, which is KS4_ATT8 renamed in Power Query.

    ## The same, mended
    The band computed from figures that DfE publishes.

    ## How to fix it
    Take the derived field off the visual, or keep the workbook internal. Changing its name is no
    remedy. Replace the source by one that may be shared, and declare its origin.

    ## When a waiver is fair
    DfE has published the derived figure itself, or agreed to its publication in writing.

    ## Limits
    Steps inside a database, a dataflow or a script are not in the file and can't be followed.

    ## Sources
    DfE NPD data tables and data item lists (Open Government Licence v3).
    """
    known = npd_columns(context)
    tables: dict[tuple[str, str], _Table] = {}
    for spot in spots(context):
        for column in spot.use.columns:
            npd = known.get((spot.use.source, column))
            chain = chain_of(spot.use, npd) if npd else ()
            if npd is None or not chain:
                continue
            shown = tables.setdefault((spot.use.source, column.table), _Table(npd.table.caption, npd.own, spot.where))
            shown.chains.setdefault(chain[0], {})[chain] = None
            shown.matches.append(npd.match)
            if spot.visual is not None:
                shown.visuals[spot.visual] = None
            if spot.control is not None:
                shown.controls[spot.control] = None
    for shown in tables.values():
        yield _finding(context, shown)


def _finding(context: Context, shown: _Table) -> Finding:
    places = [plural(len(shown.visuals), "visual")] if shown.visuals else []
    places += [plural(len(shown.controls), "control")] if shown.controls else []
    chains = [printed(chain) for by_field in shown.chains.values() for chain in by_field]
    verb = "derives" if len(shown.chains) == 1 else "derive"
    return npd_derived_shown.finding(
        context,
        f"{listing(list(shown.chains), 6)} {verb} from NPD fields of {shown.caption} and "
        f"{'is' if len(shown.chains) == 1 else 'are'} on {listing(places)}: {'; '.join(chains[:3])}"
        f"{f' and {len(chains) - 3} more' if len(chains) > 3 else ''}.",
        shown.first,
        "Take the derived fields off, or declare the source's origin if the authority collected the data itself.",
        severity=Severity.NOTE if shown.own else None,
        confidence=max((m.confidence for m in shown.matches), key=ORDER.index),
        evidence={
            "chains": tuple(chains),
            "visuals": tuple(shown.visuals),
            "controls": tuple(shown.controls),
        },
        fields=[f"{shown.caption}.{caption}" for caption in shown.chains],
    )
