"""A finding as the HTML report shows it, with its drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.records import dataclass
from linter.reporters.facts import cells_of, chains_of, equations_of
from linter.reporters.guidance import Guidance, adds
from linter.reporters.html_lineage import lineage
from linter.reporters.html_parts import Item
from linter.reporters.html_proof import proofs
from linter.reporters.html_reach import reach
from linter.reporters.reading import name, sentence
from linter.reporters.wording import confidence, exact, unsaid_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linter.findings import Finding
    from linter.reporters.html_grid import Grid

_CELLS = 20
"""Cells that a finding lists where no grid shows them."""


@dataclass(frozen=True, slots=True)
class Scribe:
    """Writes the items of one workbook. ``grids`` are those of its visuals, by id."""

    guidance: Mapping[str, Guidance]
    grids: Mapping[str, Grid]
    reveal: bool

    def item(self, finding: Finding, page: str, followers: list[Finding]) -> Item:
        """A finding on a page, with what follows from it."""
        known = self.guidance.get(finding.rule, Guidance())
        grid = self.grids.get(finding.location.visual_id or "")
        equations = equations_of(finding)
        drawn = proofs(equations, grid)
        return Item(
            rule=name(finding.rule),
            name=name(finding.name),
            severity=finding.severity.label,
            confidence=confidence(finding),
            message=sentence(finding.message),
            where=unsaid_place(finding),
            fix=sentence(finding.fix),
            exact=exact(finding) if self.reveal else "",
            page=page,
            why=known.why,
            source=known.source,
            mend=known.mend if adds(known.mend, finding.fix) else "",
            cells=None if grid else cells_of(finding, _CELLS),
            proofs=drawn,
            more_proofs=len(equations) - len(drawn),
            reach=reach(finding),
            lineage=lineage(chains_of(finding)),
            followers=tuple(self.item(f, page, []) for f in followers),
        )
