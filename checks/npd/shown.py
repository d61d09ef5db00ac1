"""NPD fields on visuals and controls, gathered by table: as they are, or as something made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from checks.npd.fields import NpdColumn, chain_of, npd_columns, spots
from checks.subjects import ORDER
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.records import dataclass
from linter.rules import Context, Rule
from linter.text import plural

Chain = tuple[str, ...]


@dataclass(slots=True)
class ShownTable:
    """The NPD fields of one table that are shown, and where.

    ``chains`` leads from what readers see to the NPD field; a field as it is has a chain of its own name.
    """

    caption: str
    own: bool  # declared as the authority's own or as open data
    first: Location
    columns: dict[str, NpdColumn] = field(default_factory=dict)
    chains: dict[Chain, None] = field(default_factory=dict)
    visuals: dict[str, None] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)

    @property
    def fields(self) -> list[str]:
        """What readers see, each once."""
        return list(dict.fromkeys(chain[0] for chain in self.chains))

    @property
    def places(self) -> list[str]:
        """On how many visuals and controls."""
        found = [plural(len(self.visuals), "visual")] if self.visuals else []
        return [*found, plural(len(self.controls), "control")] if self.controls else found


def shown_tables(context: Context, *, derived: bool) -> list[ShownTable]:
    """Tables whose NPD fields are shown: what is made of them if ``derived``, else the fields as they are."""
    known = npd_columns(context)
    tables: dict[tuple[str, str], ShownTable] = {}
    for spot in spots(context):
        for column in spot.use.columns:
            npd = known.get((spot.use.source, column))
            chain = chain_of(spot.use, npd) if npd else ()
            if npd is None or bool(chain) is not derived:
                continue
            key = spot.use.source, column.table
            shown = tables.setdefault(key, ShownTable(npd.table.caption, npd.own, spot.where))
            shown.columns[npd.caption] = npd
            shown.chains[chain or (npd.caption,)] = None
            if spot.visual is not None:
                shown.visuals[spot.visual] = None
            if spot.control is not None:
                shown.controls[spot.control] = None
    return list(tables.values())


def finding(rule: Rule, context: Context, shown: ShownTable, message: str, fix: str) -> Finding:
    """The finding of a rule on one table. Declared as own data it is a note."""
    return rule.finding(
        context,
        message,
        shown.first,
        fix,
        severity=Severity.NOTE if shown.own else None,
        confidence=surest(shown.columns.values()),
        evidence={
            "fields": tuple(shown.fields),
            "why": reasons(shown.columns.values()),
            "visuals": tuple(shown.visuals),
            "controls": tuple(shown.controls),
        },
        fields=[f"{shown.caption}.{caption}" for caption in shown.fields],
    )


def surest(columns: Iterable[NpdColumn]) -> Confidence:
    """How sure it is that they are NPD fields, taken together."""
    return max((c.match.confidence for c in columns), key=ORDER.index)


def reasons(columns: Iterable[NpdColumn]) -> tuple[str, ...]:
    """What makes each of them look like an NPD field."""
    return tuple(f"{c.caption}: {c.match.why}" for c in columns)
