"""Projects are text: every place of the model is a line of a file, and that line defines what it says."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from linter.engine import LintOptions, lint
from linter.findings import Confidence, Finding, Severity
from linter.json_tree import decode, line_of
from linter.location import Location
from linter.model import Ignore, Workbook
from linter.parsers.powerbi import read
from linter.places import located
from linter.rules import load_rules
from tests.parsers.powerbi import build
from tests.samples import sample

PROJECTS = ("inventory-pbir-pbip", "ms-sales-legacy-pbip", "school-attendance-pbip")
IGNORE = "SC001,EX003 until 2026-12-31: agreed"


def unpacked(name: str, folder: Path) -> Path:
    with tarfile.open(sample("powerbi", f"{name}.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    (project,) = folder.rglob("*.pbip")
    return project


def line(project: Path, book: Workbook, part: str, number: int) -> str:
    return (project.parent / book.files.get(part, part)).read_text("utf-8-sig").split("\n")[number - 1]


@pytest.mark.samples
@pytest.mark.parametrize("name", PROJECTS)
def test_every_place_of_a_project_is_the_line_that_defines_it(name, tmp_path):
    project = unpacked(name, tmp_path)
    book = build.book(project)
    assert {p.of for p in book.places} - {"role"} == {"visual", "page", "model", "load"}
    assert {p.visual for p in book.places if p.of == "visual"} >= {v.id.rpartition("/")[2] for v in book.visuals}
    for place in book.places:
        text = line(project, book, place.part, place.line)
        if place.of == "role":
            assert text == f"role '{place.field}'"
        elif place.of == "load":
            assert "partition" in text
        elif place.of == "model":
            assert (place.field or "model").replace("'", "''") in text
        elif place.visual and place.part.endswith("report.json"):
            of_filters = '"filters"' in text and place.field in text  # a legacy container is one line, its filters one
            assert of_filters or place.visual.rpartition("/")[2] in text
        elif place.field and name.startswith("ms-sales"):
            assert '"filters"' in text
            assert place.field in text
        elif place.field:
            assert '"Property"' in text or '"Level"' in text
        else:
            assert json.dumps(place.visual or place.page, ensure_ascii=False) in text


@pytest.mark.samples
@pytest.mark.parametrize("name", PROJECTS)
def test_findings_about_something_in_a_project_have_its_line(name, tmp_path):
    project = unpacked(name, tmp_path)
    result = lint(project, LintOptions(), load_rules())
    assert result.workbook is not None
    assert result.findings
    for finding in result.findings:
        where = finding.location
        if where.visual_id or where.field or finding.rule in {"DR007", "EX006"}:
            assert where.line, finding.message
        if where.line:
            text = line(project, result.workbook, where.part, where.line)
            named = (where.field, where.visual_id, where.page, "settings", "config", "model", "exportDataMode")
            named += {"ME001": ("partition",), "EX006": ("role ",)}.get(finding.rule, ())
            assert any(n in text for n in named if n), finding.message


TMDL = """\
table Pupil
\tannotation PBI_ResultType = Table
\tannotation disclint.ignore = SC001,EX003 until 2026-12-31: agreed

\t/// what counts
\tmeasure Pupils =
\t\t\tCOUNTROWS(Pupil)
\t\tannotation disclint.ignore = SC002

\tcolumn 'Born on'
\t\tdataType: dateTime

\t\tannotation 'disclint.ignore' = EX002 until 2027-01-01: a birthday
"""


@pytest.fixture
def project(tmp_path):
    """A small PBIR project whose report and model carry annotations."""
    note = {"name": "disclint.ignore", "value": IGNORE}
    visual = {
        "name": "v1",
        "visual": {
            "visualType": "tableEx",
            "query": {"queryState": {"Values": {"projections": [{"field": build.column("Pupil", "Born on")}]}}},
        },
        "annotations": [{"name": "other", "value": "x"}, note],
    }
    files = {
        "R.pbip": {},
        "R.Report/definition.pbir": {"datasetReference": {"byPath": {"path": "../R.SemanticModel"}}},
        "R.Report/definition/report.json": {"annotations": [note], "settings": {"exportDataMode": "None"}},
        "R.Report/definition/pages/p1/page.json": {"name": "p1", "displayName": "One", "annotations": [note]},
        "R.Report/definition/pages/p1/visuals/v1/visual.json": visual,
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content, indent=2))
    model = tmp_path / "R.SemanticModel/definition"
    (model / "tables").mkdir(parents=True)
    (model / "model.tmdl").write_text("model Model\n\tannotation disclint.ignore = MF001\n")
    (model / "tables/Pupil.tmdl").write_text(TMDL)
    return tmp_path / "R.pbip"


def test_what_authors_ask_to_ignore_is_kept_with_its_place(project):
    book = build.book(project)
    assert {(i.object, i.table, i.text) for i in book.ignores} == {
        ("", "", "MF001"),
        ("", "", IGNORE),
        ("p1", "", IGNORE),
        ("v1", "", IGNORE),
        ("Pupil", "", IGNORE),
        ("Pupils", "Pupil", "SC002"),
        ("Born on", "Pupil", "EX002 until 2027-01-01: a birthday"),
    }
    for ignore in book.ignores:
        text = line(project, book, ignore.part, ignore.line or 0)
        assert ignore.text in text


def test_a_model_file_in_json_gives_lines_and_annotations_too(tmp_path):
    model = json.loads(json.dumps(build.MODEL))
    model["tables"][0]["columns"][0]["annotations"] = [{"name": "disclint.ignore", "value": "EX002"}]
    folder = tmp_path / "R.SemanticModel"
    folder.mkdir()
    (folder / "model.bim").write_text(json.dumps({"model": model}, indent=1))
    (tmp_path / "R.Report").mkdir()
    (tmp_path / "R.Report/report.json").write_text(json.dumps(build.layout(build.page("p")), indent=1))
    project = tmp_path / "R.pbip"
    project.write_text("{}")
    book = build.book(project)
    (ignore,) = book.ignores
    assert (ignore.object, ignore.table, ignore.text) == ("UPN", "Pupil", "EX002")
    fields = [p for p in book.places if p.of == "model" and p.field]
    assert {(p.table, p.field) for p in fields} >= {("Pupil", "UPN"), ("Pupil", "Pupils"), ("", "School")}
    for place in fields:
        assert f'"{place.field}"' in line(project, book, place.part, place.line)


def test_what_several_fields_could_mean_has_the_line_of_the_one_that_is_meant(project):
    tables = project.parent / "R.SemanticModel/definition/tables"
    (tables / "Staff.tmdl").write_text("table Staff\n\n\n\tcolumn 'Born on'\n\t\tdataType: dateTime\n")
    book = build.book(project)

    def found(*fields: str) -> Location:
        given = Finding(
            "EX002", "x", Severity.ERROR, Confidence.HIGH, "m", Location("", field="Born on"), "", fields=fields
        )
        return located([given], book)[0].location

    assert found().line is None
    assert (found("Staff.Born on").part, found("Staff.Born on").line) == (
        "R.SemanticModel/definition/tables/Staff.tmdl",
        4,
    )


def test_containers_that_are_no_text_have_neither_lines_nor_files(tmp_path):
    report = build.layout(build.page("p", build.visual("v", "tableEx", {"Values": [build.column("Pupil", "UPN")]})))
    rows = {**build.metadata(), "Annotation": []}
    table = next(row for row in rows["Table"] if row["Name"] == "Pupil")
    rows["Annotation"] = [
        {"ID": 9, "ObjectType": 3, "ObjectID": table["ID"], "Name": "disclint.ignore", "Value": "SC001"}
    ]
    book = read(build.pbix(tmp_path / "a.pbix", report, DataModel=b"x"), "0", rows)
    assert (book.places, book.files) == ((), {})
    assert book.ignores == (Ignore("DataModel", "Pupil", "SC001"),)


@pytest.mark.parametrize(
    ("text", "keys", "expected"),
    [
        ('{\n"a":\n1}', ("a",), 2),
        ('{"s": "{\\"a\\": }",\n"a": {"b":\n {}}}', ("a",), 2),
        ('[{},\n{"b" :1, "a"\n: 2}]', ("a",), 2),
    ],
)
def test_lines_of_keys(text, keys, expected):
    value = decode(text.encode(), "part", lined=True)
    assert line_of(value[1] if isinstance(value, list) else value, *keys) == expected
