"""Delimited text and spreadsheets, read as the workbook declares them."""

import dataclasses
import datetime as dt

import openpyxl
import pytest

from linter.data.flat import read_flat
from linter.errors import Unreadable
from tests.data.conftest import table

T = dt.datetime


@pytest.fixture
def write(tmp_path):
    def write(content, encoding="utf-8", name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", None), ("utf-8", "utf-8"), ("utf-8-sig", None), ("utf-8-sig", "UTF-8"), ("cp1252", None),
        ("cp1252", "windows-1252"), ("utf-16", None), ("utf-16", "utf-8"),
        ("latin-1", "iso-8859-1"), ("cp850", "cp850"),
    ],
)  # fmt: skip
def test_character_sets(write, encoding, declared):
    flat = read_flat(table(write("École,n\nZoë,1\n", encoding), "École", "n:integer", encoding=declared))
    assert (flat.rows, flat.missing, flat.problems) == ([("Zoë", 1)], {}, {})


@pytest.mark.parametrize(
    ("content", "declared", "reason"),
    [
        (b"a,b\n\x81\x8d,1\n", None, "unknown character set"),
        ("a,b\né,1\n".encode("cp1252"), "utf-8", "not in the declared character set 'utf-8'"),
        (b"a,b\n", "klingon-8", "unknown character set 'klingon-8'"),
        (b"", None, "the file is empty"),
        (b"\xef\xbb\xbf", None, "the file is empty"),
    ],
)
def test_what_is_no_text_is_refused(write, content, declared, reason):
    with pytest.raises(Unreadable, match=reason):
        read_flat(table(write(content), "a", encoding=declared))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("declared", [True, False])
def test_separators(write, separator, declared):
    path = write("\n".join(separator.join(row) for row in [("a", "b"), ("x", "1"), ("y", "2"), ("z", "3")]))
    flat = read_flat(table(path, "a", "b:integer", separator=separator if declared else None))
    assert flat.rows == [("x", 1), ("y", 2), ("z", 3)]


def test_quotes_hold_separators_quotes_and_line_breaks(write):
    path = write('a,b\n"x,y","say ""hi"""\r\n"two\r\nlines",2\n')
    assert read_flat(table(path, "a", "b", separator=",")).rows == [("x,y", 'say "hi"'), ("two\r\nlines", "2")]


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_only_line_feeds_end_a_line(write, character):
    assert read_flat(table(write(f"a,b\nx{character}y,1\n"), "a", "b:integer", separator=",")).rows == [
        (f"x{character}y", 1)
    ]


def test_ragged_rows_lack_values_and_extra_ones_are_no_column(write):
    path = write("a,b\nx\ny,1,2,3\n\n,\nz,2\n")
    assert read_flat(table(path, "a", "b:integer", separator=",")).rows == [
        ("x", None),
        ("y", 1),
        (None, None),
        ("z", 2),
    ]


def test_without_a_header_columns_have_numbers(write):
    assert read_flat(table(write("x,1\ny,2\n"), "F1", "F2:integer", header=False)).rows == [("x", 1), ("y", 2)]


def test_names_match_exactly_then_without_case_and_spaces(write):
    path = write("Sex, Age ,SEX\nF,9,other\n")
    flat = read_flat(table(path, "SEX", "sex", "Age:integer", "Ghost"))
    assert flat.rows == [("other", "F", 9, None)]
    assert set(flat.missing) == {"Ghost"}


def test_a_column_with_a_value_of_another_type_is_text_with_a_problem(write):
    path = write("i,r,b,d,t\n1,1.5,true,2024-01-02,a\nx,1e3,no,31/02/2024,\n")
    flat = read_flat(table(path, "i:integer", "r:real", "b:boolean", "d:date", "t"))
    assert flat.rows == [("1", 1.5, True, "2024-01-02", "a"), ("x", 1000.0, False, "31/02/2024", None)]
    assert flat.types == {"i": "text", "r": "real", "b": "boolean", "d": "text", "t": "text"}
    assert flat.problems == {
        "i": "some values could not be read as integer", "d": "some values could not be read as date",
    }  # fmt: skip


def test_numbers_as_people_write_them(write):
    path = write('i;r\n"1,234";£2.50\n -5 ;12.5%\n9007199254740993;1e-3\n-9223372036854775808;.5\n')
    flat = read_flat(table(path, "i:integer", "r:real", separator=";"))
    assert [row[0] for row in flat.rows] == [1234, -5, 2**53 + 1, -(2**63)]
    assert [row[1] for row in flat.rows] == [2.5, 0.125, 0.001, 0.5]
    assert not flat.problems


def test_an_integer_beyond_64_bits_is_a_problem(write):
    flat = read_flat(table(write("i\n9223372036854775808\n1\n"), "i:integer"))
    assert (flat.rows, set(flat.problems)) == ([("9223372036854775808",), ("1",)], {"i"})


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1_000"])
def test_words_that_python_takes_for_numbers_are_none(write, text):
    flat = read_flat(table(write(f"r\n{text}\n"), "r:real"))
    assert (flat.rows, set(flat.problems)) == ([(text,)], {"r"})


@pytest.mark.parametrize(
    ("locale", "text", "day"),
    [
        ("en_GB", "02/01/2024", dt.date(2024, 1, 2)), ("en_US", "02/01/2024", dt.date(2024, 2, 1)),
        ("", "02/01/2024", dt.date(2024, 1, 2)), ("en_GB", "2.1.24", dt.date(2024, 1, 2)),
        ("en_US", "2024-01-02", dt.date(2024, 1, 2)), ("en_GB", "02 Jan 2024", dt.date(2024, 1, 2)),
        ("en_GB", "2 January 2024", dt.date(2024, 1, 2)), ("en_US", "Jan 2, 2024", dt.date(2024, 1, 2)),
        ("en_GB", "20240102", dt.date(2024, 1, 2)), ("en_GB", "02/01/2024 10:11", dt.date(2024, 1, 2)),
        ("en_US", "1/2/2024 3:04:05 PM", dt.date(2024, 1, 2)),
        ("en_GB", "01/13/2024", None), ("en_US", "13/01/2024", None),
    ],
)  # fmt: skip
def test_dates_follow_the_locale(write, locale, text, day):
    flat = read_flat(table(write(f'd,x\n"{text}",1\n'), "d:date", locale=locale, separator=","))
    assert flat.rows == [(day or text,)]
    assert bool(flat.problems) == (day is None)


def test_a_lone_american_date_does_not_turn_the_others(write):
    flat = read_flat(table(write("d\n2024-03-04\n03/04/2024\n2024-05-06\n05/06/2024\n"), "d:date", locale="en_GB"))
    assert [row[0] for row in flat.rows] == [
        dt.date(2024, 3, 4),
        dt.date(2024, 4, 3),
        dt.date(2024, 5, 6),
        dt.date(2024, 6, 5),
    ]


def test_times(write):
    flat = read_flat(table(write("t\n2024-01-02 03:04:05.5\n2024-01-02T03:04:05Z\n"), "t:datetime"))
    assert [row[0] for row in flat.rows] == [T(2024, 1, 2, 3, 4, 5, 500000), T(2024, 1, 2, 3, 4, 5)]


# -- spreadsheets --------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path):
    made = openpyxl.Workbook()
    first = made.active
    first.title = "Pupils"
    for row in [
        ["School", "N", "Day"],
        ["Ash", 12, T(2024, 1, 2)],
        ["Beck", 3.0, None],
        [None, None, None],
        ["Carr", "c", T(2024, 1, 3, 4, 5)],
    ]:
        first.append(row)
    second = made.create_sheet("Other's sheet")
    for row in [[None] * 3, [None, "a", "b"], [None, 1, 2], [None, 3, 4], ["junk", 5, 6]]:
        second.append(row)
    made.create_sheet("Blank")
    made.create_sheet("Q1.2024").append(["a"])
    path = tmp_path / "book.xlsx"
    made.save(path)
    return path


def test_a_sheet(book):
    flat = read_flat(table(book, "School", "N:integer", "Day:date", table=["Pupils$"]))
    assert flat.rows == [("Ash", "12", dt.date(2024, 1, 2)), ("Beck", "3", None), ("Carr", "c", dt.date(2024, 1, 3))]
    assert set(flat.problems) == {"N"}


def test_numbers_and_days_as_text(book):
    flat = read_flat(table(book, "N", "Day", table=["Pupils$"]))
    assert flat.rows == [("12", "2024-01-02"), ("3", None), ("c", "2024-01-03 04:05:00")]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("'Other's sheet$'", [("1", "2"), ("3", "4"), ("5", "6")]),
        ("Other's sheet$B2:C4", [("1", "2"), ("3", "4")]),
        ("Other's sheet$B2:C99", [("1", "2"), ("3", "4"), ("5", "6")]),
    ],
)
def test_ranges(book, name, rows):
    assert read_flat(table(book, "a", "b", table=[name])).rows == rows


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Absent$", "no sheet 'Absent'"), ("", "no sheet ''"), ("Blank$", "the sheet is empty"),
        ("Pupils$A:B", "unknown cell range"), ("Pupils$Z90:Z99", "the sheet is empty"),
    ],
)  # fmt: skip
def test_what_is_no_sheet_is_refused(book, name, reason):
    with pytest.raises(Unreadable, match=reason):
        read_flat(table(book, "a", table=[name]))


def test_a_dot_in_a_sheet_name_is_written_as_a_number_sign(book):
    assert read_flat(table(book, "a", table=["Q1#2024$"])).rows == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a spreadsheet", b"a,b\n1,2\n"])
def test_what_is_no_spreadsheet_is_refused(write, content):
    with pytest.raises(Unreadable, match="the spreadsheet can't be read"):
        read_flat(table(write(content, name="t.xlsx"), "a", table=["Sheet1$"]))


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(Unreadable):
        read_flat(table(tmp_path / "gone.xlsx", "a", table=["Sheet1$"]))
    with pytest.raises(Unreadable, match="can't be opened"):
        read_flat(table(tmp_path / "gone.csv", "a"))


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Sex,Sex", None), ("sex,SEX", None), ("Sex,SEX", "F"), ("Gender,Gender", None), ("sex,Gender,Gender", "F"),
        ("Gender,Sex", "M"), ("x,Sex", "M"), ("Name,Name,Sex", "G"),
    ],
)  # fmt: skip
def test_a_name_that_several_columns_of_a_supplied_file_have_is_nobody_s(write, header, found):
    """A workbook's own file has unique names, or the tool counts them; a supplied one is anybody's."""
    path = write(f"{header}\nF,M,G\n")
    asked = table(path, "Sex")
    supplied = dataclasses.replace(asked.columns[0], alike=("Sex", "Gender"))
    flat = read_flat(dataclasses.replace(asked, columns=(supplied,)))
    assert flat.missing == ({"Sex": "the file has several columns of that name"} if found is None else {})
    assert flat.rows[0] == (found,)
    assert not read_flat(asked).missing.get("Sex", "").startswith("the file has several")
