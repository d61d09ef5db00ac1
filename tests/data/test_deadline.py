"""Queries of codes that may take only so long."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from linter.data.deadline import SPENT, within
from linter.data.duck import DuckEngine
from linter.data.hyper import HyperEngine
from linter.errors import Unreadable

ENDLESS = {
    "duck": "SELECT COUNT(*) FROM range(100000000000) a",
    "hyper": "SELECT COUNT(*) FROM generate_series(1, 100000000) a(i), generate_series(1, 100000) b(j) "
    "WHERE i * j % 7 = 3",
}


@pytest.fixture(params=["duck", "hyper"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "hyper":
        pytest.importorskip("tableauhyperapi", reason="no Hyper engine on this platform")
    made = HyperEngine(str(tmp_path)) if request.param == "hyper" else DuckEngine(None)
    yield made
    made.close()


def test_whole_numbers_come_row_by_row_and_nothing_stays_behind(engine: Any, tmp_path: Path) -> None:
    assert engine.codes("SELECT 1 AS a, -1 AS b UNION ALL SELECT 2, 9000000000 ORDER BY a", 60).tolist() == [
        1, -1, 2, 9_000_000_000,
    ]  # fmt: skip
    assert engine.codes("SELECT 1 AS a, 2 AS b WHERE 1 = 0", 60).tolist() == []
    assert not list(tmp_path.rglob("codes*"))


def test_a_query_that_takes_too_long_is_stopped_and_the_next_one_runs(engine: Any, tmp_path: Path) -> None:
    endless = ENDLESS["hyper" if isinstance(engine, HyperEngine) else "duck"]
    started = monotonic()
    with pytest.raises(Unreadable, match=SPENT):
        engine.codes(endless, 0.3)
    assert monotonic() - started < 60
    assert engine.codes("SELECT 5 AS a", 60).tolist() == [5]
    assert not list(tmp_path.rglob("codes*"))


def test_what_the_engine_refuses_is_told_without_values(engine: Any) -> None:
    with pytest.raises(Unreadable, match="the engine refused a query") as error:
        engine.codes("SELECT 'Alice' + missing", 60)
    assert "Alice" not in str(error.value)


def test_a_visual_of_a_model_does_not_keep_the_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linter.data.duck.QUERY_SECONDS", 0.1)
    engine = DuckEngine(None)
    with pytest.raises(Unreadable, match=SPENT):
        engine.rows(ENDLESS["duck"])
    assert engine.rows("SELECT 5") == [(5,)]
    engine.close()


def test_no_time_left_asks_nothing() -> None:
    with pytest.raises(Unreadable, match=SPENT), within(0.0, lambda: None):
        pytest.fail("it ran")


def test_an_error_in_time_stays_what_it_is() -> None:
    with pytest.raises(KeyError), within(60.0, lambda: None):
        raise KeyError
