"""The row of the register: what stands in it, and that no spreadsheet runs it."""

import csv
import dataclasses
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.pack.register import COLUMNS, register, safe
from linter.policy.declaration import Declaration
from tests.reporters import factory

FORMULA = "=+-@＝＋－＠\t\r\n"


def rows(text):
    assert text.startswith("\ufeff")  # Excel reads UTF-8 only with it
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_one_row_under_a_header_that_stays(checked):
    (row,) = rows(register(checked()))
    assert tuple(row) == COLUMNS
    assert COLUMNS[:3] == ("workbook", "sha256", "kind")
    assert COLUMNS[-2:] == ("checked_on", "disclint")
    assert row["workbook"] == "ks4.pbix"
    assert row["datasets"] == "KS4"
    assert row["agreements"] == "DSA-7"
    assert row["dpia"] == "DPIA-2026-014"
    assert (row["status"], row["complete"]) == ("fail", "no")


def test_the_numbers_are_those_of_the_findings(checked):
    result = factory.result()
    (row,) = rows(register(checked(result)))
    found = [f for f in result.findings if not f.coverage]
    for column, severity in (("errors", "error"), ("warnings", "warning"), ("notes", "note")):
        assert int(row[column]) == sum(f.severity.label == severity and f.suppression is None for f in found)
    assert int(row["accepted"]) == sum(f.suppression is not None for f in found)
    assert int(row["errors"]) > 0
    assert int(row["not_checked"]) > 0


def test_nothing_declared_is_empty_not_invented(checked):
    (row,) = rows(register(checked(factory.clean_result(), declared=None)))
    assert [row[c] for c in ("title", "owner", "datasets", "dpia", "approved_by")] == [""] * 5
    assert (row["status"], row["complete"]) == ("pass", "yes")


@pytest.mark.parametrize("text", [*factory.HOSTILE, "=1+1", "  =1+1", "\t@SUM(A1)", "-2+3", "＝1", '"=1', "a;b,c\n=2"])
def test_no_formula_in_any_cell(checked, text):
    declared = Declaration("x", title=text, owner=text, recipients=(text,), lawful_basis=text, prepared_by=text)
    (row,) = rows(register(checked(declared=declared)))
    assert [c for c in row.values() if c.startswith(tuple(FORMULA))] == []
    assert len(rows(register(checked(declared=declared)))) == 1


@given(st.text(max_size=30))
def test_no_text_is_a_formula_or_a_second_line(text):
    cell = safe(text)
    assert not cell.lstrip().startswith(tuple(FORMULA))
    assert "\n" not in cell
    assert "\r" not in cell


def test_a_file_name_is_no_formula(checked):
    made = checked()
    odd = dataclasses.replace(made.result, path="=HYPERLINK(A1).pbix")
    (row,) = rows(register(dataclasses.replace(made, run=dataclasses.replace(made.run, results=(odd,)))))
    assert row["workbook"] == "'=HYPERLINK(A1).pbix"
