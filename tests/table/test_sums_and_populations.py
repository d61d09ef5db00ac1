"""Measures that are sums of others, and tables that look alike and are about different people."""

from __future__ import annotations

from pathlib import Path

import pytest

from linter.parsers.tables import Asked, read_table
from linter.publications.audit import TableAudit, audit_tables

SEXES = "School,Pupils,Boys,Girls\nAsh,20,5,15\nBirch,30,12,18\nCedar,26,c,14\nDale,40,20,20\nElm,41,20,21\n"
THIS = "School,Sex,Pupils\nAsh,Boys,20\nAsh,Girls,30\nBirch,Boys,25\nBirch,Girls,c\nElm,Boys,45\nElm,Girls,31\n"
LAST = "School,Sex,Pupils\nAsh,Boys,22\nAsh,Girls,28\nBirch,Boys,21\nBirch,Girls,8\nElm,Boys,44\nElm,Girls,33\n"


def audited(folder: Path, *texts: str, against: int = 0) -> TableAudit:
    """The audit of tables of which the last few have been published before."""
    tables = []
    for i, text in enumerate(texts):
        (folder / f"{i}.csv").write_text(text, "utf-8")
        tables.append(read_table(folder / f"{i}.csv", Asked()))
    cut = len(tables) - against
    return audit_tables(tables[:cut], tables[cut:], threshold=9, width=9)


def test_a_column_that_is_the_sum_of_two_others_gives_a_hidden_part_away(tmp_path):
    found = audited(tmp_path, SEXES)
    assert [(r.cell["School"], r.measure, r.value) for r in found.recoverable] == [("Cedar", "Boys", 12)]
    assert found.recoverable[0].exact.startswith("26 - 14 = 12: ")
    assert any("'Pupils' is read as the sum of 'Boys' and 'Girls'" in note for note in found.notes)


@pytest.mark.parametrize(
    ("old", "new"),
    [("20,21\n", "20,22\n"), ("14\n", "c\n")],
    ids=["one row contradicts it", "both parts are hidden"],
)
def test_no_sum_of_columns_or_nothing_to_subtract(tmp_path, old, new):
    assert not audited(tmp_path, SEXES.replace(old, new)).recoverable


def test_small_figures_that_add_up_by_chance_make_no_sum(tmp_path):
    text = "School,Meals,Bus,Clubs\nAsh,2,1,1\nBirch,3,1,2\nCedar,4,c,2\nDale,5,2,3\n"
    assert not audited(tmp_path, text).recoverable


def test_sums_of_three_neighbours(tmp_path):
    rows = [(9 + i, 14 + 2 * i, 3 * i + 5) for i in range(5)]
    lines = [f"S{i},{'c' if i == 2 else a},{b},{c},{a + b + c}" for i, (a, b, c) in enumerate(rows)]
    found = audited(tmp_path, "School,Infants,Juniors,Seniors,Roll\n" + "\n".join(lines))
    assert [(r.measure, r.value) for r in found.recoverable] == [("Infants", rows[2][0])]


@pytest.mark.parametrize("against", [0, 1])
def test_the_same_table_of_another_year_tells_nothing_and_is_not_compared(tmp_path, against):
    found = audited(tmp_path, THIS, LAST, against=against)
    assert not found.recoverable
    assert not found.contradictions
    assert any("not compared" in said for said in found.incomplete)


@pytest.mark.parametrize("against", [0, 1])
def test_a_table_with_the_same_figures_is_compared(tmp_path, against):
    found = audited(tmp_path, THIS, THIS.replace(",c", ",8"), against=against)
    assert [r.value for r in found.recoverable] == [8]
    assert not found.incomplete


def test_columns_that_the_caller_leaves_out_are_named(tmp_path):
    (tmp_path / "a.csv").write_text(SEXES, "utf-8")
    table = read_table(tmp_path / "a.csv", Asked(("School",), ("Boys",)))
    assert "not looked at, as --dims and --value say: Pupils and Girls" in table.notes


def test_a_table_without_counts_beside_one_with_counts_is_told(tmp_path):
    found = audited(tmp_path, SEXES, "School,Boys percent\nAsh,25.0\nBirch,40.0\nCedar,46.2\n")
    assert [r.value for r in found.recoverable] == [12]
    assert any("1.csv: no measure that adds up was found" in said for said in found.incomplete)


def test_rows_that_no_label_tells_apart_are_told(tmp_path):
    text = "School,Year,Pupils\nAsh,7,20\nAsh,8,30\nBirch,7,c\nBirch,8,31\n"
    assert any("4 rows have the labels of another" in said for said in audited(tmp_path, text).incomplete)
    assert not audited(tmp_path, text.replace(",c", ",11")).incomplete


@pytest.mark.parametrize(("written", "known"), [("25,0", False), ("~25%", False), ("25.0 %", True), ("25.0%", True)])
def test_a_column_of_figures_in_an_unknown_form_is_told(tmp_path, written, known):
    lines = [
        f"S{i};{20 + 4 * i};{5 + i};{written.replace('25', str(round(100 * (5 + i) / (20 + 4 * i))))}" for i in range(5)
    ]
    (tmp_path / "a.csv").write_text("School;Pupils;FSM;FSM %\n" + "\n".join(lines), "utf-8")
    assert bool(read_table(tmp_path / "a.csv", Asked()).unread) is not known


@pytest.mark.parametrize(("symbol", "people", "followed"), [(".", 0, False), (".", 4, True), ("c", 0, True)])
def test_a_dot_that_turns_out_to_be_nought_hides_nobody(tmp_path, symbol, people, followed):
    row = f"Fir,{30 + people},{symbol},30\n"
    found = audited(tmp_path, SEXES.replace("26,c", "26,12") + row)
    assert bool(found.recoverable) is followed
