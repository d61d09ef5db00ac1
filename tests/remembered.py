"""A data process that remembers: the same question about the same bytes is put to the real one only once.

For suites that run the command many times on one workbook with other policies, waivers or options. What is asked
is still planned and judged anew each time; the process itself and its limits have suites of their own.
"""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any, ClassVar, Self

from linter.data.process import DataProcess


class Remembering(DataProcess):
    """Keeps answers by all that they follow from: every question so far, with the bytes of each file it names."""

    answers: ClassVar[dict[tuple[str, ...], dict[str, Any]]] = {}

    def __init__(self, path: Path | None = None, **limits: Any) -> None:
        super().__init__(**limits)
        self._history: tuple[str, ...] = ()
        self._unsent: list[str] = []

    def __enter__(self) -> Self:
        return self  # the real one starts with the first new question

    def expect_hyper(self) -> None:
        """Nothing starts ahead of its question."""

    def _request(self, asking: str) -> dict[str, Any]:
        self._history = (*self._history, json.dumps(self._named(json.loads(asking)), sort_keys=True))
        self._unsent.append(asking)
        if self._history not in self.answers:
            while self._unsent:
                answer = super()._request(self._unsent.pop(0))
            self.answers[self._history] = answer
        return copy.deepcopy(self.answers[self._history])

    def _named(self, value: Any) -> Any:
        """The question without what differs between two equal ones: files by their content, no private folder, no seconds."""
        if isinstance(value, dict):
            return {key: inner > 1 if key == "budget" else self._named(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._named(inner) for inner in value]
        if not isinstance(value, str):
            return value
        try:
            file = Path(value)
            if file.is_absolute() and file.is_file():
                return hashlib.sha256(file.read_bytes()).hexdigest()
        except (OSError, ValueError):  # too long for a name, or with a zero byte: a text
            pass
        return value.replace(str(self.directory), "<private>")
