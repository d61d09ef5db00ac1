"""The counts of a workbook beside what has been published: what follows only from both together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from checks.suppression.audit import VisualAudit, subtraction
from checks.suppression.published import Shown, publication
from checks.suppression.subtraction import BUDGET
from linter.disclosure import certificates
from linter.disclosure.published import PublishedAudit, audit_published
from linter.disclosure.tables import Table
from linter.publications.audit import prepared
from linter.publications.figures import figures, key
from linter.publications.record import PublishedTable
from linter.records import dataclass
from linter.rules import Context


@dataclass(slots=True)
class Leaks:
    """Cells that follow with the help of the others; ``exact`` has their numbers."""

    names: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)
    values: list[Fraction] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Followed:
    """What follows, by visual, and the names of the publications that it follows with."""

    leaks: tuple[tuple[VisualAudit, Leaks], ...]
    others: tuple[str, ...]


def followed(context: Context, published: Sequence[PublishedTable | Context]) -> Followed | None:
    """Hidden figures of the workbook that follow with the help of publications; None: these count nothing alike."""
    own = [s for s in publication(context).shown if s.whole]
    if not any(s.hidden.any() for s in own):
        return Followed((), ())
    others = [_other(item) for item in published]
    mine = [_renamed(s) for s in own]
    names = {d for t in mine for d in t.dimensions}
    beside = [_without_constants(t, names) for tables in others for t in tables if set(t.measures) & _measures(mine)]
    if not beside:
        return None
    result = audit_published([*mine, *beside], budget=BUDGET)
    found = [(audit, _leaks(result, own, audit)) for audit in subtraction(context).visuals]
    return Followed(tuple(f for f in found if f[1].names), tuple(dict.fromkeys(t.name for t in beside)))


def _other(item: PublishedTable | Context) -> list[Table]:
    if isinstance(item, PublishedTable):
        return [prepared(figures(item, frozenset(), asked=False))[0]]
    return [_renamed(s) for s in publication(item).shown if s.whole]


def _renamed(shown: Shown) -> Table:
    """The table by captions alone, which is how publications are compared."""
    table = shown.table
    dimensions = {key(name): labels for name, labels in table.dimensions.items()}
    hierarchies = {key(name): parents for name, parents in table.hierarchies.items()}
    measures = [key(shown.caption)]
    return replace(table, dimensions=dimensions, hierarchies=hierarchies, measures=measures, name=shown.visual.name)


def _measures(tables: Sequence[Table]) -> set[str]:
    return {m for t in tables for m in t.measures}


def _without_constants(table: Table, known: set[str]) -> Table:
    """Without dimensions that these tables lack and that have one label throughout."""
    kept: dict[str, Any] = {
        name: labels
        for name, labels in table.dimensions.items()
        if name in known or len(set(np.asarray(labels, dtype=object).tolist())) > 1
    }
    return replace(table, dimensions=kept)


def _leaks(result: PublishedAudit, own: Sequence[Shown], audit: VisualAudit) -> Leaks:
    found, seen = Leaks(), {_labels(leak.name) for leak in (*audit.alone, *audit.together)}
    system = result.linked.system
    for item in result.recoverable:
        t, row, _ = item.figure
        if t >= len(own) or own[t].visual.id != audit.visual.id or not own[t].hidden[row]:
            continue
        value = result.recovery.values.get(item.cell)
        value = system.shown_value(item.cell) if value is None else value
        truth = float(own[t].truth[row])
        name = system.name(item.cell)
        contradicted = truth == truth and value != Fraction(truth)  # noqa: PLR0124 - NaN
        if value <= 0 or contradicted or _labels(name) in seen:
            continue
        seen.add(_labels(name))
        claim = result.recovery.by_cell.get(item.cell)
        if claim is None:
            masked = f"[{name}] is printed there"
            exact = f"{certificates.number(value)}: {masked}"
        else:
            masked = result.recovery.derivation(item.cell, show_values=False)
            exact = result.recovery.derivation(item.cell)
        found.names.append(name)
        found.certificates.append(masked)
        found.exact.append(exact)
        found.values.append(value)
    return found


def _labels(name: str) -> frozenset[str]:
    """A cell's labels, however measure and dimensions are called."""
    return frozenset(part.split("=", 1)[-1] for part in name.split(": ", 1)[-1].split(", "))
