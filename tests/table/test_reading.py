"""Which columns are what, in every layout that is understood."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from linter.errors import UsageError
from linter.parsers.tables import Asked, read_table
from linter.publications.symbols import read


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


LONG = "School,SEN,Pupils\nAsh,E,14\nAsh,K,36\nAsh,Total,50\nBirch,E,c\nBirch,K,35\nBirch,Total,39\n"
CROSS = "School,E,K,Total\nAsh,14,36,50\nBirch,c,35,39\n"


def test_long(tmp_path):
    table = read_table(write(tmp_path / "a.csv", LONG), Asked())
    assert (table.layout, list(table.dimensions), list(table.measures)) == ("long", ["School", "SEN"], ["Pupils"])
    assert table.totals == {"SEN": "Total"}


@pytest.mark.parametrize("asked", [Asked(), Asked(dims=("School", "SEN"))])
def test_crosstab(tmp_path, asked):
    table = read_table(write(tmp_path / "a.csv", CROSS), asked)
    assert table.layout == "crosstab"
    assert table.rows == 6
    assert list(table.dimensions)[1] == ("SEN" if asked.dims else "column")
    assert list(table.totals.values()) == ["Total"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings_and_separators(tmp_path, encoding):
    text = LONG.replace("Ash", "Âsh").replace(",", ";")
    assert read_table(write(tmp_path / "a.csv", text, encoding), Asked()).dimensions["School"][0] == "Âsh"


def test_a_worksheet_with_title_and_footnote(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Pupils by school, January"])
    sheet.append([])
    for line in CROSS.strip().split("\n"):
        sheet.append([int(c) if c.isdigit() else c for c in line.split(",")])
    sheet.append(["c: suppressed"])
    book.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx", Asked())
    assert table.measures[""] == ["14", "36", "50", "c", "35", "39"]
    assert table.notes == ("titles and footnotes were left aside",)


EES = (
    "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,new_la_code,la_name,"
    "old_la_code,topic,characteristic,phase,pupils\n"
    "202425,Academic year,National,E92,England,,,,,,Total,Total,Total,100\n"
    "202425,Academic year,Regional,E92,England,E12,North,,,,Total,Total,Total,100\n"
    "202425,Academic year,Local authority,E92,England,E12,North,E06,Northmere,800,Total,Total,Total,60\n"
    "202425,Academic year,Local authority,E92,England,E12,North,E07,Southmere,801,Total,Total,Total,40\n"
    "202425,Academic year,National,E92,England,,,,,,Sex,Female,Total,48\n"
    "202425,Academic year,National,E92,England,,,,,,Sex,Male,Total,c\n"
    "202425,Academic year,National,E92,England,,,,,,SEN,No SEN,Total,80\n"
)
META = (
    "col_name,col_type,label,filter_grouping_column\ncharacteristic,Filter,Characteristic,topic\n"
    "phase,Filter,Phase,\npupils,Indicator,Pupils,\n"
)


def test_explore_education_statistics_with_metadata(tmp_path):
    write(tmp_path / "a.meta.csv", META)
    table = read_table(write(tmp_path / "a.csv", EES), Asked())
    assert table.layout == "explore education statistics"
    assert list(table.dimensions) == ["time", "location", "characteristic: Sex", "characteristic: SEN", "phase"]
    assert table.hierarchies["location"]["Northmere (E06/800)"] == "North (E12)"
    assert table.totals["location"] == "England (E92)"
    assert table.notes == ()


def test_metadata_may_be_missing(tmp_path):
    table = read_table(write(tmp_path / "a.csv", EES), Asked())
    assert list(table.measures) == ["pupils"]
    assert "no metadata file" in table.notes[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n", "no rows"),
        ("only\n1\n", "no table"),
        ("a,a,n\nx,y,1\n", "two columns"),
        ("a,n\nx,1\ny,2,3\n", "longer than the header"),
    ],
)
def test_what_is_no_table_is_said_in_one_line(tmp_path, text, says):
    with pytest.raises(UsageError, match=says) as raised:
        read_table(write(tmp_path / "a.csv", text), Asked())
    assert "\n" not in str(raised.value)


def test_unknown_symbols_and_columns_are_refused(tmp_path):
    path = write(tmp_path / "a.csv", LONG.replace(",c\n", ",hush\n"))
    with pytest.raises(UsageError, match="hush"):
        read_table(path, Asked(dims=("School", "SEN"), values=("Pupils",)))
    assert read_table(path, Asked(suppressed=frozenset({"hush"}))).measures["Pupils"][3] == "hush"
    with pytest.raises(UsageError, match="no column is called"):
        read_table(path, Asked(values=("People",)))


@pytest.mark.parametrize(
    ("text", "value", "low", "high"),
    [
        ("1,234", 1234, None, None), ("12.5%", 12.5, None, None), ("0", 0, None, None), ("z", 0, None, None),
        ("c", None, None, None), ("<5", None, 0, 4), ("1-4", None, 1, 4), ("fewer than 6", None, 0, 5), ("", None, None, None),
    ],
)  # fmt: skip
def test_symbols(text, value, low, high):
    found = read(text)
    assert found is not None
    assert found.value == value
    if low is not None:
        assert (found.low, found.high) == (low, high)


def test_text_is_no_symbol():
    assert read("Ash") is None


def test_three_levels_over_three_columns(tmp_path):
    lines = ["country,region,district,n", "Total,Total,Total,9", "A,Total,Total,6", "B,Total,Total,3"]
    lines += [f"{a},{b},Total,{n}" for a, b, n in (("A", "x", 3), ("A", "y", 3), ("B", "z", 1), ("B", "w", 2))]
    lines += [f"{a},{b},{b}{i},1" for a, b in (("A", "x"), ("A", "y"), ("B", "z"), ("B", "w")) for i in range(2)]
    table = read_table(write(tmp_path / "a.csv", "\n".join(lines) + "\n"), Asked())
    assert list(table.dimensions) == ["country"]
    assert table.hierarchies["country"]["A > x > x0"] == "A > x"
    assert table.hierarchies["country"]["A > x"] == "A"


def test_crossed_columns_are_not_nested(tmp_path):
    assert list(read_table(write(tmp_path / "a.csv", LONG), Asked()).hierarchies) == []
