"""Workbook text made safe to print: what of a formula may stay."""

from __future__ import annotations

import pytest

from linter.text import by_day, inert, without_literals


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ('IF [Forename]="Zebedee" THEN 1 END', "IF [Forename]=… THEN 1 END"),
        ('[Name]="O\\"Neil [Ann]" OR [Sex]=\'F\'', "[Name]=… OR [Sex]=…"),
        ("[Surname]='O\\'Brien'", "[Surname]=…"),
        ('[A]="one""two"', "[A]=……"),
        ("[DOB] > #2010-05-01#", "[DOB] > …"),
        ("[ULN]=1234567890 AND [KS4_ATT8] > 40", "[ULN]=… AND [KS4_ATT8] > 40"),
        ("SUM([Year 2023 'final'])", "SUM([Year 2023 'final'])"),
        ('[UPN]="A123', "[UPN]=…"),
        ("Pupils 2023", "Pupils …"),
    ],
)
def test_literals_of_a_formula_are_masked(formula: str, shown: str) -> None:
    assert without_literals(formula) == shown


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠A"])
def test_what_a_spreadsheet_takes_for_a_formula_is_text(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert inert(f"a{text}") == f"a{text}"


def test_days_have_no_time_where_all_are_at_midnight() -> None:
    assert list(by_day(["2025-01-01 00:00:00", None, "2025-01-02T00:00:00.000"])) == ["2025-01-01", None, "2025-01-02"]
    for labels in (["2025-01-01 00:00:00", "2025-01-01 09:30:00"], ["2025-01-01 00:00:00", "Ash"], ["Ash", None], []):
        assert list(by_day(labels)) == labels
