"""What the audit of a workbook's counts found: what follows from what. Made once, shared by the rules.

Light by itself: the audit needs numpy, which is loaded when the first rule asks for it.
"""

from __future__ import annotations

from dataclasses import field
from fractions import Fraction
from typing import TYPE_CHECKING

from linter.evidence import LayerResult
from linter.model import Visual
from linter.records import dataclass
from linter.rules import Context

if TYPE_CHECKING:
    from checks.suppression.published import Publication


@dataclass(frozen=True, slots=True)
class Leak:
    """One hidden cell that follows from shown figures. ``certificate`` names cells; ``exact`` has the numbers."""

    cell: int
    name: str
    value: Fraction
    certificate: str
    exact: str = field(repr=False)
    visuals: tuple[str, ...] = ()  # names of the visuals whose figures the certificate uses
    plus: tuple[str, ...] = ()  # names of the cells that are added up, where every cell counts once
    minus: tuple[str, ...] = ()  # and of those that are taken off


@dataclass(slots=True)
class VisualAudit:
    """What was found of one visual. ``narrow``: (name, low, high); ``undecided``: cells without an answer."""

    visual: Visual
    layer: LayerResult
    alone: list[Leak] = field(default_factory=list)
    together: list[Leak] = field(default_factory=list)
    what_if: list[Leak] = field(default_factory=list)
    narrow: list[tuple[str, float, float]] = field(default_factory=list)
    hidden: int = 0
    small: int = 0
    undecided: int = 0
    contradicted: int = 0
    mend: tuple[str, ...] | None = None
    mend_cost: float = 0.0
    differences: list[Leak] = field(default_factory=list)  # small figures that no visual shows
    by_percentage: int = 0  # cells that percentages give away, which the plan hides with them


@dataclass(slots=True)
class Subtraction:
    """The audit of the whole workbook, visuals in its order."""

    publication: Publication
    compared: bool = True  # all differences between filters were looked at
    visuals: list[VisualAudit] = field(default_factory=list)


def subtraction(context: Context) -> Subtraction:
    """The audit of a workbook; the second caller gets the first one's."""
    if "subtraction" not in context.shared:
        from checks.suppression.subtraction import audited

        context.shared["subtraction"] = audited(context)
    found: Subtraction = context.shared["subtraction"]
    return found
