"""Rows supplied for a source whose own are not in the file, counted end to end."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import pytest

from linter import cli
from linter.cells.supplied import Supplied
from linter.engine import LintOptions, lint, recompute
from linter.errors import UsageError
from linter.rules import load_rules
from tests.parsers.tableau.build import instance, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.results import WorkbookResult

ROWS = "upn,The School,Sex\nP1,north,F\nP2,north,M\nP2,north,M\nP3,south,F\n"


def live(*tables: str) -> str:
    """A data source over tables of a server, each with the columns UPN, School and Sex."""
    records = "".join(
        f'<metadata-record class="column"><remote-name>{n}</remote-name><local-name>[{n}{s}]</local-name>'
        f"<parent-name>[{t}]</parent-name><local-type>string</local-type></metadata-record>"
        for t, s in zip(tables, ("", " 2"), strict=False)
        for n in ("UPN", "School", "Sex")
    )
    leaves = [f'<relation connection="pg" name="{t}" table="[public].[{t}]" type="table"/>' for t in tables]
    sides = '<expression op="[pupils].[UPN]"/><expression op="[marks].[UPN]"/>'
    clause = f'<clause type="join"><expression op="=">{sides}</expression></clause>'
    relation = (
        leaves[0] if len(leaves) == 1 else f'<relation join="left" type="join">{clause}{"".join(leaves)}</relation>'
    )
    return (
        '<datasource name="ds" caption="Pupils"><connection class="federated"><named-connections>'
        '<named-connection name="pg"><connection class="postgres" server="db.example" dbname="school"/>'
        f"</named-connection></named-connections>{relation}<metadata-records>{records}</metadata-records></connection>"
        '<column name="[School]" caption="The School" datatype="string" role="dimension" type="nominal"/></datasource>'
    )


BESIDE = live("pupils").replace(
    'class="postgres" server="db.example" dbname="school"', 'class="textscan" filename="rows.csv"'
)
"""The same source over a text file beside the workbook."""


def workbook(folder: Path, *levels: str, source: str = "") -> Path:
    """A plain workbook with one worksheet: distinct pupils by some fields of a live source."""
    made = [instance(level) for level in levels]
    count, shown = instance("UPN", "CountD", "qk")
    document = workbook_xml(
        rows=f"({' / '.join(reference for _, reference in made)})",
        instances="".join(element for element, _ in made) + count,
        encodings=f'<text column="{shown}"/>',
        datasource=source or live("pupils"),
    )
    path = folder / "Book.twb"
    path.write_text(document, "utf-8")
    return path


def file(folder: Path, name: str, rows: str = ROWS) -> Path:
    """The rows as a file of that kind."""
    path = folder / name
    lines = [line.split(",") for line in rows.splitlines()]
    if path.suffix == ".csv":
        path.write_text(rows, "utf-8")
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        for line in lines:
            book.active.append(line)
        stream = io.BytesIO()
        book.save(stream)
        path.write_bytes(stream.getvalue())
    else:
        _extract(path, lines)
    return path


def _extract(path: Path, lines: list[list[str]]) -> None:
    from tableauhyperapi import (
        Connection,
        CreateMode,
        HyperProcess,
        Inserter,
        SqlType,
        TableDefinition,
        TableName,
        Telemetry,
    )

    table = TableDefinition(
        TableName("Extract", "Extract"), [TableDefinition.Column(name, SqlType.text()) for name in lines[0]]
    )
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}) as process,
        Connection(process.endpoint, str(path), CreateMode.CREATE) as connection,
    ):
        connection.catalog.create_schema("Extract")
        connection.catalog.create_table(table)
        with Inserter(connection, table) as inserter:
            inserter.add_rows(lines[1:])
            inserter.execute()


def options(*given: str) -> LintOptions:
    return LintOptions(units=("UPN",), data=tuple(Supplied.of(text) for text in given))


def counts(result: WorkbookResult) -> dict[str | None, tuple[int, int]]:
    """Records and pupils by label of the only level."""
    assert result.evidence is not None
    (layer,) = result.evidence.visuals["Sheet 1"].layers
    assert layer.body is not None
    assert layer.body.units is not None
    labels = [layer.body.labels[0][c] for c in layer.body.codes[0]]
    return dict(zip(labels, zip(layer.body.records.values, layer.body.units.values, strict=True), strict=True))


@pytest.mark.parametrize("name", ["rows.csv", "rows.xlsx", "rows.hyper"])
@pytest.mark.parametrize("source", ["Pupils", "ds", "pupils", "Pupils.pupils"])
def test_a_live_source_is_counted_from_a_file(tmp_path: Path, name: str, source: str) -> None:
    path = workbook(tmp_path, "School")
    before = recompute(path, options())
    assert (before.complete, before.coverage.by_status["data_unread"]) == (False, 1)
    result = recompute(path, options(f"{source}={file(tmp_path, name)}"))
    assert counts(result) == {"north": (3, 2), "south": (1, 1)}
    assert result.complete
    assert f"the rows of {source} are those of {name}, which was supplied" in result.assumptions


@pytest.mark.parametrize("name", ["rows.csv", "rows.hyper"])
def test_a_column_that_the_file_lacks_is_a_problem(tmp_path: Path, name: str) -> None:
    path = workbook(tmp_path, "Sex")
    rows = file(tmp_path, name, ROWS.replace("Sex", "Gender"))
    result = recompute(path, options(f"Pupils={rows}"))
    assert not result.complete
    assert result.coverage.by_status["evaluated"] == 0
    assert result.evidence is not None
    (unread,) = result.evidence.unread
    assert (unread.part, unread.blocks_data) == (name, True)
    assert "Sex" in unread.reason
    assert "no such column" in unread.reason


def test_supplied_rows_are_not_in_the_file(tmp_path: Path) -> None:
    path = workbook(tmp_path, "School")
    rows = file(tmp_path, "rows.csv", "UPN,School,Sex,\n" + "".join(f"P{i},north,F\n" for i in range(30)))
    result = lint(path, options(f"Pupils={rows}"), load_rules())
    assert result.complete
    assert not {f.rule for f in result.findings} & {"EX001", "EX002", "EX003", "NPD003", "DR007"}
    own = lint(workbook(tmp_path, "School", source=BESIDE), options(), load_rules())  # the workbook's own file
    assert {"EX001", "DR007"} <= {f.rule for f in own.findings}


def test_each_table_of_a_join_has_a_file(tmp_path: Path) -> None:
    path = workbook(tmp_path, "School 2", source=live("pupils", "marks"))
    pupils, marks = file(tmp_path, "pupils.csv"), file(tmp_path, "marks.csv", "UPN,School,Sex\nP1,east,F\nP2,west,M\n")
    with pytest.raises(UsageError, match=r"a file for each is needed: Pupils\.pupils and Pupils\.marks"):
        recompute(path, options(f"Pupils={pupils}"))
    half = recompute(path, options(f"Pupils.pupils={pupils}"))
    assert (half.complete, half.coverage.by_status["data_unread"]) == (False, 1)
    both = recompute(path, options(f"Pupils.pupils={pupils}", f"Pupils.marks={marks}"))
    assert counts(both) == {"east": (1, 1), "west": (2, 1), None: (1, 1)}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("Pupil=rows.csv", "no source is called so; there is Pupils"),
        ("Pupils", "not SOURCE=FILE"),
        ("=rows.csv", "not SOURCE=FILE"),
        ("Pupils=gone.csv", "there is no file gone.csv"),
        ("Pupils=Book.twb", "Book.twb is none of .hyper, .csv"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path, monkeypatch, capsys, data: str, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    workbook(tmp_path, "School")
    file(tmp_path, "rows.csv")
    for command in ("check", "cells"):
        code = cli.run([command, "Book.twb", "--data", data, "--no-progress"])
        shown = capsys.readouterr()
        assert (code, shown.out) == (2, "")
        assert said in shown.err
        assert shown.err.count("\n") == 1


def test_the_report_says_what_was_supplied(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    workbook(tmp_path, "School")
    file(tmp_path, "rows.csv")
    said = "the rows of Pupils are those of rows.csv, which was supplied"
    for style in ("full", "html", "markdown"):
        cli.run(["check", "Book.twb", "--data", "Pupils=rows.csv", "--output-format", style, "--no-progress"])
        shown = " ".join(capsys.readouterr().out.split())
        assert said in shown, style
        assert str(tmp_path) not in shown
    assert cli.run(["cells", "Book.twb", "--data", "Pupils=rows.csv", "--no-progress"]) == 0
    assert said in capsys.readouterr().err


def test_rows_in_the_file_are_not_replaced(tmp_path: Path) -> None:
    rows = file(tmp_path, "rows.csv")
    with pytest.raises(UsageError, match="its rows are in the file"):
        recompute(workbook(tmp_path, "School", source=BESIDE), options(f"Pupils={rows}"))


def test_no_two_files_for_the_same_rows(tmp_path: Path) -> None:
    rows = file(tmp_path, "rows.csv")
    with pytest.raises(UsageError, match="two files for the same rows"):
        recompute(workbook(tmp_path, "School"), options(f"Pupils={rows}", f"ds={rows}"))


def test_several_workbooks_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = workbook(tmp_path, "School")
    (tmp_path / "Other.twb").write_bytes(path.read_bytes())
    code = cli.run(["check", str(tmp_path), "--data", f"Pupils={file(tmp_path, 'rows.csv')}"])
    assert code == 2
    assert "check that one alone" in capsys.readouterr().err
