"""Rows that are typed into a model's queries and tables, kept in the data process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linter.data.engine import COMPUTED
from linter.errors import Unreadable
from linter.formulas.typed import UNKNOWN, NotRead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linter.data.engine import ColumnRequest, TableRequest
    from linter.data.flat import Flat
    from linter.formulas.typed import Row, Typed, TypedColumn

_TYPELESS = frozenset({"other", "geometry"})


class TypedTables:
    """The typed rows of one model, by keys that mean nothing outside.

    Attributes:
        culture: in which the model's queries read dates and numbers; empty if nothing says.
    """

    def __init__(self) -> None:
        self.culture = ""
        self._held: dict[str, tuple[Typed, ...]] = {}

    def hold(self, *tables: Typed) -> dict[str, Any]:
        """Keep the rows of a table, which several queries may load; gives their key and the names of the columns."""
        key = str(len(self._held))
        self._held[key] = tables
        return {"key": key, "columns": [c.name for c in tables[0].columns]}

    def flat(self, request: TableRequest) -> Flat:
        """The rows of a request, as the types of the query and then of the model make them.

        A column with values that don't fit holds text, as one of a file does.

        Raises:
            Unreadable: they can't be read.
        """
        from linter.data.flat import Flat

        try:
            read = [({c.name: c for c in t.columns}, t.read()) for t in self._held[request.table[-1]]]
        except NotRead as error:
            raise Unreadable(f"its rows are typed into its query and can't be read: {error}") from None
        flat = Flat([], {})
        columns = [[v for known, rows in read for v in self._values(flat, c, known, rows)] for c in request.columns]
        for i, column in enumerate(request.columns):
            as_text = column.name in flat.problems or column.type in _TYPELESS
            flat.types[column.name] = "text" if as_text else column.type
            columns[i] = [_text(v) for v in columns[i]] if as_text else columns[i]
        flat.rows = list(zip(*columns, strict=True)) if columns else [() for _, rows in read for _ in rows]
        return flat

    def _values(
        self, flat: Flat, column: ColumnRequest, known: dict[str, TypedColumn], rows: Sequence[Row]
    ) -> list[Any]:
        """The values of one column; what is wrong with it is noted."""
        from linter.data.casting import cast

        held = known.get(column.physical)
        if held is None or held.place is None:
            flat.missing[column.name] = COMPUTED
            return [None] * len(rows)
        values = [row[held.place] for row in rows]
        if column.type in _TYPELESS:  # as text it can be searched
            return values
        try:
            for kind, culture in (*held.casts, (column.type, self.culture)):
                values = [cast(v, kind, culture or self.culture) for v in values]
        except (ValueError, OverflowError):
            flat.problems[column.name] = f"some values could not be read as {column.type}"
        return values


def _text(value: Any) -> str | None:
    return None if value is None or value is UNKNOWN else str(value)
