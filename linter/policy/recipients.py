"""Packs that give each school its own pupils: when that relaxes what is judged, and when it doesn't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.policy.audience import Audience
from linter.policy.names import words

if TYPE_CHECKING:
    from linter.evidence import Evidence
    from linter.model import Table, Workbook
    from linter.policy.declaration import Declaration

_SCHOOL_KEYS = frozenset({"urn", "laestab", "estab", "dfe"})
_NO_SCHOOL = frozenset({"region", "phase", "area", "trust", "mat", "district", "type", "group"})
"""Words beside a school key that make it something else: ``DfE region`` tells no schools apart."""


def own_school(declaration: Declaration | None, audience: Audience) -> bool:
    """Whether the workbook claims to give schools their own pupils, naming them."""
    return declaration is not None and declaration.scope == "own_school" and audience is Audience.SCHOOLS


def not_own_school(declaration: Declaration, workbook: Workbook, evidence: Evidence) -> tuple[str, ...]:
    """Why the claim is not borne out, one reason each; empty where it is.

    Every table about people must be declared as collected by the authority, and must hold no more
    schools than there are declared URNs. The numbers are compared, not the URNs themselves: values
    stay in the data process.
    """
    reasons = [] if declaration.urns else ["no URN is declared"]
    for source in workbook.sources:
        for table in source.tables:
            unit = evidence.units.get((source.id, table.id))
            if unit is None or unit.kind == "not_people" or table.generated:
                continue
            said = declaration.source(source, table)
            if said is None or said.origin != "la_collected":
                reasons.append(f"{table.caption} is not declared as collected by the authority")
            schools = _schools(table, evidence, source.id)
            if schools is None and unit.kind != "unknown":
                reasons.append(f"nothing tells which schools the rows of {table.caption} belong to")
            elif schools is not None and schools > len(declaration.urns):
                reasons.append(f"{table.caption} holds more schools than are declared")
    return tuple(reasons)


def _schools(table: Table, evidence: Evidence, source: str) -> int | None:
    """How many schools a table holds at most, by the distinct values of its school numbers; None if unknown.

    The most of several counts: ``DfE region`` and ``URN of the academy trust`` are no numbers of schools
    and have fewer values than one.
    """
    facts = evidence.tables.get((source, table.id))
    counts = []
    for column in table.columns:
        named = {*words(column.caption or column.name), *words(column.physical)}
        known = facts.columns.get(column.name) if facts else None
        if named & _SCHOOL_KEYS and not named & _NO_SCHOOL and known is not None and known.distinct is not None:
            counts.append(known.distinct + bool(known.nulls))
    return max(counts, default=None)
