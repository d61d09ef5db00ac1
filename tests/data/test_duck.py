"""The database that holds a Power BI model's columns."""

from decimal import Decimal

import duckdb
import pandas as pd
import pytest

from linter.data.duck import open_database


@pytest.fixture
def database():
    connection = open_database()
    yield connection
    connection.close()


def held(connection, **columns):
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    connection.register("frame", frame)
    connection.execute("create table t as select * from frame")
    connection.unregister("frame")


def test_a_column_that_begins_with_nulls_keeps_its_type(database):
    great = Decimal("922337203685477.5807")
    held(database, text=[None] * 3000 + ["x"], amount=[Decimal("1.5")] * 3000 + [great], empty=[None] * 3001)
    assert database.execute("select count(text), max(amount), count(empty) from t").fetchall() == [(1, great, 0)]


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
