"""Typed rows inside the data process: read, cut out of what goes on, typed as the model says."""

from __future__ import annotations

import datetime as dt
import json
from time import process_time

import pytest

from linter.data.casting import cast
from linter.data.definition.cutting import cut
from linter.data.duck import DuckEngine
from linter.data.engine import COMPUTED, ColumnRequest, TableRequest
from linter.data.typed import TypedTables
from linter.formulas.power_query import without_rows
from linter.formulas.typed import MARK
from tests.typed import AS_NAMES, AS_ROWS, CANARY, WAYS, model, packed, pbit, pupils, typed

T = dt.datetime
ASKED = {"UPN": "text", "Forename": "text", "Sex": "text", "Score": "real", "Born": "datetime"}
CHOSEN = 'Table.RenameColumns(Table.SelectColumns(_, {"Sex", "Born"}), {"Sex", "Gender"})'


def request(held, columns):
    wanted = tuple(ColumnRequest(n, n, kind) for n, kind in columns.items())
    return TableRequest("t", "typed", "", (held["key"],), wanted)


def opened(tmp_path, query, **more):
    engine = DuckEngine(pbit(tmp_path, model(pupils(query), **more)))
    return engine, engine.metadata()


def loaded(engine, held, columns):
    (table,) = engine.load([request(held, columns)])
    assert not table.problem, table.problem
    (name,) = table.relation
    return table, engine.rows(f"SELECT * FROM {name} ORDER BY ALL")


@pytest.mark.parametrize("source", WAYS)
def test_every_way_to_type_rows_is_read_and_leaves_none_of_them(tmp_path, source):
    engine, told = opened(tmp_path, typed(source))
    assert CANARY not in json.dumps(told)
    assert MARK in told["Partition"][0]["QueryDefinition"]
    (described,) = engine.describe([request(told["Table"][0]["Typed"], ASKED)])
    assert (described.rows, described.distinct["Sex"], described.nulls["Score"]) == (3, 2, 1)
    table, rows = loaded(engine, told["Table"][0]["Typed"], ASKED)
    assert table.types == ASKED
    assert rows[2] == ("R801200001002", f"{CANARY}2", "f", None, T(2010, 9, 1))
    engine.close()


@pytest.mark.parametrize(
    ("steps", "columns", "kept"),
    [
        ([CHOSEN], ["Gender", "Born"], True),
        (['Table.Sort(_, {{"Sex", 0}})', "Table.Buffer(_,)"], list(ASKED), False),
        (['Table.RemoveColumns(_, {"Forename", "Gone"}, MissingField.Ignore)'], ["UPN", "Sex", "Score", "Born"], True),
        (['Table.AddColumn(_, "Age", each 1)'], [*ASKED, "Age"], False),
        (['Table.SelectRows(_, each [Sex] = "F")'], "Table.SelectRows changes them", True),
        (['Table.Group(_, {"Sex"}, {})'], "Table.Group changes them", True),
        (['Table.ReplaceValue(_, "F", "Girl", 1, {"Sex"})'], "Table.ReplaceValue changes them", True),
        (["Table.PromoteHeaders(_,)"], "Table.PromoteHeaders changes them", True),
        (["MyOwn(_, 1)"], "a step that is not known changes them", True),
        (['Table.RenameColumns(_, {"Sex", "UPN"})'], "two of their columns have the same name", True),
        (['Table.RemoveColumns(_, "Gone")'], "a step names a column that is not there", True),
        (["if true then 1 else 2"], "a step that is not known changes them", True),
    ],
)
def test_steps_are_followed_or_said(tmp_path, steps, columns, kept):
    engine, told = opened(tmp_path, typed(None, *steps))
    assert CANARY not in json.dumps(told)
    table = told["Table"][0]
    if isinstance(columns, list):
        assert table["Typed"]["columns"] == columns
    else:
        assert table["Typed"]["problem"].endswith(columns)
    assert [held["columns"] for held in table.get("Kept", ())] == ([list(ASKED)] if kept else [])
    engine.close()


def test_a_column_that_a_step_computes_has_no_values(tmp_path):
    engine, told = opened(tmp_path, typed(None, 'Table.AddColumn(_, "Age", each 1)'))
    table, rows = loaded(engine, told["Table"][0]["Typed"], {"Age": "integer", "Sex": "text"})
    assert (table.problems, len(rows)) == ({"Age": COMPUTED}, 3)
    engine.close()


@pytest.mark.parametrize(
    ("catalogue", "typed_as", "kept"),
    [
        # a query of its own that a table is loaded from by name
        ({"Partition": ["let a = Source in a"], "Expression": [("Source", WAYS[2])]}, "key", ["Source"]),
        ({"Partition": [WAYS[2], WAYS[3]]}, "key", []),
        ({"Partition": [WAYS[2], "Sql.Database(1)"]}, "problem", ["Pupil"]),
        ({"Partition": [WAYS[2]], "RefreshPolicy": [("", WAYS[2])]}, "problem", ["Pupil"]),
        ({"Partition": ["Table.Combine({" + f"{WAYS[2]}, {WAYS[6]}" + "})"]}, "problem", ["Pupil", "Pupil"]),
        ({"Partition": ["Sql.Database(1)"], "Mashup": [("", f"section S; shared Q = {WAYS[2]};")]}, "", ["Q"]),
        ({"Partition": [WAYS[2]], "Mashup": [("", f"section S; shared Q = {WAYS[2]};")]}, "key", []),
        ({"Partition": ["let a = a in a"], "Expression": [("Pupil", WAYS[2])]}, "", ["Pupil"]),
        ({"Partition": ["Csv.Document(Text.ToBinary(" + f'"UPN#(lf){CANARY}"' + "))"]}, "problem", []),
        ({"Partition": [f'Table.FromRows(Json.Document(Binary.FromText("{CANARY}=", 0)), {AS_NAMES})']}, "key", []),
        ({"Partition": [WAYS[2].replace("Zebedee1", '" & "Zebedee1')]}, "key", []),
        ({"Partition": [f"let a = {AS_ROWS}"]}, "", []),
        ({"Partition": ["{" * 500 + f'"{CANARY}"']}, "problem", []),
        ({"Partition": ["let a = " * 500 + WAYS[2] + " in a" * 500]}, "problem", []),
        ({"Partition": [f"let a = let b = 1 in {AS_ROWS} in #table({AS_NAMES}, a)"]}, "key", []),
        ({"Partition": [f"let f = () => {AS_ROWS} in #table({AS_NAMES}, f())"]}, "key", []),
        ({"Partition": [f"#table({AS_NAMES}, if true then {AS_ROWS} else {AS_ROWS})"]}, "key", []),
        ({"Partition": [f"#table({AS_NAMES}, try {AS_ROWS} otherwise {{}})"]}, "key", []),
        ({"Partition": [f'let b = "," & "in", a = {AS_ROWS} in #table({AS_NAMES}, a)']}, "key", []),
        ({"Partition": [f'Csv.Document("UPN" & "#(lf){CANARY}")']}, "problem", []),
    ],
)
def test_wherever_rows_are_typed_they_are_found(catalogue, typed_as, kept):
    rows = {"Table": [{"ID": 1, "Name": "Pupil"}]}
    rows["Partition"] = [{"TableID": 1, "Type": 4, "QueryDefinition": q} for q in catalogue["Partition"]]
    for kind in ("Expression", "RefreshPolicy", "Mashup"):
        key = "SourceExpression" if kind == "RefreshPolicy" else "Expression"
        rows[kind] = [{"TableID": 1, "Name": name, key: q} for name, q in catalogue.get(kind, ())]
    cut(rows, TypedTables())
    said = rows["Table"][0].get("Typed", {})
    assert ("key" in said, "problem" in said) == (typed_as == "key", typed_as == "problem")
    held = [k["of"] for found in rows.values() for row in found for k in row.get("Kept", ())]
    assert held == kept
    if "let a = {" not in catalogue["Partition"][0]:
        assert CANARY not in json.dumps(rows)


@pytest.mark.parametrize(
    ("stored", "query", "kept"),
    [
        (3, typed(), False),  # the stored rows are the typed ones
        (3, typed(None, CHOSEN), True),  # names that the model left out are still in the query
        (3, typed(None, 'Table.SelectRows(_, each [Sex] = "F")'), True),
        (0, typed("#table({}, {})"), False),
    ],
)
def test_beside_stored_rows_only_what_they_lack_is_kept(stored, query, kept):
    rows = {
        "Table": [{"ID": 1, "Name": "Pupil", "RowCount": stored}],
        "Partition": [{"TableID": 1, "Type": 4, "QueryDefinition": query}],
    }
    cut(rows, TypedTables())
    assert bool(rows["Table"][0].get("Kept")) == kept
    assert "Typed" not in rows["Table"][0] or not stored


@pytest.mark.parametrize(
    ("formula", "columns", "rows"),
    [
        ('DATATABLE("UPN", STRING, "N", INTEGER, {{"Zebedee", 1}, {"Z", BLANK()}})', ["UPN", "N"], 2),
        ('{("Zebedee", 1), ("Z", -2)}', ["Value1", "Value2"], 2),
        ('{"Zebedee"}', ["Value"], 1),
        ('ROW("UPN", "Zebedee")', ["UPN"], 1),
        ('UNION(ROW("UPN", "Zebedee"), ROW("UPN", "Z"))', ["UPN"], 2),
        ('SELECTCOLUMNS({("Zebedee", 1)}, "UPN", [Value1])', ["UPN"], 1),
        ('FILTER({("Zebedee", 1)}, [Value2] = 1)', None, 1),
        ("{(" * 200 + '"Zebedee"' + ")}" * 200, None, None),
        ("DATATABLE(1, 2, {" * 200 + '"Zebedee"' + "})" * 200, None, None),
        ('{"Zebedee', None, None),
    ],
)
def test_calculated_tables_of_literals(formula, columns, rows):
    catalogue = {
        "Table": [{"ID": 1, "Name": "T"}],
        "Partition": [{"TableID": 1, "Type": 2, "QueryDefinition": formula}],
    }
    held = TypedTables()
    cut(catalogue, held)
    assert CANARY not in json.dumps(catalogue)
    said = catalogue["Table"][0]["Typed"]
    assert said.get("columns") == columns
    if columns:
        assert len(held.flat(request(said, dict.fromkeys(columns, "text"))).rows) == rows
    else:
        assert len(catalogue["Table"][0].get("Kept", ())) == (rows or 0)


def test_field_parameters_and_computed_tables_stay_as_they_are():
    for formula in ('{("Sex", NAMEOF(Pupil[Sex]), 0)}', "CALENDAR(1, 2)"):
        catalogue = {
            "Table": [{"ID": 1, "Name": "T"}],
            "Partition": [{"TableID": 1, "Type": 2, "QueryDefinition": formula}],
        }
        cut(catalogue, TypedTables())
        assert catalogue["Partition"][0]["QueryDefinition"] == formula
        assert "Typed" not in catalogue["Table"][0]


@pytest.mark.parametrize(
    "query",
    [
        'Csv.Document(File.Contents("C:\\a.csv"), [Delimiter = ","])',
        'let S = Sql.Database("s", "d"){[Schema = "dbo", Item = "x"]}[Data], R = Table.RenameColumns(S, {{"a", "b"}}) in R',
        'let L = {"UPN", "Sex"}, S = Table.SelectColumns(Excel.Workbook(File.Contents("p")), L) in S',
        'let D = Web.Contents("u", [Query = [a = "b"]]), T = Table.FromRecords(Json.Document(D)[items]) in T',
        'let R = Table.RenameColumns(S, {{"a", "b"}}), T = Table.FromRecords(Table.ToRecords(R)) in T',
        '"server.example" meta [IsParameterQuery = true]',
    ],
)
def test_names_paths_and_options_are_no_rows(query):
    assert without_rows(query) == (query, 0)


@pytest.mark.parametrize(
    ("source", "inside", "end"),
    [
        ('#table({"a"}, {{', '"x"', "}})"),
        ("Table.FromList(", '{"x"}', ")"),
        ("Json.Document(", '"x"', ")"),
        ('Table.InsertRows({1}, {"x"}, ', '{"x"}', ")"),
        ("let a = ", '#table({"a"}, {{"x"}})', " in a"),
        ('shared Q = #table({"a"}, {{"x"}});', "", ""),
    ],
)
def test_the_time_for_cutting_grows_with_the_length_alone(source, inside, end):
    begin = process_time()
    assert without_rows(source * 3_000 + inside + end * 3_000)[1] > 0
    assert process_time() - begin < 1  # many times of what it takes; looking at every level again takes 2 s and more


GB, US, DE = "en-GB", "en-US", "de-DE"
REFUSED = "refused"


@pytest.mark.parametrize(
    ("value", "kind", "culture", "expected"),
    [
        ("01/02/2010", "date", GB, dt.date(2010, 2, 1)), ("01/02/2010", "datetime", US, T(2010, 1, 2)),
        ("2010-02-01", "date", "", dt.date(2010, 2, 1)), ("03/03/2010", "date", DE, dt.date(2010, 3, 3)),
        ("01/02/2010", "date", "", REFUSED), ("01.02.2010", "date", DE, REFUSED), ("31/01/2010", "date", US, REFUSED),
        ("01/02/45", "date", GB, REFUSED), ("01/02/10", "date", GB, dt.date(2010, 2, 1)), (40000, "date", GB, REFUSED),
        ("1,234.5", "real", GB, 1234.5), ("1,5", "real", DE, REFUSED), ("1.5", "real", "", REFUSED), ("12", "integer", DE, 12),
        ("1.5", "integer", GB, REFUSED), ("£5", "real", GB, REFUSED), ("50%", "real", GB, 0.5), ("nan", "real", GB, REFUSED),
        ("TRUE", "boolean", "", True), ("yes", "boolean", "", REFUSED), (0, "boolean", "", False),
        ("007", "text", "", "007"), (7.0, "text", "", "7"), (1.5, "text", GB, REFUSED), (True, "text", "", "true"),
        ("", "text", "", ""), ("", "integer", "", None), (None, "text", "", None), ("12:00", "unknown", GB, REFUSED),
        (dt.date(2010, 1, 1), "integer", GB, REFUSED), (dt.date(2010, 1, 1), "datetime", "", T(2010, 1, 1)),
    ],
)  # fmt: skip
def test_values_become_what_the_type_makes_of_them_or_nothing(value, kind, culture, expected):
    try:
        found = cast(value, kind, culture)
    except ValueError:
        found = REFUSED
    assert found == expected


def test_what_a_type_changes_stays_changed(tmp_path):
    """A code that was read as a number lost its zeros before the model made a text of it."""
    source = '#table({"Code"}, {{"007"}, {"1"}})'
    query = f'let a = {source}, b = Table.TransformColumnTypes(a, {{{{"Code", Int64.Type}}}}) in b'
    engine, told = opened(tmp_path, query)
    _, rows = loaded(engine, told["Table"][0]["Typed"], {"Code": "text"})
    assert rows == [("1",), ("7",)]
    engine.close()


def test_a_packed_set_that_is_cut_short_is_a_problem_of_its_table(tmp_path):
    engine, told = opened(
        tmp_path, f'Table.FromRows({packed().replace("=", "")[:-60]}", 0), Compression.Deflate)), {AS_NAMES})'
    )
    (described,) = engine.describe([request(told["Table"][0]["Typed"], ASKED)])
    assert described.rows is None
    assert "can't be read" in described.problem
    engine.close()
