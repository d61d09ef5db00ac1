"""Cached query results: what was asked, how many rows are still there, and nothing guessed."""

from __future__ import annotations

import datetime as dt
import html
import struct

import pytest

from linter.parsers.tableau.query_cache import Asked, read_entry

QUERY = """<logical-query><selects><field>[School]</field><field>[sum:Score:ok]</field></selects>
<aggregateOp><measures><binding name='[sum:Score:ok]'><funcallExp function='SUM' shape='aggregate'>
<funcallExp function='$EXTEND_INT$' shape='scalar'><identifierExp identifier='[Score]'/></funcallExp></funcallExp>
</binding></measures><groupbys><binding name='[School]'><identifierExp identifier='[School]'/></binding></groupbys>
<selectOp><predicate/></selectOp></aggregateOp></logical-query>"""
KEY = f"123\n<pack :time-zone='' dbname='Data/x.hyper' ec-logical-query='{html.escape(QUERY)}'>\n</pack>".encode()

APRIL = dt.datetime(2014, 4, 1)  # noqa: DTZ001 - workbook dates have no zone


def cell(value: object) -> bytes:
    match value:
        case None:
            return b"\x02\x01\xff\xff"
        case bool():
            kind, payload = 4, bytes([value])
        case int():
            kind, payload = 0, struct.pack("<q", value)
        case float():
            kind, payload = 1, struct.pack("<d", value)
        case dt.datetime():
            kind, payload = 3, struct.pack("<q", (value.toordinal() + 1_721_424) * 864_000_000)
        case _:
            kind, payload = 2, str(value).encode("utf-16-le")
    return struct.pack("<BBHI", kind, 0, 0xFFFF, len(payload)) + payload


def result(*rows: tuple[object, ...]) -> bytes:
    described = [26, "column", 129, "School", "School", "string", True, "[School]", "pupils", "[pupils_1]"]
    described += [19, "measure", "sum:Score:ok", "integer", False, "[sum:Score:ok]"]
    cells = [2, *described, *(value for row in rows for value in row)]
    return b"\x7a\xb1\xea\x08" + bytes(16) + b"".join(map(cell, cells))


def test_an_entry() -> None:
    entry = read_entry(KEY, result(("A", 3), (None, 4.5), ("B", APRIL)))
    assert entry.fields == ("[School]", "[sum:Score:ok]")
    assert entry.groups == (Asked("[School]", "", "[School]"),)
    assert entry.measures == (Asked("[sum:Score:ok]", "SUM", "[Score]"),)
    assert entry.filtered
    assert entry.database == "Data/x.hyper"
    assert entry.columns == ("[School]", "[sum:Score:ok]")
    assert entry.rows == (("A", 3), (None, 4.5), ("B", APRIL))


def test_values_do_not_show_in_its_representation() -> None:
    assert "secret" not in repr(read_entry(KEY, result(("secret", 1))))


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", result(("A", 3))[:-3], result(("A", 3), ("B",)), result(("A", 3)) + b"\x09\0\xff\xff\0\0\0\0"],
)
def test_a_result_that_is_not_understood_has_no_rows(content: bytes) -> None:
    assert read_entry(KEY, content).rows is None


def test_the_fields_of_another_version_are_found_all_the_same() -> None:
    entry = read_entry(b"<query>&lt;output column=&apos;[ds].[none:Name:nk]&apos; /&gt;</query>", None)
    assert entry.fields == ("[none:Name:nk]",)
    assert entry.groups == ()
