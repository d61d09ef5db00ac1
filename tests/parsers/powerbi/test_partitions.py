"""How tables are loaded decides which of their rows are in the file; what is missing is said, what is there is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from linter.data.definition import template
from linter.data.definition.cutting import cut
from linter.data.process import DataProcess
from linter.data.typed import TypedTables
from linter.engine import LintOptions, lint
from linter.model import Store
from linter.parsers.powerbi.catalogue import build
from linter.parsers.powerbi.partitions import DEFAULT, DIRECT_LAKE, DIRECT_QUERY, DUAL, IMPORT, NO_DATA, PUSH
from linter.rules import load_rules
from tests.parsers.powerbi import build as b
from tests.typed import WAYS

STORE = Store("vertipaq", "DataModel")
LIVE, PART, NEVER = "are queried live", "some of its rows are queried live", "never loaded"
READY = 1
FIXTURES = Path(__file__).parents[3] / "fixtures" / "powerbi"


@pytest.mark.parametrize(
    ("modes", "loaded", "unread", "kept"),
    [
        ([IMPORT], (IMPORT, READY, 5), "", False),
        ([IMPORT, IMPORT, IMPORT], (IMPORT, READY, 5), "", False),  # as an incremental refresh policy leaves them
        ([IMPORT, DIRECT_QUERY], (IMPORT, READY, 5), PART, True),  # with the latest rows in real time
        ([IMPORT, DIRECT_QUERY], (IMPORT, READY, 0), PART, False),
        ([DEFAULT, IMPORT], (DIRECT_QUERY, READY, 5), PART, True),
        ([DEFAULT], (DIRECT_QUERY, READY, 0), LIVE, False),
        ([DEFAULT], (IMPORT, READY, 5), "", False),
        ([DIRECT_QUERY], (IMPORT, READY, 0), LIVE, False),
        ([DIRECT_QUERY], (IMPORT, READY, 5), LIVE, True),
        ([DIRECT_LAKE], (IMPORT, READY, 0), LIVE, False),
        ([PUSH], (IMPORT, READY, 0), LIVE, False),
        ([DUAL], (IMPORT, READY, 5), "", False),
        ([DUAL], (IMPORT, NO_DATA, 0), NEVER, False),
        ([IMPORT], (IMPORT, READY, 0), "", False),  # loaded, and there was nothing
        ([IMPORT], (IMPORT, NO_DATA, 0), NEVER, False),
        ([], (IMPORT, READY, 0), "", False),
    ],
)
def test_tables_of_a_file_with_rows(modes, loaded, unread, kept):
    default, state, rows = loaded
    catalogue = b.metadata(rows)
    pupil = catalogue["Table"][0]["ID"]
    own = [p for p in catalogue["Partition"] if p["TableID"] == pupil]
    others = [p for p in catalogue["Partition"] if p["TableID"] != pupil]
    catalogue["Partition"] = [*others, *({**own[0], "Mode": mode, "State": state} for mode in modes)]
    catalogue["Model"][0]["DefaultMode"] = default
    found = build(catalogue, STORE, "")
    table = found.tables[0]
    assert (table.store is None) == bool(unread)
    assert unread in (table.unread or "")
    assert [(k.id, k.rows_of, k.store) for k in found.kept] == (
        [("Pupil (rows in the file)", "Pupil", Store("vertipaq", "DataModel", ("Pupil",)))] if kept else []
    )


TYPED = {"type": "m", "expression": WAYS[2]}


@pytest.mark.parametrize(
    ("partitions", "more", "unread", "kept"),
    [
        ([{"mode": "import"}], {}, "no rows", []),
        ([{"mode": "dual"}], {}, "no rows", []),
        ([{"mode": "directQuery"}], {}, LIVE, []),
        ([{"mode": "directLake", "source": {"type": "entity", "entityName": "t"}}], {}, LIVE, []),
        ([{"mode": "import"}, {"mode": "directQuery"}], {}, PART, []),
        ([{"source": {"type": "policyRange"}}], {"refreshPolicy": {"sourceExpression": ["let", "a=1"]}}, "no rows", []),
        ([], {}, "no rows", []),
        ([{"source": TYPED}], {}, "", []),
        ([{"source": TYPED}, {"source": TYPED}], {}, "", []),
        ([{"source": TYPED, "mode": "directQuery"}], {}, LIVE, ["Pupil (typed rows)"]),
        ([{"source": TYPED}, {"mode": "directQuery"}], {}, PART, ["Pupil (typed rows)"]),
        ([{"source": TYPED}], {"refreshPolicy": {"sourceExpression": "a"}}, "refresh policy", ["Pupil (typed rows)"]),
    ],
)
def test_tables_of_a_template(partitions, more, unread, kept):
    rows = template.rows({"tables": [{"name": "Pupil", "partitions": partitions, **more}]})
    cut(rows, TypedTables())
    found = build(rows, None, "no rows")
    assert (found.tables[0].store is None) == bool(unread)
    assert unread in (found.tables[0].unread or "")
    assert [k.id for k in found.kept] == kept


def test_sets_of_typed_rows_have_names_of_their_own():
    tables = [{"name": n, "partitions": [{"source": TYPED}]} for n in ("Pupil", "pupil", "Pupil (typed rows)")]
    rows = template.rows({"tables": tables, "expressions": [{"name": "Pupil", "expression": WAYS[2]}]})
    cut(rows, TypedTables())
    found = build(rows, None, "no rows")
    assert [t.store is None for t in found.tables] == [True, True, False]
    assert len({t.id.casefold() for t in (*found.tables[1:], *found.kept)}) == 2 + len(found.kept) == 5


def as_hybrid(catalogue):
    catalogue["Partition"] += [{**p, "Mode": DIRECT_QUERY} for p in catalogue["Partition"]]


def as_twins(catalogue):
    catalogue["Table"] += [{**t, "ID": t["ID"] + 10**6, "Name": str(t["Name"]).upper()} for t in catalogue["Table"]]


@pytest.mark.parametrize(("change", "reason"), [(as_hybrid, PART), (as_twins, "called the same but for letter case")])
def test_what_is_there_is_judged_and_no_visual_counts_as_read(monkeypatch, change, reason):
    """The rows in the file are evidence of what it carries; its visuals rest on more, or on nobody knows which."""
    opened = DataProcess.open_model

    def changed(process, path):
        found = opened(process, path)
        change(found)
        return found

    monkeypatch.setattr(DataProcess, "open_model", changed)
    path = next(FIXTURES.glob("wrong/*.pbix"))
    result = lint(path, LintOptions(), load_rules())
    assert result.evidence is not None
    assert not result.complete
    statuses = {v.status for v in result.evidence.visuals.values()}
    assert statuses <= {"data_unread", "no_query"}
    assert any(reason in r for v in result.evidence.visuals.values() for r in v.reasons)
    assert {"EX001", "EX002"} <= {f.rule for f in result.findings}
