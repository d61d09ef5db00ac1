"""From the XML of a workbook to the chain that NPD002 prints: every kind of field in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.npd.npd002_npd_derived_shown import npd_derived_shown
from fixtures import register
from fixtures.cases_tableau import packaged, source
from fixtures.tableau_sheets import Pill, SheetSpec, workbook
from fixtures.tableau_xml import Calculation
from linter.engine import LintOptions, lint
from linter.findings import Finding

SCORE = "Points (KS4_ATT8 in the data)"
INSIDE = """
<column caption="Points (bin)" datatype="integer" name="[Points (bin)]" role="dimension" type="ordinal"><calculation
class="bin" decimals="0" formula="[KS4_ATT8]" peg="0" size="10"/></column>
<group caption="Best" name="[Best]" user:ui-builder="filter-group"><groupfilter function="member" level="[KS4_ATT8]"
member="79"/></group>
"""


def calculated(number: int, caption: str, formula: str) -> Calculation:
    return Calculation(f"Calculation_{number}", caption, "string", formula, "dimension")


MEAN = calculated(1, "School mean", "{FIXED [School]: AVG([KS4_ATT8])}")
LEVEL = calculated(2, "Level", 'IF [Calculation_1] > 50 THEN "High" ELSE "Low" END')
ABOVE = calculated(3, "Above", '[Calculation_2] + "!"')
BINNED = calculated(4, "Bin label", "STR([Points (bin)])")
CHOSEN = calculated(5, "Chosen", 'IF [Best] THEN "best" ELSE "rest" END')
PLACE = calculated(6, "Place", "UPPER([School])")


def chains(folder: Path, shown: Calculation, calculations: tuple[Calculation, ...]) -> list[str]:
    of = source("9lineage", "Register", "Pupil", register.PUPIL_COLUMNS, calculations=calculations, inside=INSIDE,
                captions=(("KS4_ATT8", "Points"),))  # fmt: skip
    sheet = SheetSpec("Sheet", of, (Pill(shown.name),), ())
    path = folder / "book.twbx"
    path.write_bytes(packaged([(of, register.PUPIL_COLUMNS, register.pupils("right"))], workbook([of], [sheet], [])))
    found: tuple[Finding, ...] = lint(path, LintOptions(), (npd_derived_shown,)).findings
    return [chain for f in found for chain in f.evidence.get("chains", ())]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (MEAN, f"School mean ← {SCORE}"),
        (LEVEL, f"Level ← School mean ← {SCORE}"),
        (ABOVE, f"Above ← Level ← School mean ← {SCORE}"),
        (BINNED, f"Bin label ← Points (bin) ← {SCORE}"),
        (CHOSEN, f"Chosen ← Best ← {SCORE}"),
    ],
    ids=lambda x: x.caption if isinstance(x, Calculation) else "",
)
def test_the_chain_from_a_sheet_to_the_field(shown: Calculation, expected: str, tmp_path: Path) -> None:
    assert expected in chains(tmp_path, shown, (MEAN, LEVEL, ABOVE, BINNED, CHOSEN))


def test_a_calculation_over_something_else_has_none(tmp_path: Path) -> None:
    assert not any(chain.endswith("KS4_ATT8 in the data)") for chain in chains(tmp_path, PLACE, (PLACE,)))
