"""The formats of a report. Each file turns a run into one document; none decides anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from linter.reporters.interface import Reporter, Style

Format = Literal["full", "concise", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)


def reporter(name: Format, style: Style) -> Reporter:
    """The reporter of that format; its libraries are loaded only now."""
    match name:
        case "full":
            from linter.reporters.full import FullReporter  # noqa: PLC0415

            return FullReporter(style)
        case "concise":
            from linter.reporters.concise import ConciseReporter  # noqa: PLC0415

            return ConciseReporter(style)
        case "json":
            from linter.reporters.json_ import JsonReporter  # noqa: PLC0415

            return JsonReporter()
