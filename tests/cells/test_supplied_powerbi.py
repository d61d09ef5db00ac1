"""Rows supplied for tables of a semantic model: DirectQuery, live, composite, templates and projects."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from linter.cells.supplied import Supplied
from linter.engine import LintOptions, lint, recompute
from linter.errors import UsageError
from linter.results import WorkbookResult
from linter.rules import load_rules
from tests.parsers.powerbi import build
from tests.samples import sample

SCHOOLS = {
    "name": "School",
    "columns": [
        {"name": "URN", "dataType": "int64", "sourceColumn": "urn_no"},
        {"name": "LA", "dataType": "string", "sourceColumn": "la_name"},
    ],
    "partitions": [{"mode": "directQuery", "source": {"type": "m", "expression": "let a = 1 in a"}}],
}
PUPILS = {
    "name": "Pupil",
    "columns": [
        {"name": "UPN", "dataType": "string"},
        {"name": "URN", "dataType": "int64"},
        {"name": "Sex", "dataType": "string"},
        {"name": "Score", "dataType": "double"},
        {"name": "Born", "dataType": "dateTime"},
        {"name": "FSM", "dataType": "boolean"},
    ],
    "measures": [
        {"name": "Pupils", "expression": "COUNTROWS(Pupil)"},
        {"name": "On FSM", "expression": "CALCULATE([Pupils], Pupil[FSM] = TRUE())"},
        {"name": "Born late", "expression": "CALCULATE([Pupils], Pupil[Born] >= DATE(2010, 1, 1))"},
        {"name": "Mean score", "expression": "AVERAGE(Pupil[Score])"},
    ],
    "partitions": [{"mode": "directQuery", "source": {"type": "m", "expression": "let a = 1 in a"}}],
}
LINKS = [{"name": "r", "fromTable": "Pupil", "fromColumn": "URN", "toTable": "School", "toColumn": "URN"}]
ROWS = """\
UPN,URN,Sex,Score,Born,FSM
P1,1,F,1.5,2009-12-31,true
P2,1,f,,2010-01-01,false
P3,1,M,3,31/08/2010,true
P4,2,F,4,2011-05-05,
"""
AREAS = "urn_no,la_name\n1,North\n2,south\n"
WELLS = {"Rows": [build.column("School", "LA"), build.column("Pupil", "Sex")]}


def template(folder: Path, *measures: str, wells: dict | None = None) -> Path:
    model = {"tables": [PUPILS, SCHOOLS], "relationships": LINKS}
    fields = {**(wells or WELLS), "Values": [build.measure(m) for m in measures]}
    report = build.layout(build.page("p", build.visual("v", "pivotTable", fields)))
    schema = json.dumps({"model": model}).encode("utf-16-le")
    return build.pbix(folder / "r.pbit", report, DataModelSchema=schema)


@pytest.fixture
def given(tmp_path) -> tuple[Supplied, ...]:
    (tmp_path / "pupils.csv").write_text(ROWS)
    (tmp_path / "areas.csv").write_text(AREAS)
    return Supplied.of(f"Pupil={tmp_path / 'pupils.csv'}"), Supplied.of(f"School={tmp_path / 'areas.csv'}")


def body(result: WorkbookResult, visual: str = "v"):
    assert result.evidence is not None
    found = result.evidence.visuals[visual]
    assert found.status == "evaluated", found.reasons
    assert found.layers[0].body is not None
    return found.layers[0].body


def cells(result: WorkbookResult, measure: str | None = None) -> dict[tuple[str | None, ...], int]:
    """Records of every cell, or rows of a measure's base, by label."""
    table = body(result)
    labels = [[held[c] for c in codes] for held, codes in zip(table.labels, table.codes, strict=True)]
    counts = table.records if measure is None else next(b.rows for b in table.bases if b.measure == measure)
    return {key: n for key, n in zip(zip(*labels, strict=True), counts.values, strict=True) if n}


def test_a_template_is_recomputed_from_supplied_rows(tmp_path, given):
    result = recompute(template(tmp_path, "Pupils", "On FSM", "Born late", "Mean score"), LintOptions(data=given))
    assert cells(result) == {("North", "F"): 2, ("North", "M"): 1, ("south", "F"): 1}  # F and f are one
    assert cells(result, "On FSM") == {("North", "F"): 1, ("North", "M"): 1}
    assert cells(result, "Born late") == {("North", "F"): 1, ("North", "M"): 1, ("south", "F"): 1}
    assert cells(result, "Mean score") == {("North", "F"): 1, ("North", "M"): 1, ("south", "F"): 1}


def test_it_is_complete_and_says_where_the_rows_came_from(tmp_path, given):
    result = lint(template(tmp_path, "Pupils"), LintOptions(data=given), load_rules())
    assert result.complete
    assert any("pupils.csv" in line for line in result.assumptions)
    assert "DR002" in {f.rule for f in result.findings}
    assert not {f.rule for f in result.findings} & {"ME001", "ME002", "EX001", "EX002"}, "rows that are not in the file"


def test_a_table_without_rows_stays_unread(tmp_path, given):
    result = lint(template(tmp_path, "Pupils"), LintOptions(data=given[:1]), load_rules())
    assert not result.complete
    assert result.evidence is not None
    assert result.evidence.visuals["v"].status == "data_unread"


def test_a_visual_on_the_supplied_table_alone_is_recomputed(tmp_path, given):
    wells = {"Rows": [build.column("Pupil", "Sex")]}
    result = recompute(template(tmp_path, "Pupils", wells=wells), LintOptions(data=given[:1]))
    assert cells(result) == {("F",): 3, ("M",): 1}


def test_a_spreadsheet_does_as_well(tmp_path):
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (("upn", "urn", "sex", "score", "born", "fsm"), ("P1", 1, "F", 1.5, None, True)):
        book.active.append(line)
    book.save(tmp_path / "pupils.xlsx")
    wells = {"Rows": [build.column("Pupil", "Sex")]}
    data = (Supplied.of(f"pupil={tmp_path / 'pupils.xlsx'}"),)
    result = recompute(template(tmp_path, "Pupils", "On FSM", wells=wells), LintOptions(data=data))
    assert cells(result, "On FSM") == {("F",): 1}


def test_values_that_do_not_fit_their_type_are_refused(tmp_path, given):
    (tmp_path / "pupils.csv").write_text(ROWS.replace("P3,1,M,3,", "P3,1,M,three,"))
    wells = {"Rows": [build.column("Pupil", "Sex")]}
    result = recompute(template(tmp_path, "Mean score", wells=wells), LintOptions(data=given[:1]))
    assert result.evidence is not None
    found = result.evidence.visuals["v"]
    assert found.status in {"not_evaluated", "data_unread"}
    assert any("could not be read as real" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("name", "file", "said"),
    [
        ("Pupils", "pupils.csv", "no source is called so"),
        ("Pupil", "pupils.hyper", "come as .csv or .xlsx"),
    ],
)
def test_what_can_not_be_meant(tmp_path, given, name, file, said):
    (tmp_path / file).touch()
    with pytest.raises(UsageError, match=said):
        recompute(template(tmp_path, "Pupils"), LintOptions(data=(Supplied.of(f"{name}={tmp_path / file}"),)))


def test_rows_in_the_file_are_what_is_checked(tmp_path):
    (tmp_path / "a.csv").write_text("UPN\n1\n")
    data = (Supplied.of(f"Pupil={tmp_path / 'a.csv'}"),)
    with pytest.raises(UsageError, match="in the file"):
        recompute(sample("powerbi", "generated-pupils-1k.pbix"), LintOptions(data=data))


@pytest.mark.samples
def test_a_directquery_report(tmp_path):
    path = sample("powerbi", "directquery.pbix")
    before = recompute(path, LintOptions())
    assert before.workbook is not None
    (source,) = before.workbook.sources
    used = {b.table for v in before.workbook.visuals for x in v.layers for b in x.bases} | {
        c.table for v in before.workbook.visuals for e in v.encodings for c in e.use.columns
    }
    data = []
    for table in source.tables:
        if table.id in used:
            file = tmp_path / f"{len(data)}.csv"
            lines = [",".join(f'"{c.physical}"' for c in table.columns), ",".join("1" for _ in table.columns)]
            file.write_text("\n".join(lines))
            data.append(Supplied.of(f"{table.caption}={file}"))
    result = recompute(path, LintOptions(data=tuple(data)))
    assert result.evidence is not None
    statuses = {v.status for v in result.evidence.visuals.values()}
    assert statuses <= {"evaluated", "no_query"}, [v.reasons for v in result.evidence.visuals.values()]


@pytest.mark.samples
def test_a_live_report_has_the_columns_that_it_names(tmp_path):
    path = sample("powerbi", "live-connection.pbix")
    before = recompute(path, LintOptions())
    assert before.workbook is not None
    (source,) = before.workbook.sources
    data = []
    for number, table in enumerate(source.tables):
        file = tmp_path / f"{number}.csv"
        lines = [[c.name for c in table.columns], ["01"] * len(table.columns), ["1"] * len(table.columns)]
        file.write_text("\n".join(",".join(line) for line in lines))
        data.append(Supplied.of(f"{table.caption}={file}"))
    result = recompute(path, LintOptions(data=tuple(data)))
    assert result.evidence is not None
    assert all(t.rows == 2 for t in result.evidence.tables.values())
    assert all(c.distinct == 2 for t in result.evidence.tables.values() for c in t.columns.values())
