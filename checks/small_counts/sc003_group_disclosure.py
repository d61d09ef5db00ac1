"""SC003: all or none of a group share an attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.small_counts.marks import judged
from checks.small_counts.sc001_small_count import confidence, elsewhere, zeros_of
from checks.small_counts.sensitive import sensitive_columns, sensitive_groupings
from checks.subjects import identifiers, shown_identifiers
from checks.suppression.figures import is_count, shares
from checks.suppression.guards import guarded
from linter.evidence import BaseCounts, CellTable, LayerResult
from linter.expressions import columns
from linter.findings import Finding, Severity
from linter.model import Visual
from linter.records import dataclass
from linter.rules import Context, place, rule
from linter.text import listing, plural


@rule("SC003", "group-disclosure", severity=Severity.WARNING)
def group_disclosure(context: Context) -> Iterator[Finding]:
    """Everybody in a group, or nobody, has an attribute.

    ## What it checks
    Shares of 0% and 100%, and tables in which all people of a group fall into one category of a sensitive
    grouping. The rule fires for groups above the profile's threshold (smaller ones are SC001's and SC002's)
    and below its limit, and for groups of any size where the attribute is of a class that the profile lists
    as sensitive; the latter is a note. An attribute that never varies within any group of the visual (a
    boys' school, a special school) is a structural certainty and left out.

    ## Why it matters
    Nobody is small in a class of fourteen pupils, and yet "all of them are eligible for free school meals"
    says it of each.

    ## Example that fires
    Pupils by class and eligibility for free school meals, where one class has nobody who is not eligible.

    ## The same, mended
    Classes are merged into the year group, or shares above 95% are shown as "more than 95%".

    ## How to fix it
    Merge groups or categories in the data before they are loaded, or cap percentages at both ends.

    ## When a waiver is fair
    The certainty is public or structural: the attribute defines the group.

    ## Limits
    Structural certainties are told by the visual alone. Sensitive classes are known for columns with DfE's
    codes only.

    ## Sources
    ONS, disclosure control guidance, on group (class) disclosure; ACRO; DfE NPD Data Tables (2018) for the
    sensitivity codes.
    """
    known = identifiers(context)
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        by_person = any(shown_identifiers(visual, known))
        for layer in result.layers if result else ():
            if not judged(layer) or elsewhere(visual, layer.position, layer, by_person=by_person):
                continue
            found = [*_of_shares(context, layer), *_of_counts(context, visual, layer)]
            if found:
                yield _finding(context, visual, layer, found)
                break


@dataclass(frozen=True, slots=True)
class _Uniform:
    """Groups of which all or none have an attribute. ``limited``: how many are below the profile's limit."""

    attribute: str
    groups: int
    limited: int


def _of_shares(context: Context, layer: LayerResult) -> Iterator[_Uniform]:
    """Shares of 0% and 100%."""
    profile, sensitive = context.policy.profile, sensitive_columns(context)
    for part, whole in shares(layer.body) if layer.body else ():
        adds = columns(part.base.adds) if part.base else frozenset()
        listed = any((layer.source, c) in sensitive for c in adds)
        sizes = [
            w
            for p, w in zip(part.contributors.values, whole.contributors.values, strict=True)
            if w > profile.threshold and p in {0, w}
        ]
        varies = any(0 < p < w for p, w in zip(part.contributors.values, whole.contributors.values, strict=True))
        yield from _uniform(context, part.measure, sizes if varies else [], listed=listed)


def _of_counts(context: Context, visual: Visual, layer: LayerResult) -> Iterator[_Uniform]:
    """Groups whose people all fall into one category of a sensitive grouping."""
    body = layer.body
    count = next((b for b in body.bases if is_count(layer, b, context)), None) if body else None
    if body is None or (body.bases and count is None) or len(layer.grain) < 2 or any(body.missing):
        return
    hidden = _hidden(context, layer, body, count)
    for place_ in sensitive_groupings(context, visual, layer):
        groups: dict[tuple[int, ...], list[int]] = {}
        for cell in range(len(body)):
            groups.setdefault(tuple(c[cell] for g, c in enumerate(body.codes) if g != place_), []).append(cell)
        seen = [cells for cells in groups.values() if not any(hidden[c] for c in cells)]
        counts = (count.contributors if count else body.contributors).values
        filled = [[counts[c] for c in cells if counts[c]] for cells in seen]
        varies = any(len(cells) > 1 for cells in filled)
        sizes = [cells[0] for cells in filled if len(cells) == 1 and cells[0] > context.policy.profile.threshold]
        yield from _uniform(context, layer.grain[place_], sizes if varies else [], listed=True)


def _hidden(context: Context, layer: LayerResult, body: CellTable, count: BaseCounts | None) -> Sequence[bool]:
    by_guard = guarded(context.workbook, layer, body, count) if count else None
    plain = [bool(h) for h in body.hidden] or [False] * len(body)
    return [h or g for h, g in zip(plain, by_guard or [False] * len(body), strict=True)]


def _uniform(context: Context, attribute: str, sizes: Sequence[int], *, listed: bool) -> Iterator[_Uniform]:
    limited = sum(1 for n in sizes if n < context.policy.profile.group_limit)
    if limited or (listed and sizes):
        yield _Uniform(attribute, len(sizes) if listed else limited, limited)


def _finding(context: Context, visual: Visual, layer: LayerResult, found: Sequence[_Uniform]) -> Finding:
    names = tuple(dict.fromkeys(u.attribute for u in found))
    groups, limited = sum(u.groups for u in found), sum(u.limited for u in found)
    return group_disclosure.finding(
        context,
        f"{listing(list(names))}: in {plural(groups, 'group')} all people are alike.",
        place(context.workbook, visual),
        "Merge groups or categories, or show shares near 0% and 100% as a range, in the data before they are loaded.",
        severity=Severity.WARNING if limited else Severity.NOTE,
        confidence=confidence(layer),
        evidence={"grain": layer.grain, "attributes": names, "groups": groups, "below_limit": limited},
        fields=layer.grain,
        related=[zeros_of(context, visual, layer)],
    )
