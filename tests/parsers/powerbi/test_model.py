from __future__ import annotations

import base64
import copy
import io
import json
import struct
import zipfile
import zlib

import pytest

from linter.data.definition import older_queries, template, tmdl
from linter.data.definition.cutting import cut
from linter.data.typed import TypedTables
from linter.errors import Unreadable
from linter.expressions import Column, call
from linter.formulas.power_query import without_rows
from linter.formulas.typed import MARK
from linter.model import Connection, Store
from linter.parsers.powerbi import connections, read
from linter.parsers.powerbi.catalogue import build
from linter.parsers.powerbi.partitions import DIRECT_QUERY, NO_DATA
from tests.parsers.powerbi import build as b

LIVE_ROWS = "its rows are queried live from the source (DirectQuery) and are not in the file"
STORE = Store("vertipaq", "DataModel")


def model(catalogue=None):
    return build(catalogue or b.metadata(), STORE, "")


def test_tables_columns_and_stores():
    pupil, school, dates, pick = model().tables
    assert (pupil.id, pupil.store, pupil.unread) == ("Pupil", Store("vertipaq", "DataModel", ("Pupil",)), None)
    assert (dates.generated, dates.hidden, dates.calculated) == (True, True, True)
    assert (pick.calculated, pick.generated, school.calculated) == (True, False, False)
    assert [(c.name, c.type) for c in pupil.columns][:2] == [("UPN", "text"), ("URN", "integer")]
    urn = pupil.column("URN")
    assert urn is not None
    assert urn.hidden


def test_calculated_column_knows_what_it_rests_on():
    band = model().tables[0].column("Band")
    assert band is not None
    assert band.rests_on == (Column("Pupil", "Score"),)


def test_relationships():
    schools, dates = model().relationships
    assert (schools.many, schools.one, schools.unique, schools.both_directions) == ("Pupil", "School", True, False)
    assert schools.on == ((Column("Pupil", "URN"), Column("School", "URN")),)
    assert dates.on == (
        (call("to_date", Column("Pupil", "Born")), call("to_date", Column("LocalDateTable_1", "Date"))),
    )


@pytest.mark.parametrize(
    ("start", "end", "many", "unique", "both"),
    [
        (2, 1, "Pupil", True, False),
        (1, 2, "School", True, False),
        (1, 1, "Pupil", True, True),
        (2, 2, "Pupil", False, False),
    ],
)
def test_relationship_cardinalities(start, end, many, unique, both):
    catalogue = b.metadata()
    catalogue["Relationship"][0] |= {"FromCardinality": start, "ToCardinality": end}
    found = model(catalogue).relationships[0]
    assert (found.many, found.unique, found.both_directions) == (many, unique, both)


def test_fields_carry_lineage_through_measures():
    fields = {f.id: f for f in model().source("embedded").fields}
    twice = fields["Pupil[Twice]"]
    assert (twice.kind, twice.via) == ("measure", ("Pupils",))
    assert fields["Pupil[Band]"].kind == "calculation"


def test_source_has_hierarchies_roles_and_connections():
    source = model().source("embedded")
    assert [(h.caption, h.columns) for h in source.hierarchies] == [
        ("Place", (Column("School", "LA"), Column("School", "School")))
    ]
    assert source.roles == ("Schools",)
    assert source.connections == (Connection("File.Contents", path="C:\\Users\\jo\\s.csv"),)


@pytest.mark.parametrize(
    ("cells", "word"), [({"Mode": DIRECT_QUERY}, "DirectQuery"), ({"State": NO_DATA}, "never loaded")]
)
def test_tables_without_rows_say_why(cells, word):
    catalogue = b.metadata(rows=0)
    catalogue["Partition"][0] |= cells
    pupil = model(catalogue).tables[0]
    assert pupil.store is None
    assert word in (pupil.unread or "")
    assert model(catalogue).tables[1].store is not None


def test_kpi_parts_are_measures():
    catalogue = b.metadata()
    pupils = next(m for m in catalogue["Measure"] if m["Name"] == "Pupils")
    catalogue["KPI"] = [{"MeasureID": pupils["ID"], "StatusExpression": "IF([Pupils] > 1, 1)", "TargetExpression": ""}]
    assert [m.name for m in model(catalogue).measures if m.hidden] == ["_Pupils Status"]


def test_unloaded_calculation_group_poisons_what_uses_it(tmp_path):
    catalogue = b.metadata()
    next(t for t in catalogue["Table"] if t["Name"] == "Pick")["CalculationGroupID"] = 5
    report = b.layout(b.page("p", b.visual("c", "barChart", {"Category": [b.column("Pick", "Pick")]})))
    workbook = read(b.pbix(tmp_path / "r.pbix", report, DataModel=b"x"), "0", catalogue)
    assert "calculation group 'Pick'" in workbook.visuals[0].layers[0].problems[0]


def inline(rows, **options):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(json.dumps(rows, **options).encode()) + packer.flush()
    return (
        f'Table.FromRows(Json.Document(Binary.Decompress(Binary.FromText("{base64.b64encode(packed).decode()}", 0))))'
    )


def test_rows_typed_into_a_query_are_counted_and_cut_out():
    query, rows = without_rows(f"let a = {inline([['Ann'], ['Bob']])}, b = {inline([['Cy']])} in a")
    assert rows == 3
    assert f'Binary.FromText("(2 {MARK})"' in query
    assert without_rows(query) == (query, 0)


@pytest.mark.parametrize("payload", ["====", "AAAA", base64.b64encode(b"\x03\x00").decode()])
def test_rows_that_cannot_be_unpacked_still_count(payload):
    assert without_rows(f'Binary.FromText("{payload}")')[1] == 1


@pytest.mark.parametrize(
    "rows",
    [
        [["a", "b"], ["c", "d"]],
        [["a"]] * 3000,
        [],
        [[]],
        [["a", 1], ["b", 2]],
        [["a", None], ["b", "c"]],
        [["],["], ["x"]],
        [['"],["', "y"], ["x", "z"]],
        [["back\\slash", "y"], ["x", "z"]],
        [["a", ["b"]], ["c", ["d"]]],
        [[["a"], ["b"]]],
        {"a": [["b"], ["c"]]},
    ],
)
def test_rows_of_texts_are_counted_without_being_built(rows):
    expected = len(rows) if isinstance(rows, list) else 1
    assert without_rows(inline(rows, separators=(",", ":")))[1] == without_rows(inline(rows))[1] == expected


def test_inline_rows_never_reach_the_source():
    catalogue = b.metadata()
    catalogue["Partition"][0]["QueryDefinition"] = inline([["Ann"]])
    cut(catalogue, TypedTables())
    origin = model(catalogue).tables[0].origin
    assert MARK in origin
    assert len(origin) < 140


def test_connections_of_queries():
    query = """let a = Sql.Database("srv", "db"), b = Web.Contents("https://x/y"), c = Table.Join("no", "no"),
        d = Sql.Database("srv", "db"), e = Csv.Document(File.Contents("\\\\\\\\share\\\\pupils.csv")) in a"""
    assert connections.of_queries([query]) == (
        Connection("Sql.Database", server="srv", database="db"),
        Connection("Web.Contents", server="https://x/y"),
        Connection("File.Contents", path="\\\\\\\\share\\\\pupils.csv"),
    )


def test_connection_string():
    found = connections.of_string('Data Source=pbi://x;Initial Catalog="cat log";User ID=jo;Password=p', "live")
    assert found == Connection("live", server="pbi://x", database="cat log", username="jo")


TABLE = """/// about pupils
table Pupil
	isHidden

	measure Pupils = COUNTROWS(Pupil)
		formatString: 0

	measure 'Long one' =
			VAR a = 1

			RETURN a
		isHidden

	measure Fenced = ```
			SUM(Pupil[Score])
			```

		kpi
			statusExpression =
				IF([Pupils] > 1, 1)

	column 'Date of birth'
		dataType: dateTime
		variation Variation
			isDefault
			relationship: r1
			defaultHierarchy: LocalDateTable_1.'Date Hierarchy'

	column Band = IF([Score] > 5, "a", "b")
		dataType: string

	partition Pupil = m
		mode: directQuery
		source =
				let
					a = 1
				in
					a

	annotation PBI_Id = 1
"""
DATES = """table LocalDateTable_1
	column Date
		dataType: dateTime

	hierarchy 'Date Hierarchy'
		level Year
			column: Date
"""
LINKS = """relationship r1
	isActive: false
	joinOnDateBehavior: datePartOnly
	fromColumn: Pupil.'Date of birth'
	toColumn: LocalDateTable_1.Date
"""


def test_tmdl():
    catalogue = template.rows(tmdl.model({"a": TABLE, "b": DATES, "c": LINKS}))
    found = build(catalogue, None, "no rows")
    assert [(m.name, m.formula.split(), m.hidden) for m in found.measures] == [
        ("Pupils", ["COUNTROWS(Pupil)"], False),
        ("Long one", ["VAR", "a", "=", "1", "RETURN", "a"], True),
        ("Fenced", ["SUM(Pupil[Score])"], False),
        ("_Fenced Status", ["IF([Pupils]", ">", "1,", "1)"], True),
    ]
    pupil = found.tables[0]
    assert (pupil.hidden, pupil.unread, [c.name for c in pupil.columns]) == (True, LIVE_ROWS, ["Date of birth", "Band"])
    assert pupil.columns[1].formula == 'IF([Score] > 5, "a", "b")'
    assert "a = 1" in pupil.origin
    assert found.variation("pupil", "date of birth", "date hierarchy", "year") == Column("LocalDateTable_1", "Date")
    assert [(r.many, r.one, r.active) for r in found.relationships] == [("Pupil", "LocalDateTable_1", False)]


def test_strange_tmdl_is_not_guessed():
    with pytest.raises(Unreadable) as caught:
        tmdl.parse("table A\n\t%%%", "x.tmdl")
    assert (caught.value.part, caught.value.reason) == ("x.tmdl", "line 2 is not understood")


def test_template_has_a_model_but_no_rows(tmp_path):
    schema = json.dumps({"model": copy.deepcopy(b.MODEL)}).encode("utf-16-le")
    report = b.layout(b.page("p", b.visual("c", "barChart", {"Category": [b.column("Pupil", "Sex")]})))
    workbook = b.book(b.pbix(tmp_path / "r.pbit", report, DataModelSchema=schema))
    (source,) = workbook.sources
    assert source.delivery == "template"
    assert all(t.store is None and t.unread for t in source.tables)
    assert [u.blocks_data for u in workbook.unread] == [True]
    assert workbook.visuals[0].layers[0].grain[0].expr == Column("Pupil", "Sex")


def test_queries_that_load_no_table_are_texts_without_their_rows(tmp_path):
    catalogue = b.metadata()
    catalogue["Expression"] = [
        {
            "ID": 1,
            "Name": "Old",
            "Expression": f'let a = File.Contents("C:\\Users\\al\\x.csv"), b = {inline([["Ann"]])} in b',
        }
    ]
    cut(catalogue, TypedTables())
    workbook = read(b.pbix(tmp_path / "r.pbix", b.layout(), DataModel=b"x"), "0", catalogue)
    (text,) = [t for t in workbook.texts if t.where == "query 'Old'"]
    assert f"1 {MARK}" in text.text
    assert "C:\\Users\\al\\x.csv" in [c.path for c in workbook.sources[0].connections]


def mashup_part(section):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as target:
        target.writestr("Formulas/Section1.m", section)
    return struct.pack("<II", 0, len(package.getvalue())) + package.getvalue() + b"permissions"


def older(path):
    return read(path, "0", {**b.metadata(), "Mashup": older_queries(path)})


def test_queries_of_older_files(tmp_path):
    part = mashup_part('section Section1; shared Q = Sql.Database("srv", "db");')
    workbook = older(b.pbix(tmp_path / "r.pbix", b.layout(), DataModel=b"x", DataMashup=part))
    assert Connection("Sql.Database", server="srv", database="db") in workbook.sources[0].connections
    assert not workbook.unread


@pytest.mark.parametrize(
    "part",
    [b"", b"\0" * 8, mashup_part("x")[:60], struct.pack("<II", 0, 9)],
    ids=["empty", "no package", "cut short", "length only"],
)
def test_damaged_queries_are_told(tmp_path, part):
    workbook = older(b.pbix(tmp_path / "r.pbix", b.layout(), DataModel=b"x", DataMashup=part))
    assert [(u.part, u.blocks_data) for u in workbook.unread] == [("DataMashup", False)]
