"""SC006: one or two people make up nearly all of an amount."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace

from checks.small_counts.examples import examples
from checks.small_counts.marks import judged, unseen_figures
from checks.small_counts.sc001_small_count import confidence, elsewhere
from checks.subjects import identifiers, shown_identifiers
from linter.evidence import SHARE, BaseCounts, CellTable, Counts, LayerResult
from linter.findings import Confidence, Finding, Severity
from linter.model import Visual
from linter.policy.profile import Dominance
from linter.records import dataclass
from linter.rules import Context, place, rule
from linter.text import listing, plural


@rule("SC006", "dominance", severity=Severity.ERROR)
def dominance(context: Context) -> Iterator[Finding]:
    """One or two people make up nearly all of an amount, so that the sum gives away what they have.

    ## What it checks
    Sums of a column of amounts (money, hours, sessions) over people, body and totals, under a profile that
    sets the rules for dominance. The (n,k) rule fires where the n largest contributions are more than k
    percent of the cell's sum; the p% rule where the second largest contributor, who takes his own amount
    from the sum, comes closer than p percent to the largest. A person's rows are added first, and the
    absolute amounts are compared. Sums over as few people as the threshold are SC002's.

    ## Why it matters
    Forty pupils share the transport costs of a school, and one wheelchair taxi is nine tenths of them. The
    sum is that one pupil's figure, however many others stand behind it.

    ## Example that fires
    Support costs by school, where two pupils' placements make up 95% of one school's sum.

    ## The same, mended
    The school's costs are shown together with those of its neighbours, so that no two pupils prevail.

    ## How to fix it
    Tableau: merge members with Create > Group, or leave the sum out in the data source. Power BI: group in
    Power Query before loading. Hide a second figure wherever a total would give the first away.

    ## When a waiver is fair
    The column is no amount that anybody has (a capacity repeated on every row); the amounts are public.

    ## Limits
    Sums only: means of few people are SC002's, a mean beside its count is not multiplied out. In tables
    of published counts nobody's own contribution is known, so that nothing is judged. Sums under filters
    that the measure itself changes, and over related rows that repeat, are listed in a note.

    ## Sources
    Hundepool et al., Handbook on Statistical Disclosure Control (2010), on dominance and p%; the numbers in
    force are those of the profile, by default ACRO's (2 largest, 90%; p 10%).
    """
    rules = context.policy.profile.dominance
    if rules is None:
        return
    known = identifiers(context)
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        by_person = any(shown_identifiers(visual, known))
        amounts = [
            _judged(context, rules, layer)
            for i, layer in enumerate(result.layers if result else ())
            if judged(layer) and not elsewhere(visual, i, layer, by_person=by_person)
        ]
        worst = max(amounts, key=lambda found: found.cells, default=None)
        if worst is not None and worst.cells:
            yield _finding(context, visual, rules, worst)
        elif unknown := tuple(dict.fromkeys(m for found in amounts for m in found.unknown)):
            yield _not_judged(context, visual, unknown)


@dataclass(slots=True)
class _Judged:
    """Sums of a layer: those shown, those in which few people prevail, and measures nobody could judge."""

    layer: LayerResult
    shown: int = 0
    largest: int = 0  # sums that break the (n,k) rule
    estimable: int = 0  # and the p% rule
    cells: int = 0  # one of them
    measures: list[str] = field(default_factory=list)
    picked: dict[int, list[bool]] = field(default_factory=dict)  # by table: cells with such a sum
    unknown: list[str] = field(default_factory=list)


def _judged(context: Context, rules: Dominance, layer: LayerResult) -> _Judged:
    found = _Judged(layer)
    for table in layer.tables:
        for base in table.bases:
            if base.largest == ():
                found.unknown.append(base.measure)
            elif base.largest is not None:
                unsafe = _add(found, rules, base.measure, base.largest, _in_question(context, layer, table, base))
                before = found.picked.get(id(table), unsafe)
                found.picked[id(table)] = [a or b for a, b in zip(before, unsafe, strict=True)]
    return found


def _in_question(context: Context, layer: LayerResult, table: CellTable, base: BaseCounts) -> list[bool]:
    """Sums that readers see, over more people than the threshold."""
    t, unseen = context.policy.profile.threshold, unseen_figures(context, layer, table, base)
    return [n > t and not hidden for n, hidden in zip(base.contributors.values, unseen, strict=True)]


def _add(found: _Judged, rules: Dominance, measure: str, largest: tuple[Counts, ...], asked: list[bool]) -> list[bool]:
    """Count the sums of one measure; which of them few people make up."""
    import numpy as np

    from linter.disclosure.primary import dominated, estimable

    shares = np.array([counts.values for counts in largest], dtype=np.float64).T.reshape(-1, len(largest))
    whole, mask = np.full(len(shares), float(SHARE)), np.array(asked, dtype=np.bool_)
    few = dominated(shares[:, : rules.largest], whole, rules.share / 100) & mask
    near = estimable(shares[:, :2], whole, rules.p_percent / 100) & mask
    found.shown += int(mask.sum())
    found.largest += int(few.sum())
    found.estimable += int(near.sum())
    found.cells += int((few | near).sum())
    if (few | near).any():
        found.measures.append(measure)
    return [bool(x) for x in few | near]


def _finding(context: Context, visual: Visual, rules: Dominance, found: _Judged) -> Finding:
    measures = tuple(dict.fromkeys(found.measures))
    many = found.cells > 1
    return dominance.finding(
        context,
        f"{listing(list(measures))}: {plural(found.cells, 'sum')} of {found.shown:,} {'are' if many else 'is'} nearly "
        f"all one or two people's ({' by '.join(found.layer.grain) or 'one figure'}).",
        place(context.workbook, visual),
        "Merge the groups, or leave these sums out, in the data before they are loaded.",
        confidence=confidence(found.layer),
        evidence={
            "grain": found.layer.grain, "sums": found.shown, "dominated": found.largest,
            "estimable": found.estimable, "measures": measures,
            "examples": examples(found.layer, lambda table: found.picked.get(id(table), [False] * len(table))),
            "rules": (f"{rules.largest} largest above {rules.share:g}%", f"p {rules.p_percent:g}%"),
            "unit": found.layer.unit.kind, "unit_field": found.layer.unit.field,
        },
        fields=measures,
    )  # fmt: skip


def _not_judged(context: Context, visual: Visual, measures: tuple[str, ...]) -> Finding:
    note = dominance.finding(
        context,
        f"Whether few people make up nearly all of {listing(list(measures))} was not judged: the contributions "
        "behind it could not be counted.",
        place(context.workbook, visual),
        "Check by hand that no sum is nearly all one or two people's.",
        severity=Severity.NOTE, confidence=Confidence.LOW, evidence={"measures": measures}, fields=("not judged",),
    )  # fmt: skip
    return replace(note, coverage=True)
