"""SU006: a hidden figure follows together with what has been published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from checks.reach import main_part
from checks.suppression.published import Shown, publication
from checks.suppression.reporting import MOST_NAMED, confidence
from checks.suppression.subtraction import BUDGET, VisualAudit, subtraction
from linter.disclosure import certificates
from linter.disclosure.published import PublishedAudit, audit_published
from linter.disclosure.tables import Table
from linter.findings import Finding, Severity
from linter.location import Location
from linter.publications.audit import prepared
from linter.publications.figures import figures, key
from linter.publications.record import PublishedTable
from linter.rules import Context, place, rule
from linter.text import clean, listing, plural

AGAINST = "against"
"""Where the engine leaves what ``--against`` names: published tables, and contexts of earlier workbooks."""


@rule("SU006", "recoverable-against-published", severity=Severity.ERROR)
def recoverable_against_published(context: Context) -> Iterator[Finding]:
    """A hidden figure can be calculated together with an earlier or national publication.

    ## What it checks
    With `--against`, the counts of the workbook beside those of published tables and of workbooks that were
    published before. Figures are the same where the names of measure and dimensions and the labels are
    equal, case and spaces aside. Only what the workbook alone does not give away is reported.

    ## Why it matters
    National statistics are often published unsuppressed for the same year. What one hides the other shows.

    ## Example that fires
    Enrolments by phase and ethnicity with figures below ten hidden, against the national download that
    shows all of them.

    ## The same, mended
    The workbook stays at the grain at which the national publication suppresses as well.

    ## How to fix it
    Hide what the other publication gives away, or publish figures that don't overlap with it.

    ## When a waiver is fair
    The figure is public already and its owner has decided so.

    ## Limits
    Only what is named with `--against` is compared. Names must agree; a dimension of the other table with a
    single label that the workbook lacks (the year) is taken as said of all of it. Counts under filters other
    than single values are left out.

    ## Sources
    ICO, guidance on anonymisation: linkability with other publications.
    """
    others = [_other(item) for item in context.shared.get(AGAINST, ())]
    own = [s for s in publication(context).shown if s.whole] if others else []
    if not any(s.hidden.any() for s in own):
        return
    mine = [_renamed(s) for s in own]
    names = {d for t in mine for d in t.dimensions}
    beside = [_without_constants(t, names) for tables in others for t in tables if set(t.measures) & _measures(mine)]
    if not beside:
        yield _nothing_in_common(context)
        return
    result = audit_published([*mine, *beside], budget=BUDGET)
    for audit in subtraction(context).visuals:
        leaks = _leaks(result, own, audit)
        if leaks.names:
            yield _finding(context, audit, leaks, tuple(dict.fromkeys(t.name for t in beside)))


def _nothing_in_common(context: Context) -> Finding:
    return recoverable_against_published.finding(
        context,
        "What --against names has no measure in common with the workbook by name, so that nothing was compared.",
        Location(main_part(context.workbook)),
        "Give the measure the name it has in the publication, or audit an export with `disclint table --against`.",
        severity=Severity.NOTE, fields=("nothing in common",),
    )  # fmt: skip


@dataclass(slots=True)
class _Leaks:
    """Cells that follow with the help of the others; ``exact`` has their numbers."""

    names: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)
    values: list[Fraction] = field(default_factory=list)


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


def _leaks(result: PublishedAudit, own: Sequence[Shown], audit: VisualAudit) -> _Leaks:
    found, seen = _Leaks(), {_labels(leak.name) for leak in (*audit.alone, *audit.together)}
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


def _finding(context: Context, audit: VisualAudit, leaks: _Leaks, others: tuple[str, ...]) -> Finding:
    t = context.policy.profile.threshold
    small = any(0 < v <= t for v in leaks.values)
    follow = "follow" if len(leaks.names) > 1 else "follows"
    return recoverable_against_published.finding(
        context,
        f"{plural(len(leaks.names), 'hidden figure')} of {audit.hidden:,} {follow} together with "
        f"{listing([clean(o) for o in others])}.",
        place(context.workbook, audit.visual),
        "Hide what the other publication gives away, or publish figures that do not overlap with it.",
        severity=Severity.ERROR if small else Severity.WARNING,
        confidence=confidence(audit),
        evidence={
            "grain": audit.layer.grain, "recoverable": len(leaks.names), "against": others,
            "certificates": tuple(leaks.certificates[:MOST_NAMED]),
        },
        revealed={"certificates": tuple(leaks.exact[:MOST_NAMED])},
        fields=audit.layer.grain,
    )  # fmt: skip
