"""The database that holds a Power BI model's columns."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from linter.data import duck
from linter.data.duck import DuckEngine, hold, open_database
from linter.data.engine import ColumnRequest, TableRequest
from linter.data.judging import VALUES_CAP
from linter.data.server import Server, answer
from linter.data.vertipaq import Column

FIXTURE = Path(__file__).parents[2] / "fixtures/powerbi/wrong/northmere_ks4.pbix"


@pytest.fixture
def database():
    connection = open_database()
    yield connection
    connection.close()


def column(values):
    """A decoded column of these values, in the types that decoding gives."""
    words = list(dict.fromkeys(v for v in values if v is not None))
    codes = np.array([-1 if v is None else words.index(v) for v in values], np.int32)
    if words and isinstance(words[0], dt.datetime):
        return Column(codes, np.array(words, "datetime64[s]"))
    if words and isinstance(words[0], str | Decimal):
        array = np.empty(len(words), object)
        array[:] = words
        return Column(codes, array)
    return Column(codes, np.array(words, None if words else object))


def held(connection, types=None, **columns):
    made = {name: (column(values), (types or {}).get(name, "text")) for name, values in columns.items()}
    hold(connection, "t", made, max(map(len, columns.values()), default=0))


def test_a_column_that_begins_with_nulls_keeps_its_type(database):
    great = Decimal("922337203685477.5807")
    types = {"empty": "integer"}
    held(database, types, text=[None] * 3000 + ["x"], amount=[Decimal("1.5")] * 3000 + [great], empty=[None] * 3001)
    assert database.execute("select count(text), max(amount), count(empty) from t").fetchall() == [(1, great, 0)]
    assert database.execute("select distinct typeof(text), typeof(empty) from t").fetchall() == [("VARCHAR", "BIGINT")]


def test_every_type_of_a_model_arrives_as_it_is(database):
    born = dt.datetime.fromisoformat("1066-10-14T09:00:01")
    held(
        database, number=[2**62, None], real=[0.5, None], flag=[True, None], born=[born, None], text=['O\'B "x"', None]
    )
    assert database.execute("select * from t").fetchall() == [
        (2**62, 0.5, True, born, "O'B \"x\""), (None, None, None, None, None)
    ]  # fmt: skip
    kinds = "select typeof(number), typeof(real), typeof(flag), typeof(born) from t limit 1"
    assert database.execute(kinds).fetchall() == [("BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP")]


def test_names_that_break_out_of_quotes(database):
    hold(database, 't"; drop', {'a", 1 AS "b': (column(["x"]), "text")}, 1)
    assert database.execute('select * from "t""; drop"').fetchall() == [("x",)]


def test_a_table_of_bare_rows(database):
    hold(database, "t", {}, 3)
    assert database.execute("select count(*) from t").fetchall() == [(3,)]


def test_text_groups_and_joins_without_case_but_with_accents(database):
    held(database, a=["SEN", "sen", "é", "É", "e", None])
    assert database.execute("select count(distinct a) from t").fetchall() == [(3,)]
    assert sorted(n for (n,) in database.execute("select count(*) from t group by a").fetchall()) == [1, 1, 2, 2]
    assert database.execute("select count(*) from t x join t y on x.a = y.a").fetchall() == [(9,)]


def test_a_model_that_tells_cases_apart():
    connection = open_database(case_sensitive=True)
    held(connection, a=["SEN", "sen"])
    assert connection.execute("select count(distinct a) from t").fetchall() == [(2,)]
    connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to 'out.csv'",
        "select * from read_csv('/etc/passwd')",
        "attach 'x.db'",
        "install httpfs",
        "select * from 'https://example.org/a.parquet'",
        "set enable_external_access = true",
    ],
)
def test_nothing_is_fetched_written_or_installed(database, tmp_path, monkeypatch, sql):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(duckdb.Error):
        database.execute(sql)
    assert list(tmp_path.iterdir()) == []


def judging(engine):
    """A server with an opened model, and the question about a column of pupils."""
    server = Server()
    server._engine, server._later = engine, engine.get_ready
    columns = tuple(ColumnRequest(name, name, "text") for name in ("UPN", "Sex"))
    engine.describe([TableRequest("t", "vertipaq", str(FIXTURE), ("Pupil",), columns)])
    return server, {"op": "judge", "columns": [("t", "UPN"), ("t", "Sex")], "cap": VALUES_CAP}


def test_what_fails_ahead_fails_nobody_who_has_not_asked(monkeypatch):
    """A decoder that raises anything while nobody waits leaves the process alive; who asks gets a stated error."""
    server, asked = judging(DuckEngine(FIXTURE))

    def refuses(values):
        raise ValueError(f"can't judge {values}")

    monkeypatch.setattr(duck, "judged", refuses)
    server.get_ready()
    told = answer(server, dict(asked))
    assert told["error"]["reason"] == "decoding failed (ValueError)"
    monkeypatch.undo()
    assert [c["problem"] for c in answer(server, dict(asked))["columns"]] == [None, None]
    server.close()


def test_columns_are_judged_ahead_for_a_while_and_the_same_later(monkeypatch):
    early, asked = judging(DuckEngine(FIXTURE))
    early.get_ready()
    monkeypatch.setattr(duck, "_AHEAD_SECONDS", -1.0)
    late, _ = judging(DuckEngine(FIXTURE))
    late.get_ready()
    assert early._engine._judged
    assert not late._engine._judged
    assert answer(late, dict(asked)) == answer(early, dict(asked))
    early.close()
    late.close()
