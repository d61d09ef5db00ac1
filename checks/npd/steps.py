"""Which columns a query makes of which others: Power Query steps, SQL select lists, DAX tables.

Only names are read, nothing is evaluated: enough to tell that a renamed or computed column still
carries what an NPD field carried. What is not recognised is left out, never guessed.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_STEP = re.compile(
    r"\bTable\.(RenameColumns|DuplicateColumn|AddColumn|Group|CombineColumns|SplitColumn"
    r"|ExpandTableColumn|ExpandRecordColumn|Unpivot|UnpivotColumns)\s*\("
)
_TEXT = re.compile(r'"((?:[^"]|"")*)"')
_PAIR = re.compile(r'\{\s*"((?:[^"]|"")*)"\s*,\s*"((?:[^"]|"")*)"\s*\}')
_GROUPED = re.compile(r'\{\s*"((?:[^"]|"")*)"\s*,\s*each\b([^{}]*)')
_FIELD = re.compile(r"\[#?\"?([^\[\]\"]+)\"?\]")
_SELECT = re.compile(r"\bselect\b(?:\s+distinct\b|\s+top\s+\d+)?", re.IGNORECASE)
_ALIASED = re.compile(r"^(.*[^\s.])\s+(?:as\s+)?(\w+|\"[^\"]+\"|\[[^\]]+\]|`[^`]+`)$", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\w+")
_QUERY = re.compile(r"(?>\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*)(?:select|with)\b", re.IGNORECASE | re.DOTALL)
_UNICODE = re.compile(r"#\((?:cr|lf|tab|,)+\)")  # line breaks as Power Query writes them
_LONGEST = 100_000  # characters of a query that are parsed
_DIALECTS = ("tsql", "postgres", "snowflake", "bigquery")
_MADE = re.compile(r'"((?:[^"]|"")*)"\s*,([^"]*)')  # of SELECTCOLUMNS, ADDCOLUMNS, SUMMARIZE, ROW

Made = tuple[str, tuple[str, ...]]
"""A new column and the columns it is made of."""


def origins(text: str, *, calculated: bool = False, sql: Iterable[str] = ()) -> dict[str, dict[str, tuple[str, ...]]]:
    """Columns that a query makes, each with the columns before it and the path of steps down to each.

    Args:
        text: of the query, with those that it builds upon.
        calculated: it is the DAX of a calculated table.
        sql: queries in SQL that run before it.
    """
    steps: dict[str, tuple[str, ...]] = {}
    made = _dax(text) if calculated else (*_power_query(text), *(m for q in (text, *sql) for m in _sql(q)))
    for new, old in made:
        steps[new] = tuple(dict.fromkeys((*steps.get(new, ()), *old)))
    folded: dict[str, tuple[str, ...]] = {}
    for new, olds in steps.items():  # SQL doesn't tell cases apart; where Power Query does, nothing is lost
        folded[new.casefold()] = (*folded.get(new.casefold(), ()), *olds)
    return {new: _paths(new, folded) for new in steps}


def _paths(name: str, steps: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Every column before a name, nearest first, with the names from the first step down to it.

    ``steps`` are by name without case.
    """
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, ...]] = [(old,) for old in steps[name.casefold()]]
    while waiting:
        path = waiting.pop(0)
        old = path[-1]
        if old not in found and old != name:
            found[old] = path
            waiting.extend((*path, older) for older in steps.get(old.casefold(), ()))
    return found


def _power_query(text: str) -> Iterator[Made]:
    for match in _STEP.finditer(text):
        call = _arguments(text, match.end())
        kind, rest = match[1], call[1:]
        if kind == "RenameColumns" and rest:
            yield from ((new, (old,)) for old, new in _PAIR.findall(rest[0]))
        elif kind == "Group" and len(rest) > 1:
            yield from ((new, tuple(_FIELD.findall(body))) for new, body in _GROUPED.findall(rest[1]))
        elif kind == "DuplicateColumn" and len(rest) > 1:
            yield from ((new, (old,)) for old in _TEXT.findall(rest[0]) for new in _TEXT.findall(rest[1]))
        elif kind == "AddColumn" and len(rest) > 1:
            yield from ((new, tuple(_FIELD.findall(rest[1]))) for new in _TEXT.findall(rest[0])[:1])
        elif kind == "CombineColumns" and len(rest) > 2:
            yield from ((new, tuple(_TEXT.findall(rest[0]))) for new in _TEXT.findall(rest[-1])[:1])
        elif kind == "SplitColumn" and len(rest) > 1:
            yield from ((new, tuple(_TEXT.findall(rest[0])[:1])) for new in _TEXT.findall(rest[-1]))
        elif kind.startswith("Expand") and len(rest) > 2:
            renamed = zip(_TEXT.findall(rest[2]), _TEXT.findall(rest[1]), strict=False)
            yield from ((new, (old,)) for new, old in renamed if new != old)
        elif kind.startswith("Unpivot") and len(rest) > 2:
            yield from ((new, tuple(_TEXT.findall(rest[0]))) for new in _TEXT.findall(rest[2])[:1])


def _sql(text: str) -> Iterator[Made]:
    """Aliases of every select list: of custom SQL, of SQL in a string of Power Query, of subqueries and CTEs."""
    for query in _queries(text):
        parsed = _parsed(query)
        yield from _of_tree(parsed) if parsed else _of_text(query)


def _queries(text: str) -> Iterator[str]:
    """The text itself, or the SQL in its strings."""
    if _QUERY.match(text):
        yield text
        return
    for quoted in _TEXT.findall(text):
        plain = _UNICODE.sub(" ", quoted).replace('""', '"')
        if _QUERY.match(plain):
            yield plain


def _parsed(query: str) -> list[Expr]:
    """The statements of a query, in the first dialect that reads it; empty if none does."""
    from sqlglot import parse  # noqa: PLC0415 - heavy: only workbooks with custom SQL pay for it
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    if len(query) > _LONGEST:
        return []
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # its warnings quote the query
    for dialect in _DIALECTS:
        try:
            found = [statement for statement in parse(query, dialect=dialect) if statement is not None]
        except (SqlglotError, RecursionError):
            continue
        if found and all(statement.key != "command" for statement in found):
            return found
    return []


def _of_tree(statements: list[Expr]) -> Iterator[Made]:
    from sqlglot import exp  # noqa: PLC0415

    for new, item in _named_items(statements):
        old = tuple(dict.fromkeys(column.name for column in item.find_all(exp.Column)))
        if old and old != (new,):
            yield new, old


def _named_items(statements: list[Expr]) -> Iterator[tuple[str, Expr]]:
    """Columns that selects make, each with its new name and what it is made of."""
    from sqlglot import exp  # noqa: PLC0415

    for statement in statements:
        for select in statement.find_all(exp.Select):
            yield from ((item.alias, item.unalias()) for item in select.expressions if item.alias)
        for union in statement.find_all(exp.SetOperation):  # its columns have the names of the first SELECT
            first, *others = list(union.find_all(exp.Select, bfs=False))
            for other in others:
                named = zip(first.expressions, other.expressions, strict=False)
                yield from ((name.alias_or_name, item.unalias()) for name, item in named)
        for cte in statement.find_all(exp.CTE, exp.Subquery):  # WITH t(Score) AS (SELECT KS4_ATT8 ...)
            alias, inner = cte.args.get("alias"), cte.this
            if alias is not None and isinstance(inner, exp.Select):
                made = zip(alias.columns, inner.expressions, strict=False)
                yield from ((new.name, item.unalias()) for new, item in made)


@functools.lru_cache(maxsize=64)
def renamed(sql: str) -> Mapping[str, tuple[str, ...]]:
    """Columns that a query in SQL hands on whole under a new name, by that name without case.

    ``SELECT p.UPN AS ref``, ``Forename || ' ' || Surname AS who``: what they held they hold still, other
    than ``COUNT(UPN) AS n``.
    """
    steps: dict[str, tuple[str, ...]] = {}
    for new, item in _named_items(_parsed(sql)):
        key = new.casefold()
        steps[key] = tuple(dict.fromkeys((*steps.get(key, ()), *(n for n in _whole(item) if n.casefold() != key))))
    return {new: tuple(_paths(new, steps)) for new in steps}


def _whole(item: Expr) -> Iterator[str]:
    """Names of the columns whose text is in the result unabridged."""
    from sqlglot import exp  # noqa: PLC0415

    if isinstance(item, exp.Column):
        yield item.name
    elif isinstance(
        item, exp.DPipe | exp.Add | exp.Concat | exp.Coalesce | exp.Upper | exp.Lower | exp.Trim | exp.Paren
    ):
        for part in item.iter_expressions():
            yield from _whole(part)


def _of_text(query: str) -> Iterator[Made]:
    """By commas and the word ``as``, where no dialect reads the query: rather one name too many than too few."""
    for match in _SELECT.finditer(query):
        for item in _arguments(query, match.end(), stop=re.compile(r"\bfrom\b", re.IGNORECASE)):
            aliased = _ALIASED.match(item.strip())
            if aliased:
                yield aliased[2].strip('"[]`'), tuple(_WORD.findall(aliased[1]))


def _dax(text: str) -> Iterator[Made]:
    yield from ((new, tuple(_FIELD.findall(body))) for new, body in _MADE.findall(text) if _FIELD.search(body))


def _arguments(text: str, start: int, stop: re.Pattern[str] | None = None) -> list[str]:
    """The parts between commas from a position on, to the bracket that closes or the word that stops."""
    found, depth, begin, i = [], 0, start, start
    while i < len(text):
        character = text[i]
        if character in "\"'" and (end := text.find(character, i + 1)) >= 0:
            i = end
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and character == ",":
            found.append(text[begin:i])
            begin = i + 1
        if depth < 0 or (depth == 0 and stop is not None and stop.match(text, i)):
            break
        i += 1
    return [*found, text[begin:i]]
