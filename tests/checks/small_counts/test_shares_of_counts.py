"""Ratios of counts of people in tables that are counts already: those who are not in the numerator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks import RULES
from linter.engine import LintOptions, lint
from tests.parsers.tableau.build import package, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.results import WorkbookResult

TWO_FIELDS = "SUM([FSM]) / SUM([Pupils])"
ONE_FIELD = 'SUM(IF [Meals] = "Yes" THEN [Pupils] END) / SUM([Pupils])'


def linted(folder: Path, formula: str, rows: list[tuple[str, str, int, int]], *count_fields: str) -> WorkbookResult:
    """A sheet of the ratio by school, over rows of school, meals, pupils and FSM pupils."""
    columns = (
        '<column name="School" datatype="string"/><column name="Meals" datatype="string"/>'
        '<column name="Pupils" datatype="integer"/><column name="FSM" datatype="integer"/>'
    )
    source = (
        '<datasource name="ds" caption="Counts"><connection class="federated"><named-connections>'
        '<named-connection name="file"><connection class="textscan" directory="Data" filename="counts.csv"/>'
        "</named-connection></named-connections>"
        '<relation connection="file" name="counts.csv" table="[counts#csv]" type="table">'
        f'<columns character-set="UTF-8" header="yes" locale="en_GB" separator=",">{columns}</columns></relation>'
        '</connection><column caption="FSM share" datatype="real" name="[Calculation_1]" role="measure" '
        'type="quantitative"><calculation class="tableau" formula="'
        + formula.replace('"', "&quot;")
        + '"/></column></datasource>'
    )
    instances = (
        '<column-instance column="[School]" derivation="None" name="[none:School:nk]" pivot="key" type="nominal"/>'
        '<column-instance column="[Calculation_1]" derivation="User" name="[usr:Calculation_1:qk]" pivot="key" '
        'type="quantitative"/>'
    )
    document = workbook_xml(
        rows="[ds].[none:School:nk]", cols="[ds].[usr:Calculation_1:qk]", instances=instances, datasource=source
    )
    text = "School,Meals,Pupils,FSM\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    path = package(folder / "Book.twbx", document, {"Data/counts.csv": text.encode()})
    return lint(path, LintOptions(audience="public", profile="strict", count_fields=count_fields), RULES)


def fired(result: WorkbookResult) -> set[str]:
    return {f.rule for f in result.findings if f.rule in {"SC001", "SC002"}}


@pytest.mark.parametrize(("fsm", "expected"), [(38, {"SC002"}), (3, {"SC002"}), (20, set()), (40, set())])
def test_two_count_fields(tmp_path: Path, fsm: int, expected: set[str]) -> None:
    rows = [("A", "-", 400, 200), ("B", "-", 40, fsm)]
    assert fired(linted(tmp_path, TWO_FIELDS, rows, "Pupils", "FSM")) == expected


@pytest.mark.parametrize(("fsm", "expected"), [(38, {"SC002"}), (3, {"SC002"}), (20, set()), (40, set())])
def test_one_count_field_split_by_an_attribute(tmp_path: Path, fsm: int, expected: set[str]) -> None:
    rows = [("A", "Yes", 200, 0), ("A", "No", 200, 0), ("B", "Yes", fsm, 0), ("B", "No", 40 - fsm, 0)]
    assert fired(linted(tmp_path, ONE_FIELD, [r for r in rows if r[2]], "Pupils")) == expected


def test_a_numerator_that_is_no_part_of_the_denominator_has_no_rest(tmp_path: Path) -> None:
    rows = [("A", "-", 400, 200), ("B", "-", 40, 48)]
    assert fired(linted(tmp_path, TWO_FIELDS, rows, "Pupils", "FSM")) == set()
