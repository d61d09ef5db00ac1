"""The data process: decodes files, holds the engine, answers counts. Rows never leave it.

Speaks JSON lines: one request in, one answer out. It starts with ``-I`` from a private directory,
so that nothing of the audited repository is ever imported.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

from linter.data.engine import Engine, TableRequest, columnar
from linter.data.judging import unread
from linter.errors import Unreadable

Answer = dict[str, Any]


class Server:
    """State of one data process: at most one engine, chosen by the first ``open``."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._later: Callable[[], object] | None = None

    def open_hyper(self, directory: str) -> Answer:
        """Start Hyper for extracts and flat files."""
        from linter.data.hyper import HyperEngine

        self._engine = HyperEngine(directory)
        return {}

    def open_model(self, path: str, memory: int) -> Answer:
        """Open a Power BI model and answer its metadata."""
        from linter.data.duck import DuckEngine

        limit_memory(memory)
        engine = DuckEngine(Path(path))
        self._engine, self._later = engine, engine.get_ready
        return {"metadata": engine.metadata()}

    def get_ready(self) -> None:
        """What the next requests will need, while the parent works on the last answer."""
        later, self._later = self._later, None
        if later is not None:
            with contextlib.suppress(Exception):  # decoders raise anything; the request that needs it says so
                later()
            give_back()

    def open_tables(self, memory: int) -> Answer:
        """Make room for the supplied rows of a model that holds none."""
        from linter.data.duck import DuckEngine

        limit_memory(memory)
        self._engine = DuckEngine(None)
        return {}

    def contents(self, kind: str, path: str) -> Answer:
        """The tables and columns of a data file that no source describes."""
        from linter.data.contents import of_flat
        from linter.data.hyper import HyperEngine

        engine = self._need()
        if kind == "hyper" and isinstance(engine, HyperEngine):
            return {"tables": [asdict(c) for c in engine.contents(path)]}
        return {"tables": [asdict(c) for c in of_flat(kind, path)]}

    def describe(self, tables: list[dict[str, Any]]) -> Answer:
        """Rows and distinct values of tables."""
        return {"tables": [asdict(t) for t in self._need().describe([TableRequest.from_json(t) for t in tables])]}

    def load(self, tables: list[dict[str, Any]]) -> Answer:
        """Make tables queryable."""
        loaded = self._need().load([TableRequest.from_json(t) for t in tables])
        give_back()
        return {"tables": [asdict(t) for t in loaded]}

    def query(self, sql: str, labels: int, opaque: list[bool]) -> Answer:
        """Run one aggregated query."""
        return columnar(self._need().rows(sql), labels, opaque)

    def judge(self, columns: list[tuple[str, str]], cap: int) -> Answer:
        """What the distinct values of columns are."""
        return {"columns": [self._judged(table, column, cap) for table, column in columns]}

    def scan(self, asked: dict[str, Any]) -> Answer:
        """How many reachable states are rare. Never which ones."""
        from linter.data.scanning import ScanRequest, scanned

        request = ScanRequest.from_json(asked)
        deadline = monotonic() + request.budget
        codes = self._need().codes(request.sql, request.budget)
        return {"figures": [asdict(f) for f in scanned(codes, request, deadline - monotonic())]}

    def close(self) -> Answer:
        """Let go of everything."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        return {}

    def _judged(self, table: str, column: str, cap: int) -> Answer:
        try:
            return self._need().judge(table, column, cap)
        except Unreadable as error:  # one column that can't be decoded: said, and the others go on
            return unread(error.reason)

    def _need(self) -> Engine:
        if self._engine is None:
            raise Unreadable("no data source is open")
        return self._engine


def limit_memory(limit: int) -> None:
    """Cap the address space where the platform can; elsewhere the parent's watchdog does the work."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no resource module
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def give_back() -> None:
    """Return to the system what decoding has let go of, which its library would keep."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # other C libraries have no such call
            ctypes.CDLL(None).malloc_trim(0)


def answer(server: Server, request: dict[str, Any]) -> Answer:
    """Carry out one request. Whatever fails becomes a stated error without any value of the data."""
    operation: Callable[..., Answer] = getattr(server, request.pop("op"))
    try:
        return operation(**request)
    except Unreadable as error:
        return {"error": {"reason": error.reason, "part": error.part, "fix": error.fix}}
    except MemoryError:
        return {"error": {"reason": "decoding needs more memory than the limit allows", "part": "", "fix": ""}}
    except Exception as error:  # noqa: BLE001 - the boundary: decoders raise anything, and messages may quote rows
        return {"error": {"reason": f"decoding failed ({type(error).__name__})", "part": "", "fix": ""}}


def main(directory: str) -> None:
    """Serve until the pipe closes, then delete the private directory, lest a killed parent leaves it.

    Standard output is kept for answers: libraries print elsewhere.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", newline="\n")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    gc.set_threshold(50_000)  # decoded columns have no cycles
    server = Server()
    try:
        for line in sys.stdin:
            answers.write(json.dumps(answer(server, json.loads(line))) + "\n")
            answers.flush()
            server.get_ready()
    finally:
        try:
            server.close()
        finally:
            os.chdir(Path(directory).parent)  # Windows deletes no current directory
            shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)  # without taking libraries and columns down piece by piece
