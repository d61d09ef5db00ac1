"""Which tables and columns a data file holds, where nothing else says: files left over in a package."""

from __future__ import annotations

from linter.data.engine import Contents, TableRequest
from linter.data.flat import header_of, sheets_of
from linter.errors import Unreadable


def of_flat(kind: str, path: str) -> list[Contents]:
    """The one table of a text file, or the sheets of a spreadsheet that have any cell.

    Raises:
        Unreadable: not a table at all, or none of its sheets is.
    """
    if kind == "csv":
        return [_flat(TableRequest("", kind, path, (), (), header=None))]
    found: list[Contents] = []
    last: Unreadable | None = None
    for sheet in sheets_of(path):
        try:
            found.append(_flat(TableRequest("", kind, path, (sheet,), (), header=None)))
        except Unreadable as error:  # an empty sheet beside others is no loss
            last = error
    if not found:
        raise last or Unreadable("the spreadsheet has no sheet")
    return found


def _flat(request: TableRequest) -> Contents:
    return Contents(request.table, tuple((name, "other") for name in header_of(request)))
