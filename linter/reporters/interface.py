"""What every reporter has in common: it renders a run as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from linter.records import dataclass

if TYPE_CHECKING:
    from linter.results import Run


@dataclass(frozen=True, slots=True)
class Style:
    """How a text document may look. Contents never depend on it, but for ``statistics``.

    ``width`` in columns. ``symbols`` False keeps to ASCII. ``left_out`` are the codes of rules that
    were deselected, so that a verdict doesn't speak for them.
    """

    width: int = 80
    color: bool = False
    symbols: bool = True
    statistics: bool = False
    left_out: tuple[str, ...] = ()


class Reporter(Protocol):
    """A format."""

    def render(self, run: Run) -> str:
        """The whole document, ending in a line break. No number that isn't in the run."""
        ...
