from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from linter.data import vertipaq
from linter.data.vertipaq import ColumnProblem, VertipaqFile
from linter.errors import Unreadable
from tests.samples import sample

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def opened():
    files: list[VertipaqFile] = []

    def open_(name: str) -> VertipaqFile:
        files.append(VertipaqFile(sample("powerbi", name)))
        return files[-1]

    yield open_
    for file in files:
        file.close()


@pytest.mark.samples
def test_metadata_is_json_with_calculated_tables_and_without_internal_ones(opened):
    found = opened("school-analytics-legacy.pbix").metadata()
    assert json.loads(json.dumps(found)) == found
    names = {t["Name"]: t for t in found["Table"]}
    assert {"students", "grades", "classes", "teachers", "subjects", "periods", "Calendar", "_Measures"} <= set(names)
    assert not [n for n in names if n.startswith(("H$", "R$", "U$"))]
    assert names["grades"]["RowCount"] == 1700
    assert len(found["Measure"]) == 16
    assert len([n for n in names if n.startswith("LocalDateTable_")]) == 4
    columns = {c["ExplicitName"]: c for c in found["Column"] if c["TableID"] == names["students"]["ID"]}
    assert (len(columns), columns["birth_date"]["Cardinality"]) == (12, 118)
    assert not any("RowNumber" in str(c["ExplicitName"]) for c in found["Column"])


@pytest.mark.samples
def test_no_row_value_is_among_the_metadata(opened):
    file = opened("school-analytics-legacy.pbix")
    text = json.dumps(file.metadata())
    names, complete = file.distinct_values("students", "email", 500)
    assert complete
    assert len(names) == 120
    assert not [n for n in names if n in text]


@pytest.mark.samples
def test_rows_are_decoded_as_they_were_written(opened):
    file = opened("generated-pupils-1k.pbix")
    frame = file.table("Pupil", ["UPN", "Ethnicity", "Fee", "DOB", "FSM", "KS2Score"])
    assert list(frame.columns) == ["UPN", "Ethnicity", "Fee", "DOB", "FSM", "KS2Score"]
    assert len(frame) == file.row_count("Pupil") == 1000
    assert frame["UPN"].nunique() == 1000
    assert frame["Ethnicity"].isna().any()
    assert (frame["DOB"] == frame["DOB"].dt.round("s")).all()
    assert str(frame["Fee"].dtype) == "Float64"


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "table", "column"),
    [("sales-358k-rows.pbix", "Sales", "Sales"), ("generated-pupils-1k.pbix", "Pupil", "Fee")],
)
def test_fixed_decimals_equal_the_decoders_own(opened, name, table, column):
    from pbixray import PBIXRay

    fast = opened(name).table(table, [column])[column]
    with PBIXRay(str(sample("powerbi", name))) as plain:
        slow = plain.get_table(table, columns=[column])[column]
    assert [None if pd.isna(x) else Decimal(str(x)) for x in fast.head(5000)] == [
        None if pd.isna(x) else x.normalize() if x == 0 else x for x in slow.head(5000)
    ]


@pytest.mark.samples
def test_a_column_that_decodes_wrongly_is_refused(opened):
    file = opened("ai-sample.pbix")
    with pytest.raises(ColumnProblem) as caught:
        file.table("Opportunity Calendar", ["Date", "DaySeq"])
    assert (caught.value.table, caught.value.column) == ("Opportunity Calendar", "DaySeq")
    assert "1,096" in caught.value.reason
    assert len(file.table("Opportunity Calendar", ["Date"])) == 1096


@pytest.mark.samples
def test_unknown_columns_and_tables(opened):
    file = opened("generated-pupils-1k.pbix")
    with pytest.raises(ColumnProblem):
        file.table("Pupil", ["Nope"])
    with pytest.raises(ColumnProblem):
        file.table("Nope", ["UPN"])
    with pytest.raises(Unreadable, match="no table"):
        file.row_count("Nope")


@pytest.mark.samples
def test_distinct_values_are_capped(opened):
    file = opened("generated-pupils-1k.pbix")
    values, complete = file.distinct_values("Pupil", "UPN", 10)
    assert (len(values), complete) == (10, False)
    assert file.distinct_values("Pupil", "Sex", 10)[1]


@pytest.mark.samples
def test_project_cache(opened):
    file = opened("inventory-cache.abf")
    assert [t["Name"] for t in file.metadata()["Table"] if t["RowCount"] == 4] == ["Inventory"]
    assert len(file.table("Inventory", ["Item"])) == 4


@pytest.mark.samples
def test_older_catalogues(opened):
    file = opened("old-xml-metadata-customer-profitability.pbix")
    assert len(file.metadata()["Measure"]) == 44
    assert file.row_count("Fact") == 47_646


@pytest.mark.samples
def test_without_a_model():
    with pytest.raises(Unreadable, match="no data model"):
        VertipaqFile(sample("powerbi", "live-connection.pbix"))


@pytest.mark.samples
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:20_000] + bytes(2000) + b[22_000:]])
def test_damaged_models_are_unreadable(tmp_path: Path, damage):
    path = tmp_path / "r.pbix"
    path.write_bytes(damage(sample("powerbi", "generated-pupils-1k.pbix").read_bytes()))
    with pytest.raises(Unreadable, match="can't be decoded"):
        VertipaqFile(path)


def test_not_a_model_at_all(tmp_path: Path):
    path = tmp_path / "r.pbix"
    path.write_bytes(b"nothing")
    with pytest.raises(Unreadable):
        VertipaqFile(path)


def test_currency_keeps_what_a_double_would_round():
    exact = vertipaq._currency(pd.Series([12345, None, -5], dtype=object))
    assert exact.tolist() == [1.2345, pd.NA, -0.0005]
    large = vertipaq._currency(pd.Series([2**53 + 1, None], dtype=object))
    assert large.tolist() == [Decimal(2**53 + 1) / 10_000, None]
