"""Extracts attached in place."""

import hashlib
import os

import pytest

from linter.data.engine import columnar
from linter.data.hyper import redact
from linter.data.process import DataProcess
from linter.errors import Unreadable
from tests.data.conftest import table

hyperapi = pytest.importorskip("tableauhyperapi", reason="the Hyper engine has no build for this platform")
HOSTILE = ['a"b', "it's", "; drop table x; --", "é👍", " ", "a.b", "A", "a", "[x]", "{0}"]


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    """Write extracts: ``extract("a.hyper", {("Extract", "t"): (["x text"], [["r"]])})``."""
    folder = tmp_path_factory.mktemp("extracts")
    made = {}
    telemetry = hyperapi.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    with hyperapi.HyperProcess(telemetry, parameters={"log_config": "", "log_dir": str(folder)}) as engine:

        def write(name, tables):
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            with hyperapi.Connection(engine.endpoint, path, hyperapi.CreateMode.CREATE_AND_REPLACE) as connection:
                for (schema, title), (columns, rows) in tables.items():
                    connection.catalog.create_schema_if_not_exists(hyperapi.SchemaName(schema))
                    definition = hyperapi.TableDefinition(hyperapi.TableName(schema, title), columns)
                    connection.catalog.create_table(definition)
                    with hyperapi.Inserter(connection, definition) as inserter:
                        inserter.add_rows(rows)
                        inserter.execute()
            made[name] = path
            return path

        yield write


def column(name, type_=None, collation=None):
    return hyperapi.TableDefinition.Column(name, type_ or hyperapi.SqlType.text(), collation=collation)


def count(process, loaded, where="true"):
    relation = ".".join('"' + part.replace('"', '""') + '"' for part in loaded.relation)
    return process.query(f"select count(*) from {relation} where {where}", [])["numbers"][0][0]


def test_a_read_only_extract_is_attached_and_left_as_it_was(hyper, extract):
    path = extract("readonly.hyper", {("Extract", "Extract"): ([column("upn")], [["x"], ["y"], [None]])})
    path.chmod(0o444)
    before = hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns
    request = table(path, "upn", table=["Extract", "Extract"])
    described = hyper.describe([request])[request.id]
    assert (described.rows, described.distinct, described.nulls) == (3, {"upn": 2}, {"upn": 1})
    assert (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) == before
    assert sorted(p.name for p in path.parent.iterdir() if p.name.startswith("readonly")) == ["readonly.hyper"]


@pytest.mark.parametrize(("values", "looked_at"), [(range(40), 5), ([1] * 39 + [2, 3, 4, 5, 6, 7], 5), ([1, 2, 1], 2)])
def test_distinct_values_up_to_the_cap_wherever_they_stand(hyper, extract, values, looked_at):
    """Values are sought among the first rows before all rows: the second column has only one there."""
    rows = [[str(v)] for v in values]
    path = extract(f"cap{len(rows)}.hyper", {("Extract", "Extract"): ([column("upn")], rows)})
    request = table(path, "upn", table=["Extract", "Extract"])
    hyper.describe([request])
    assert hyper.judge([(request.id, "upn")], 5)[0]["checked"] == looked_at


def test_two_extracts_with_equal_table_names_stay_apart(hyper, extract):
    name = ("Extract", "Extract")
    first = extract("one/same.hyper", {name: ([column("a")], [["x"]])})
    second = extract("two/same.hyper", {name: ([column("a")], [["y"], ["z"]])})
    requests = [table(p, "a", table=name) for p in (first, second)]
    loaded = hyper.load(requests)
    assert [count(hyper, loaded[r.id]) for r in requests] == [1, 2]
    assert [count(hyper, loaded[r.id], "a = 'x'") for r in requests] == [1, 0]


def test_tables_of_one_name_in_two_schemas(hyper, extract):
    path = extract(
        "schemas.hyper", {("s1", "t"): ([column("a")], [["x"]]), ("s2", "t"): ([column("a")], [["y"], ["z"]])}
    )
    requests = [table(path, "a", table=(schema, "t")) for schema in ("s1", "s2")]
    loaded = hyper.load(requests)
    assert [count(hyper, loaded[r.id]) for r in requests] == [1, 2]


def test_hostile_names_of_tables_and_columns(hyper, extract):
    title = 't"; drop table x; --'
    path = extract(
        "names.hyper", {('s".x', title): ([column(n) for n in HOSTILE], [[str(i) for i in range(len(HOSTILE))]])}
    )
    request = table(path, *HOSTILE, table=('s".x', title))
    described = hyper.describe([request])[request.id]
    assert described.distinct == dict.fromkeys(HOSTILE, 1)
    judged = hyper.judge([(request.id, n) for n in HOSTILE], cap=10)
    assert [j["checked"] for j in judged] == [1] * len(HOSTILE)


def test_collation_of_the_extract_groups_and_counts(hyper, extract):
    path = extract(
        "collated.hyper",
        {("Extract", "t"): ([column("ci", collation="en_GB_CI"), column("cs")], [["SEN", "SEN"], ["sen", "sen"]])},
    )
    request = table(path, "ci", "cs", table=("Extract", "t"))
    assert hyper.describe([request])[request.id].distinct == {"ci": 1, "cs": 2}


def test_types_and_missing_columns(hyper, extract):
    kinds = {
        "i": hyperapi.SqlType.big_int(), "r": hyperapi.SqlType.double(), "d": hyperapi.SqlType.date(),
        "t": hyperapi.SqlType.timestamp(), "b": hyperapi.SqlType.bool(), "n": hyperapi.SqlType.numeric(9, 2),
        "g": hyperapi.SqlType.tabgeography(), "v": hyperapi.SqlType.bytes(),
    }  # fmt: skip
    path = extract("types.hyper", {("Extract", "t"): ([column(k, v) for k, v in kinds.items()], [])})
    request = table(path, *kinds, "gone", table=("Extract", "t"))
    described = hyper.describe([request])[request.id]
    assert described.types == {
        "i": "integer", "r": "real", "d": "date", "t": "datetime", "b": "boolean", "n": "real",
        "g": "geometry", "v": "other",
    }  # fmt: skip
    assert described.rows == 0
    assert described.problems == {"gone": "the extract has no such column"}


def test_a_table_that_is_not_there(hyper, extract):
    path = extract("two.hyper", {("Extract", "a"): ([column("x")], []), ("Extract", "b"): ([column("x")], [])})
    request = table(path, "x", table=("Extract", "c"))
    assert hyper.describe([request])[request.id].problem == "the extract holds no table 'Extract.c'"


def test_one_bad_extract_does_not_stop_the_others(hyper, extract, tmp_path):
    good = table(extract("good.hyper", {("Extract", "t"): ([column("x")], [["y"]])}), "x", table=("Extract", "t"))
    content = (tmp_path / "bad.hyper", tmp_path / "gone.hyper")
    content[0].write_bytes(b"Hyper and then nothing of the kind" * 100)
    bad = [table(path, "x", table=("Extract", "t")) for path in content]
    described = hyper.describe([*bad, good])
    assert all(described[b.id].problem.startswith("the extract can't be opened") for b in bad)
    assert described[good.id].rows == 1


@pytest.mark.skipif(os.name == "nt", reason="such a name is not possible there")
def test_an_extract_of_a_hostile_file_name(hyper, extract):
    path = extract('a\'; drop "x" --é.hyper', {("Extract", "t"): ([column("x")], [["y"]])})
    request = table(path, "x", table=("Extract", "t"))
    assert hyper.describe([request])[request.id].rows == 1


@pytest.mark.parametrize(
    "statement", ["delete from {t}", "drop table {t}", "insert into {t} values ('z')", "update {t} set a = 'z'"]
)
def test_the_engine_cannot_write_into_an_extract(hyper, extract, statement):
    path = extract(f"target_{statement[:6]}.hyper", {("Extract", "t"): ([column("a")], [["x"]])})
    before = path.read_bytes()
    request = table(path, "a", table=("Extract", "t"))
    loaded = hyper.load([request])[request.id]
    with pytest.raises(Unreadable, match="read-only"):
        hyper.query(statement.format(t=".".join(f'"{p}"' for p in loaded.relation)), [])
    assert path.read_bytes() == before


def test_two_processes_read_one_extract_at_the_same_time(hyper, extract):
    path = extract("shared.hyper", {("Extract", "t"): ([column("a")], [["x"]])})
    request = table(path, "a", table=("Extract", "t"))
    assert hyper.describe([request])[request.id].rows == 1
    with DataProcess() as other:
        other.open_hyper()
        assert other.describe([request])[request.id].rows == 1


# -- results and messages ------------------------------------------------------------------------


def test_results_are_coded_by_column():
    rows = [("a", 1.0, 5), ("b", None, 6), ("a", 2.5, None)]
    assert columnar(rows, 2, [False, False]) == {
        "groups": [
            {"labels": ["a", "b"], "codes": [0, 1, 0]},
            {"labels": ["1", None, "2.5"], "codes": [0, 1, 2]},
        ],
        "numbers": [[5, 6, 0]],
        "cells": 3,
    }
    assert columnar([], 1, [True]) == {"groups": [{"labels": [], "codes": []}], "numbers": [], "cells": 0}


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("could not load database: file is truncated: DatabaseId: 3f", "could not load database: file is truncated"),
        (
            "Conversion Error: Could not convert string 'O'Brien' to INT32",
            "Conversion Error: Could not convert string …",
        ),
        ('bad text "Ann\nSmith"', "bad text …"),
        ("day 31 is invalid", "day … is invalid"),
        ("", "no reason given"),
        ("'Ann'", "no reason given"),
    ],
)
def test_messages_lose_whatever_may_be_a_value(message, kept):
    assert redact(message) == kept
