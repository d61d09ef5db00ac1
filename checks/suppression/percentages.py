"""Percentages that visuals show, as statements about the counts that they divide."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from checks.suppression.formats import Printed, printed
from checks.suppression.guards import format_of
from linter.evidence import LayerResult
from linter.model import Visual
from linter.records import dataclass
from linter.rules import Context


@dataclass(frozen=True, slots=True)
class ShownAs:
    """A quotient as readers see it: the text and its decimals, times ``of``."""

    text: str
    decimals: int
    of: int


def form(context: Context, visual: Visual, layer: LayerResult, measure: str) -> Printed:
    """How a measure's quotients are printed: by its format, else a percentage with the profile's decimals."""
    found = printed(format_of(context.workbook, layer.source, measure, visual))
    return found or Printed(context.policy.profile.percentages.decimals, 100)


def shown_as(part: int, whole: int, how: Printed) -> ShownAs | None:
    """The text that stands for ``part`` of ``whole``; None where nothing can be divided."""
    if whole <= 0:
        return None
    step = Decimal(1).scaleb(-how.decimals)
    value = (Decimal(how.of * part) / Decimal(whole)).quantize(step, ROUND_HALF_UP)
    return ShownAs(f"{value:f}", how.decimals, how.of)
