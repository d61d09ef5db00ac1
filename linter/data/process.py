"""The parent's end of the data process: start, ask, watch time and memory, stop."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from linter.data.engine import Contents, Described, LoadedTable, TableRequest
from linter.data.judging import VALUES_CAP, Judgement
from linter.data.launch import MEMORY_LIMIT, RESERVED, launch, line, opening, private_directory, take
from linter.data.scanning import Scanned, ScanRequest
from linter.errors import DataProcessFailed, Unreadable


class DataProcess:
    """One child per workbook; a context manager. Its private directory is deleted at the end.

    Args:
        path: the workbook; a process that has been started ahead for it is taken over.
        timeout: seconds that one request may take.
        memory: bytes of resident memory allowed, engine included.

    Raises (from every request):
        Unreadable: the input is bad; the process lives on.
        DataProcessFailed: the process crashed, hung or grew too large; it is gone.
    """

    def __init__(self, path: Path | None = None, *, timeout: float = 300.0, memory: int = MEMORY_LIMIT) -> None:
        self._timeout = timeout
        self._memory = memory
        self._launched = take(path, memory)
        self._asked = self._launched.asked if self._launched else ""
        self._directory = self._launched.directory if self._launched else private_directory()
        self.directory = Path(self._directory.name)
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._verdict = ""
        self._child: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        self._start()  # it gets ready while the workbook is parsed
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and not issubclass(kind, Exception) and self._child is not None:
            kill_tree(self._child.pid)  # interrupted: don't wait for a query to end
        self.close()

    def expect_hyper(self) -> None:
        """Have the Hyper engine started while the workbook is parsed; ``open_hyper`` then only waits for it."""
        child = self._start()
        asking = line("open_hyper", directory=str(self.directory))
        if self._asked or child.stdin is None:
            return
        try:
            child.stdin.write(asking)
            child.stdin.flush()
        except OSError:  # it ended at once: the first request finds that out
            return
        self._asked = asking

    def open_hyper(self) -> None:
        """Start the Hyper engine."""
        self.request("open_hyper", directory=str(self.directory))

    def open_model(self, path: Path) -> dict[str, Any]:
        """Open a Power BI model; gives its metadata rows by metadata table."""
        answer = self._request(opening(path, self._memory))
        metadata: dict[str, Any] = answer["metadata"]
        return metadata

    def open_tables(self) -> None:
        """Make room for the supplied rows of a Power BI model that holds none."""
        self.request("open_tables", memory=self._memory + RESERVED)

    def contents(self, kind: str, path: str) -> list[Contents]:
        """The tables and columns of a data file that no source describes."""
        return [Contents.from_json(c) for c in self.request("contents", kind=kind, path=path)["tables"]]

    def describe(self, requests: list[TableRequest]) -> dict[str, Described]:
        """Rows and distinct values of tables, by table id."""
        answer = self.request("describe", tables=[asdict(r) for r in requests])
        return {t["id"]: Described(**t) for t in answer["tables"]}

    def load(self, requests: list[TableRequest]) -> dict[str, LoadedTable]:
        """Make tables queryable; by table id."""
        answer = self.request("load", tables=[asdict(r) for r in requests])
        return {t["id"]: LoadedTable(**{**t, "relation": tuple(t["relation"])}) for t in answer["tables"]}

    def query(self, sql: str, opaque: list[bool]) -> dict[str, Any]:
        """One aggregated query: the first ``len(opaque)`` columns are labels, the rest counts."""
        return self.request("query", sql=sql, labels=len(opaque), opaque=opaque)

    def judge(self, columns: list[tuple[str, str]], cap: int = VALUES_CAP) -> list[Judgement]:
        """What up to ``cap`` distinct values of columns are, by (table id, column id)."""
        answer = self.request("judge", columns=columns, cap=cap)
        judged: list[Judgement] = answer["columns"]
        return judged

    def scan(self, asked: ScanRequest) -> list[Scanned]:
        """The reachable states of each figure: how many are rare, by combination of fields."""
        return [Scanned.from_json(f) for f in self.request("scan", asked=asdict(asked))["figures"]]

    def request(self, operation: str, **arguments: object) -> dict[str, Any]:
        """Send one request and wait for its answer."""
        return self._request(line(operation, **arguments))

    def _request(self, asking: str) -> dict[str, Any]:
        child = self._start()
        if child.stdin is None:
            raise DataProcessFailed("the data process has no input")
        ahead, self._asked = self._asked, ""
        try:
            if ahead and ahead != asking:  # another question than was foreseen
                self._answers.get(timeout=self._timeout)
            if ahead != asking:
                child.stdin.write(asking)
                child.stdin.flush()
            answered = self._answers.get(timeout=self._timeout)
        except queue.Empty:
            self._verdict = f"no answer within {self._timeout:.0f} seconds"
            self._kill()
            answered = None
        except OSError:
            answered = None
        if answered is None:
            self._kill()
            raise DataProcessFailed(self._verdict or "the data process crashed")
        answer: dict[str, Any] = json.loads(answered)
        if "error" in answer:
            error = answer["error"]
            raise Unreadable(error["reason"], part=error["part"], fix=error["fix"])
        return answer

    def close(self) -> None:
        """End the process and delete its private directory."""
        child, self._child = self._child, None
        self._stop.set()
        if child is not None and child.stdin is not None:
            try:
                child.stdin.close()
                if self._reader is not None:  # it ends with the child; wait() itself would only look now and then
                    self._reader.join(timeout=10)
                child.wait(timeout=10)
            except (OSError, subprocess.TimeoutExpired):
                kill_tree(child.pid)
            if child.stdout is not None:
                child.stdout.close()
        self._directory.cleanup()

    def _start(self) -> subprocess.Popen[str]:
        if self._child is None:
            if self._verdict:
                raise DataProcessFailed(self._verdict)
            self._child = self._launched.child if self._launched else launch(self.directory)
            self._launched = None
            self._reader = threading.Thread(target=self._read, args=(self._child,), daemon=True)
            self._reader.start()
            threading.Thread(target=self._watch, args=(self._child.pid,), daemon=True).start()
        return self._child

    def _read(self, child: subprocess.Popen[str]) -> None:
        if child.stdout is not None:
            for answer in child.stdout:
                self._answers.put(answer)
        self._answers.put(None)

    def _watch(self, pid: int) -> None:
        """Kill the tree when its resident memory passes the limit (works on every platform)."""
        while not self._stop.wait(0.2):
            try:
                process = psutil.Process(pid)
                used = sum(p.memory_info().rss for p in [process, *process.children(recursive=True)])
            except psutil.Error:
                return
            if used > self._memory:
                self._verdict = f"decoding needs more than the memory limit of {self._memory / 2**30:.1f} GiB"
                kill_tree(pid)
                return

    def _kill(self) -> None:
        child, self._child = self._child, None
        self._stop.set()
        self._verdict = self._verdict or "the data process crashed"
        if child is not None:
            kill_tree(child.pid)
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:  # a broken pipe has nothing left to flush
                        continue


def kill_tree(pid: int) -> None:
    """Kill a process with everything it started."""
    try:
        process = psutil.Process(pid)
        tree = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for member in tree:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
