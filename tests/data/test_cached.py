"""A project's data cache beside its definition: what the tool opens counts, and what only the cache has is not lost."""

from __future__ import annotations

import copy
import json
import shutil
import tarfile

import pytest

from linter.data.definition.cached import with_definition
from linter.data.definition.cutting import cut
from linter.data.definition.template import rows
from linter.data.duck import DuckEngine
from linter.data.typed import TypedTables
from linter.model import Store
from linter.parsers.powerbi.catalogue import build
from tests.samples import samples_dir
from tests.typed import CANARY, WAYS, model, pupils, typed

STORED = Store("vertipaq", "Model/.pbi/cache.abf", beside=True)
SQL = 'Sql.Database("s", "d"){[Item = "Pupil"]}[Data]'
EXTRA = {**pupils(WAYS[2]), "name": "Extra", "measures": []}
LIVE = {**pupils(SQL), "name": "Later", "measures": []}


def saved(found):
    """The catalogue of a cache that was saved with those tables loaded."""
    cache = rows(found)
    for row in cache["Table"]:
        row["RowCount"] = 3
    for row in cache["Column"]:
        row["Cardinality"] = 3
    return cache


def merged(tmp_path, before, after):
    folder = tmp_path / "R.SemanticModel"
    folder.mkdir()
    (folder / "model.bim").write_text(after if isinstance(after, str) else json.dumps({"model": after}, indent=1))
    found = with_definition(saved(before), folder / ".pbi" / "cache.abf")
    held = TypedTables()
    cut(found, held)
    return found, build(found, STORED, "")


def changed(found, edit):
    found = copy.deepcopy(found)
    edit(found)
    return found


def test_a_cache_of_the_definition_as_it_is_says_nothing_more(tmp_path):
    found, built = merged(tmp_path, model(pupils(typed())), model(pupils("  " + typed())))
    assert not found["Unknown"]
    assert not built.kept
    (table,) = built.tables
    assert (table.store, found["Table"][0]["RowCount"]) == (
        Store("vertipaq", STORED.member, ("Pupil",), beside=True),
        3,
    )
    assert found["Column"][0]["Cardinality"] == 3
    assert {p.part for p in built.places} == {"Model/model.bim"}


def test_tables_that_the_cache_lacks_are_judged_as_typed_or_stated_as_unread(tmp_path):
    found, built = merged(tmp_path, model(pupils(SQL)), model(pupils(SQL), EXTRA, LIVE))
    by_name = {t.id: t for t in built.tables}
    assert by_name["Pupil"].store.kind == "vertipaq"
    assert by_name["Extra"].store.kind == "typed"
    assert "never loaded" in by_name["Later"].unread
    assert CANARY not in json.dumps(found)


def test_rows_that_were_typed_after_the_cache_was_saved_are_embedded_data(tmp_path):
    found, built = merged(tmp_path, model(pupils(SQL)), model(pupils(WAYS[2])))
    assert [u.reason for u in built.unread] == ["the rows of 'Pupil' were saved before its query was changed"]
    assert {(k.rows_of, k.store.kind) for k in built.kept} == {("Pupil", "typed")}
    assert ("Pupil (in the data cache)", SQL) in [(r["Name"], r["Expression"]) for r in found["Expression"]]


def test_rows_that_only_the_cache_has_are_still_embedded_data(tmp_path):
    found, built = merged(tmp_path, model(pupils(WAYS[2])), model(pupils(SQL)))
    assert [k.rows_of for k in built.kept] == ["Pupil (in the data cache)"]
    assert CANARY not in json.dumps(found)


def test_tables_and_columns_that_the_definition_dropped_keep_their_rows(tmp_path):
    short = pupils(SQL)
    short["columns"] = short["columns"][:2]
    found, built = merged(tmp_path, model(pupils(SQL), EXTRA), model(short))
    assert {t.id: len(t.columns) for t in built.tables} == {"Pupil": 6, "Extra": 6}
    assert {t.store.kind for t in built.tables} == {"vertipaq"}
    numbers = [row["ID"] for kind in ("Table", "Column", "Partition") for row in found[kind]]
    assert len(set(numbers)) == len(numbers)


def test_measures_and_relationships_are_the_definition_s(tmp_path):
    after = pupils(SQL, measures=[{"name": "New", "expression": "COUNTROWS(Pupil)"}])
    link = {"name": "r", "fromTable": "Pupil", "fromColumn": "UPN", "toTable": "Extra", "toColumn": "UPN"}
    _, built = merged(tmp_path, model(pupils(SQL), EXTRA), model(after, EXTRA, relationships=[link]))
    assert [m.name for m in built.measures] == ["New"]
    assert [(r.many, r.one) for r in built.relationships] == [("Pupil", "Extra")]


def test_a_column_computed_otherwise_is_stated(tmp_path):
    before = model(pupils(SQL))
    _, built = merged(
        tmp_path, before, changed(before, lambda m: m["tables"][0]["columns"][-1].update(expression='"x"'))
    )
    assert [u.reason for u in built.unread] == [
        "the values of Pupil[Initial] were saved before its formula was changed"
    ]


@pytest.mark.parametrize("broken", ["{", '{"model": {"tables": 1}}'])
def test_a_definition_that_can_t_be_read_is_stated_and_the_cache_judged(tmp_path, broken):
    _, built = merged(tmp_path, model(pupils(SQL)), broken)
    assert [t.id for t in built.tables] == ["Pupil"]
    assert built.unread[0].reason.startswith("the definition can't be read")


def test_a_cache_by_itself_stays_as_it_is(tmp_path):
    cache = saved(model(pupils(SQL)))
    (tmp_path / "R.SemanticModel" / ".pbi").mkdir(parents=True)
    for path in (tmp_path / "cache.abf", tmp_path / ".pbi" / "cache.abf"):
        assert with_definition(cache, path) is cache


def test_what_the_tool_saved_in_both_agrees(tmp_path):
    samples = samples_dir()
    if samples is None or not (samples / "powerbi" / "inventory-cache.abf").exists():
        pytest.skip("the samples are not here")
    with tarfile.open(samples / "powerbi" / "inventory-pbir-pbip.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    folder = next(tmp_path.rglob("*.SemanticModel")) / ".pbi"
    folder.mkdir(exist_ok=True)
    shutil.copy(samples / "powerbi" / "inventory-cache.abf", folder / "cache.abf")
    engine = DuckEngine(folder / "cache.abf")
    told = engine.metadata()
    engine.close()
    assert not told["Unknown"]
    assert [row["RowCount"] for row in told["Table"]] == [1, 4]
    assert all(row["Line"] and row["Cardinality"] for row in told["Column"])
