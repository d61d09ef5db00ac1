"""Definitions of models as people and other tools write them: TMDL in other dress, and words that nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from linter.data.definition import template, tmdl, words
from linter.data.duck import DuckEngine
from linter.parsers.powerbi import read
from linter.parsers.powerbi.catalogue import build
from tests import typed
from tests.parsers.powerbi import build as b
from tests.parsers.powerbi.test_items import GROUP
from tests.parsers.powerbi.test_pbir import FILES, container, project, projection, stored

REPORT = {f"R.Report/definition/{name}": content for name, content in FILES.items()}
PUPIL = """table Pupil
\tmeasure Pupils = COUNTROWS(Pupil)
\tcolumn UPN
\t\tdataType: string
\t\tsourceColumn: UPN
"""


def table(*lines: str, name: str = "Pupil") -> dict[str, Any]:
    text = "\n".join([f"table {name}", *(f"\t{line}" for line in lines)])
    (found,) = tmdl.model({"t": text})["tables"]
    return found


def written(tmp_path, **files: str):
    """The workbook of a project whose model has those files beside the table Pupil."""
    model = {"tables/Pupil.tmdl": PUPIL} | {f"{name}.tmdl": text for name, text in files.items()}
    tree = REPORT | {f"R.SemanticModel/definition/{name}": text for name, text in model.items()}
    return b.book(project(tmp_path, tree))


def reasons(workbook) -> list[str]:
    return [unread.reason for unread in workbook.unread if not unread.blocks_data]


@pytest.mark.parametrize(
    "lines",
    [
        ["measure m = SUM(", "\t\tPupil[Score])"],
        ["measure m =", "\t\tSUM(", "", "\t\t\tPupil[Score])"],
        ["measure m = ```", "\t\tSUM(", "\t\tPupil[Score])", "\t\t```"],
        ["measure m =", "\tSUM(", "\tPupil[Score])"],  # written by hand, beside the properties
        ["// said of it", "Measure m = SUM(", "\t\tPupil[Score])", "\t// and of its looks"],
    ],
)
def test_an_expression_ends_where_the_properties_begin(lines):
    (measure,) = table(*lines, "\tformatString: 0", "\tisHidden", "column c")["measures"]
    assert "".join(measure["expression"].split()) == "SUM(Pupil[Score])"
    assert (measure["name"], measure["formatString"], measure["isHidden"]) == ("m", "0", True)


@pytest.mark.parametrize("level", [2, 4])
def test_levels_of_spaces(level):
    spaced = PUPIL.replace("\t", " " * level)
    assert tmdl.model({"t": spaced}) == tmdl.model({"t": PUPIL})


def test_letter_case_means_nothing():
    (column,) = table("COLUMN 'Date of birth'", "\tdatatype: DateTime", "\tSortByColumn: 'Born on'")["columns"]
    assert (column["dataType"], column["sortByColumn"]) == ("dateTime", "Born on")


def test_enclosed_values_are_what_stands_in_them():
    (column,) = table("column c", '\tsourceColumn: "the ""c"" of it "')["columns"]
    assert column["sourceColumn"] == 'the "c" of it '


def test_a_table_may_be_declared_in_several_places(tmp_path):
    workbook = written(tmp_path, more="table Pupil\n\tmeasure Twice = 2 * [Pupils]\n\tcolumn Sex\n")
    (source,) = workbook.sources
    assert [(t.id, [c.name for c in t.columns]) for t in source.tables] == [("Pupil", ["Sex", "UPN"])]


def test_queries_and_sources_of_models_from_elsewhere(tmp_path):
    provider = "dataSource old\n\ttype: provider\n\tconnectionString: Data Source=sql1;Initial Catalog=Marks\n"
    structured = (
        "dataSource new\n\ttype: structured\n\tconnectionDetails\n\t\tprotocol: tds\n\t\taddress\n"
        "\t\t\tserver: sql2\n\t\t\tdatabase: Pupils\n"
    )
    asked = "table Old\n\tpartition p = query\n\t\tsource\n\t\t\tquery: SELECT * FROM marks\n\t\t\tdataSource: old\n"
    policy = (
        "table New\n\trefreshPolicy\n\t\tpolicyType: basic\n"
        '\t\tsourceExpression = let a = File.Contents("C:\\Users\\al\\x.csv") in a\n'
    )
    workbook = written(tmp_path, a=provider, b=structured, c=asked, d=policy)
    (source,) = workbook.sources
    assert {"SELECT * FROM marks"} <= {t.origin for t in source.tables}
    assert {"sql1", "sql2"} <= {c.server for c in source.connections}
    assert "C:\\Users\\al\\x.csv" in {c.path for c in source.connections}
    assert reasons(workbook) == []


def test_what_is_known_to_change_no_number_is_not_mentioned(tmp_path):
    model = """model Model
\tculture: en-GB
\tdiscourageImplicitMeasures
\tqueryGroup Loads
\t\tannotation PBI_QueryGroupOrder = 0
ref table Pupil
ref cultureInfo en-GB
annotation PBI_QueryOrder = ["Pupil"]
perspective Some
\tperspectiveTable Pupil
\t\tperspectiveMeasure Pupils
cultureInfo en-GB
\tlinguisticMetadata = {"Version": "1.0.0"}
\ttranslations
\t\tmodel Model
\t\t\ttable Pupil
\t\t\t\tcaption: Learner
function Twice = (x) => 2 * x
\tlineageTag: 1
"""
    more = "table Pupil\n\tdetailRowsDefinition = Pupil\n\tcalendar Years\n\t\tcalendarColumnGroup = year\n"
    assert reasons(written(tmp_path, model=model, more=more)) == []


def test_scripts_are_no_part_of_the_model(tmp_path):
    tree = REPORT | {
        "R.SemanticModel/definition/tables/Pupil.tmdl": PUPIL,
        "R.SemanticModel/TMDLScripts/change.tmdl": "createOrReplace\n\ttable Pupil\n\t\tcolumn Gone\n",
    }
    (found,) = b.book(project(tmp_path, tree)).sources[0].tables
    assert [c.name for c in found.columns] == ["UPN"]


def test_words_that_nobody_knows_are_said_where_they_stand(tmp_path):
    workbook = written(tmp_path, more="table Pupil\n\tcolumn UPN2\n\t\tblurred: true\n\nsecretary s\n\tblurred\n")
    assert [(u.part, u.line, u.reason) for u in workbook.unread if not u.blocks_data] == [
        ("Model/definition/more.tmdl", 3, "what 'blurred' means in a model is not known"),
        ("Model/definition/more.tmdl", 5, "what 'secretary' means in a model is not known"),
    ]


def test_unknown_words_of_the_json_form():
    odd = {"name": "Pupil", "columns": [{"name": "c", "blur": 1}], "perspectives": {"anything": 1}}
    assert [(word, tree["name"]) for word, tree in words.strange({"tables": [odd]})] == [("blur", "c")]


def test_a_relationship_to_a_column_that_is_not_there_is_said(tmp_path):
    link = "relationship r\n\tfromColumn: Pupil.URN\n\ttoColumn: School.URN\n"
    (reason,) = reasons(written(tmp_path, relationships=link))
    assert "relationship" in reason


def test_an_ignore_of_the_whole_model_stands_behind_its_tables(tmp_path):
    note = "model Model\n\tculture: en-GB\n\nref table Pupil\n\nannotation disclint.ignore = SC001: agreed\n"
    (ignore,) = written(tmp_path, model=note).ignores
    assert ignore.text == "SC001: agreed"


@pytest.mark.parametrize(
    ("kind", "formula", "said"),
    [
        ("noSelectionExpression", "CALCULATE(1)", (True, False)),
        ("multipleOrEmptySelectionExpression", ["CALCULATE(", "1)"], (False, True)),
        ("noSelectionExpression", [" SelectedMeasure( )", ""], (False, False)),  # it is there for its format
    ],
)
def test_what_a_calculation_group_does_without_one_item_picked(kind, formula, said):
    group = GROUP | {"calculationGroup": GROUP["calculationGroup"] | {kind: {"expression": formula}}}
    model = build(template.rows({**b.MODEL, "tables": [*b.MODEL["tables"], group]}), None, "a template holds no rows")
    (only,) = model.schema.groups
    assert (only.unpicked, only.several) == said


def test_what_no_schema_of_reports_has_is_said(tmp_path):
    odd = container("v", "card", {"Values": [projection(b.measure("Pupils"), mystery=1)]}, riddle=True)
    files = {**FILES, "pages/late/visuals/v/visual.json": odd, "pages/late/extra.json": {}}
    workbook = read(stored(tmp_path / "r.pbix", files), "0", b.metadata())
    assert sorted(u.part.rpartition("/")[2] for u in workbook.unread) == ["extra.json", "visual.json", "visual.json"]
    assert {word for u in workbook.unread for word in ("'riddle'", "'mystery'") if word in u.reason} == {
        "'riddle'",
        "'mystery'",
    }


def test_saved_queries_and_row_security_of_a_project_are_texts(tmp_path):
    roles = [{"name": "Own", "tablePermissions": [{"name": "Pupil", "filterExpression": 'Pupil[UPN] = "x"'}]}]
    path = typed.pbip(tmp_path, typed.model(typed.pupils("let a = 1 in a"), roles=roles))
    queries = tmp_path / "R.SemanticModel" / "DAXQueries"
    queries.mkdir()
    (queries / "Query 1.dax").write_text("EVALUATE Pupil")
    engine = DuckEngine(path)
    texts = {t.where: (t.part, t.text) for t in read(path, "", engine.metadata()).texts}
    engine.close()
    assert texts["saved query"] == ("Model/DAXQueries/Query 1.dax", "EVALUATE Pupil")
    assert texts["saved filter of role 'Own'"] == ("Model/model.bim", 'Pupil[UPN] = "x"')
