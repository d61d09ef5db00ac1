"""SC004: a true zero is shown, or implied by an empty cell."""

from __future__ import annotations

from collections.abc import Iterator

from checks.small_counts.marks import judged
from checks.small_counts.sc001_small_count import elsewhere
from checks.small_counts.sensitive import sensitive_groupings
from checks.subjects import identifiers, shown_identifiers
from checks.suppression.figures import is_count
from checks.suppression.guards import guards
from linter.evidence import LayerResult
from linter.findings import Confidence, Finding, Severity
from linter.model import Visual
from linter.rules import Context, place, rule
from linter.text import listing, plural


@rule("SC004", "disclosive-zero", severity=Severity.NOTE, confidence=Confidence.MEDIUM)
def disclosive_zero(context: Context) -> Iterator[Finding]:
    """A zero is shown or implied where the profile counts zeros as disclosive.

    ## What it checks
    Tables of people by a sensitive grouping (ethnicity, special needs, free school meals) and something
    else: combinations that nobody is in, although the category and the group both appear elsewhere in the
    visual. Visuals that also hide figures are left out, since an empty cell may then be a hidden one.

    ## Why it matters
    Nobody of a group of pupils has a plan: that is known of each of them then. Zeros also make hidden
    figures easier to work out.

    ## Example that fires
    Pupils by school and ethnic group, in which one school has no mark for a group that others have.

    ## The same, mended
    Zeros and small figures are hidden alike, so that the empty cell could be either.

    ## How to fix it
    Use one symbol for 0 and for small figures in the data before they are loaded, or merge categories.

    ## When a waiver is fair
    The zero is structural (no sixth form), or the table is at a grain where zeros tell nothing.

    ## Limits
    One finding for each visual. Which zeros are structural is not known. Categories that the visual does
    not show at all are not missed.

    ## Sources
    ACRO default risk appetite (zeros are disclosive); ONS Safe Researcher output checking guidance, low
    counts and zeros.
    """
    if not context.policy.profile.zeros_disclosive:
        return
    known = identifiers(context)
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        by_person = any(shown_identifiers(visual, known))
        for layer in result.layers if result else ():
            if not judged(layer) or elsewhere(visual, layer.position, layer, by_person=by_person):
                continue
            zeros = _zeros(context, visual, layer)
            if zeros:
                yield _finding(context, visual, layer, zeros)
                break


def _zeros(context: Context, visual: Visual, layer: LayerResult) -> dict[str, int]:
    """Combinations without people, by the sensitive grouping that shows them."""
    body = layer.body
    if body is None or len(layer.grain) < 2 or any(body.hidden) or any(body.missing):
        return {}
    counts = [b for b in body.bases if is_count(layer, b, context)]
    if (body.bases and not counts) or any(guards(context.workbook, layer, b) for b in counts):
        return {}
    values = (counts[0].contributors if counts else body.contributors).values
    found = {}
    for at in sensitive_groupings(context, visual, layer):
        filled = [i for i in range(len(body)) if values[i]]
        groups = {tuple(c[i] for g, c in enumerate(body.codes) if g != at) for i in filled}
        categories = {body.codes[at][i] for i in filled if body.labels[at][body.codes[at][i]] is not None}
        cells = sum(1 for i in filled if body.codes[at][i] in categories)
        if zeros := len(groups) * len(categories) - cells:
            found[layer.grain[at]] = zeros
    return found


def _finding(context: Context, visual: Visual, layer: LayerResult, zeros: dict[str, int]) -> Finding:
    return disclosive_zero.finding(
        context,
        f"{listing(list(zeros))}: {plural(sum(zeros.values()), 'combination')} with nobody can be told from the rest.",
        place(context.workbook, visual),
        "Hide zeros and small figures alike in the data before they are loaded, or merge categories.",
        evidence={"grain": layer.grain, "zeros": sum(zeros.values()), "groupings": tuple(zeros)},
        fields=layer.grain,
    )
