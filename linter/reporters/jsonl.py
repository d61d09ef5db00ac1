"""JSON lines: the workbook objects of the JSON document, one line each, for runs over many workbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.reporters.json_ import dumps, workbook_object

if TYPE_CHECKING:
    from linter.results import Run


class JsonLinesReporter:
    """No head and no summary, so that files of several runs can be joined."""

    def render(self, run: Run) -> str:
        """A line per workbook; empty where there was none."""
        return "".join(dumps(workbook_object(result, run), indent=None) for result in run.results)
