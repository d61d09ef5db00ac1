"""Rows typed into a model ("Enter data", calculated tables of literals) are data of the file like any other."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from linter.archive import Archive
from linter.cells.supplied import Supplied
from linter.container import Project
from linter.engine import LintOptions, lint, recompute
from linter.reporters import FORMATS
from linter.results import WorkbookResult
from linter.rules import load_rules
from tests.typed import CANARY, ROWS, model, pbip, pbit, pupils, report, tmdl, typed

GROUPED = 'Table.Group(_, {"Sex"}, {{"Pupils", each Table.RowCount(_), Int64.Type}})'
WRITTEN = {"definition", "DataModelSchema", "model.bim", "DataMashup"}


def cells(result: WorkbookResult, measure: str) -> dict[str | None, int]:
    assert result.evidence is not None, result.findings
    found = result.evidence.visuals["v"]
    assert found.status == "evaluated", found.reasons
    body = found.layers[0].body
    assert body is not None
    rows = next(b.rows for b in body.bases if b.measure == measure)
    return {body.labels[0][c]: n for c, n in zip(body.codes[0], rows.values, strict=True) if n}


def everything(value: object) -> str:
    """All that an object holds, hidden from its repr or not."""
    if dataclasses.is_dataclass(value):
        return " ".join(everything(getattr(value, f.name)) for f in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return " ".join(f"{everything(k)} {everything(v)}" for k, v in value.items())
    return " ".join(map(everything, value)) if isinstance(value, tuple | list | frozenset) else str(value)


def checked(path: Path, *data: Supplied) -> tuple[WorkbookResult, set[str]]:
    result = lint(path, LintOptions(data=data), load_rules())
    return result, {f.rule for f in result.findings}


def test_a_template_with_all_its_rows_typed_is_checked_like_a_file_with_data(tmp_path, monkeypatch):
    read: list[str] = []
    whole = Archive.read
    monkeypatch.setattr(Archive, "read", lambda self, name, *a, **k: read.append(name) or whole(self, name, *a, **k))
    result, rules = checked(pbit(tmp_path, model(pupils(typed())), report("Pupils", "Late", "Mean")))
    assert cells(result, "Pupils") == {"F": 2, "M": 1}  # F and f are one
    assert cells(result, "Late") == {"F": 1, "M": 1}
    assert cells(result, "Mean") == {"F": 1, "M": 1}
    assert result.complete, [f.message for f in result.findings]
    assert {"EX001", "EX002"} <= rules
    (rows,) = [f for f in result.findings if f.rule == "EX001"]
    assert "Those of Pupil are typed into the query itself" in rows.message
    assert rows.location.part == "DataModelSchema"
    assert "Report/Layout" in read
    assert not WRITTEN & set(read), "the parent reads no part that may hold rows"
    assert CANARY not in everything(result)


@pytest.mark.parametrize("make", [pbip, None])
def test_a_project_points_to_the_file_and_line(tmp_path, monkeypatch, make):
    read: list[str] = []
    whole = Project.read
    monkeypatch.setattr(Project, "read", lambda self, name: read.append(name) or whole(self, name))
    shown = typed(None, GROUPED)
    roles = [{"name": "Own school", "tablePermissions": [{"name": "Pupil", "filterExpression": "TRUE()"}]}]
    path = pbip(tmp_path, model(pupils(shown), roles=roles)) if make else tmdl(tmp_path, shown)
    result, rules = checked(path)
    assert {"EX001", "EX002", "EX006", "ME001", "ME002"} <= rules
    assert not result.complete
    assert not [name for name in read if name.startswith("Model/")], "the parent reads no part that may hold rows"
    assert CANARY not in everything(result)
    at = {"EX001": "column", "EX006": "role", "ME001": "partition"}
    for finding in result.findings:
        if finding.rule in at:
            where = finding.location
            assert where.line, finding.message
            line = (tmp_path / where.part).read_text().split("\n")[where.line - 1]
            expected = {"EX001": "UPN", "EX006": "Own school", "ME001": '"name": "p"' if make else "partition Pupil"}
            assert expected[finding.rule] in line, (finding.message, line)
    assert "Table.Group changes them" in next(f.message for f in result.findings if f.rule == "ME002")


def test_supplied_rows_take_the_place_of_typed_ones_that_readers_do_not_see(tmp_path):
    (tmp_path / "p.csv").write_text("UPN,Forename,Sex,Score,Born,Initial\n1,a,F,1,,A\n2,b,M,,,B\n3,c,M,,,C\n")
    data = Supplied.of(f"Pupil={tmp_path / 'p.csv'}")
    path = pbit(tmp_path, model(pupils(typed(None, GROUPED))), report("Pupils", rows="Initial"))
    result, rules = checked(path, data)
    assert cells(result, "Pupils") == {"A": 1, "B": 1, "C": 1}  # a calculated column that was exported as well
    assert result.complete, [f.message for f in result.findings]
    assert {"EX001", "EX002"} <= rules, "the typed rows are in the file all the same"


@pytest.mark.parametrize(
    ("header", "shown", "reason"),
    [("Sex,Forename", "Initial", "it is computed"), ("Sex,Sex", "Sex", "the file has several columns of that name")],
)
def test_columns_that_supplied_rows_do_not_give(tmp_path, header, shown, reason):
    (tmp_path / "p.csv").write_text(f"UPN,{header}\n1,F,Ann\n2,M,Bob\n")
    path = pbit(tmp_path, model(pupils("Sql.Database(1)")), report(rows=shown))
    result = recompute(path, LintOptions(data=(Supplied.of(f"Pupil={tmp_path / 'p.csv'}"),)))
    assert result.evidence is not None
    found = result.evidence.visuals["v"]
    assert found.status == "not_evaluated"
    assert reason in found.reasons[0]
    assert any("several columns" in u.reason for u in result.evidence.unread) == reason.startswith("the file")


def test_typed_rows_and_a_calculated_column_that_nothing_uses(tmp_path):
    result = recompute(pbit(tmp_path, model(pupils(typed())), report(rows="Initial")), LintOptions())
    assert result.evidence is not None
    found = result.evidence.visuals["v"]
    assert (found.status, result.complete) == ("not_evaluated", False)
    assert "it is computed" in found.reasons[0]
    assert not result.evidence.unread


def test_a_calculated_table_of_literals_is_data(tmp_path):
    rows = ", ".join(f'{{"{upn}", "{name}", "{sex}"}}' for upn, name, sex, *_ in ROWS)
    formula = f'DATATABLE("UPN", STRING, "Forename", STRING, "Sex", STRING, {{{rows}}})'
    columns = [
        {"name": n, "dataType": "string", "type": "calculatedTableColumn", "sourceColumn": f"[{n}]"}
        for n in ("UPN", "Forename", "Sex")
    ]
    table = pupils("", columns=columns, measures=[{"name": "Pupils", "expression": "COUNTROWS(Pupil)"}])
    table["partitions"] = [{"mode": "import", "source": {"type": "calculated", "expression": formula}}]
    result, rules = checked(pbit(tmp_path, model(table)))
    assert cells(result, "Pupils") == {"F": 2, "M": 1}
    assert {"EX001", "EX002"} <= rules
    assert CANARY not in everything(result)


@pytest.mark.slow
def test_nothing_typed_is_in_any_document_of_a_run(command, tmp_path):
    """Templates and projects, with steps that are followed and steps that are not, and a query that is loaded nowhere."""
    books = tmp_path / "books"
    (books / "a").mkdir(parents=True)
    lost = {"name": "Old", "expression": typed()}
    pbit(books, model(pupils(f'Csv.Document("{CANARY}")'), expressions=[lost]))
    tmdl(books / "a", typed(None, GROUPED))
    wanted = sorted(set(FORMATS) - {"full"})
    files = [a for kind in wanted for a in ("--output", f"{kind}={tmp_path / f'report.{kind}'}")]
    found: subprocess.CompletedProcess[str] = command(
        "check", str(books), *files, "--statistics", "-v", cwd=tmp_path, timeout=300, TMPDIR=str(tmp_path)
    )
    assert found.returncode == 1, found.stderr
    left = {p.name: p.read_text("utf-8", "replace") for p in tmp_path.iterdir() if p.is_file()}
    assert sorted(left) == [f"report.{kind}" for kind in wanted]
    for name, text in {**left, "stdout": found.stdout, "stderr": found.stderr}.items():
        assert not [v for row in ROWS for v in row[:2] if v and v in text], name
