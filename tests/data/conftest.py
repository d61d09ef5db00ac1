"""Real data processes, and small files for them to read."""

from pathlib import Path

import pytest

from linter.data.engine import ColumnRequest, TableRequest
from linter.data.process import DataProcess


@pytest.fixture(scope="session")
def hyper():
    """A data process with a running Hyper engine, for all tests that leave it alive."""
    pytest.importorskip("tableauhyperapi", reason="the Hyper engine has no build for this platform")
    with DataProcess(timeout=60) as process:
        process.open_hyper()
        yield process


_made = 0


def table(path, *columns, kind=None, **options):
    """A request for a file's table; columns are ``name`` (text) or ``name:type``."""
    global _made  # noqa: PLW0603 - ids are unique in a process that many tests share
    _made += 1
    parts = [c.partition(":") for c in columns]
    wanted = tuple(ColumnRequest(name, name, kind_ or "text") for name, _, kind_ in parts)
    kind = kind or {".csv": "csv", ".txt": "csv", ".hyper": "hyper"}.get(Path(path).suffix, "excel")
    return TableRequest(f"table{_made}", kind, str(path), tuple(options.pop("table", ())), wanted, **options)
