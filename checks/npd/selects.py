"""Which columns the SQL of a query makes of which others: select lists, CTEs, unions."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from checks.npd.paths import TEXT, Made, arguments, paths

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_SELECT = re.compile(r"\bselect\b(?:\s+distinct\b|\s+top\s+\d+)?", re.IGNORECASE)
_ALIASED = re.compile(r"^(.*[^\s.])\s+(?:as\s+)?(\w+|\"[^\"]+\"|\[[^\]]+\]|`[^`]+`)$", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\w+")
_QUERY = re.compile(r"(?>\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*)(?:select|with)\b", re.IGNORECASE | re.DOTALL)
_INNER_QUERY = re.compile(r"\s*(?:select|with)\b.*\bfrom\b", re.IGNORECASE | re.DOTALL)
_UNICODE = re.compile(r"#\((?:cr|lf|tab|,)+\)")  # line breaks as Power Query writes them
_PARAMETER = re.compile(r"<\[?Parameters\]?\.[^<>]+>")  # as Tableau puts one into custom SQL
_ONLY_NAME = re.compile(r"(?:(?:\w+|\[[^\]]+\]|\"[^\"]+\"|`[^`]+`)\s*\.\s*)*(?:\w+|\[[^\]]+\]|\"[^\"]+\"|`[^`]+`|\*)")
_DIALECTS = ("tsql", "postgres", "snowflake", "bigquery")


LONGEST = 100_000
"""Characters of a query that are parsed."""


def made_by(query: str) -> Iterator[Made]:
    """Aliases of every select list: of custom SQL, of SQL in a string of Power Query, of subqueries and CTEs."""
    found = parsed(query)
    yield from _of_tree(found) if found else _of_text(query)


def is_query(text: str) -> bool:
    """Whether a text is a query in SQL from its beginning."""
    return _QUERY.match(text) is not None


def plain_sql(query: str) -> str:
    """The query without what Tableau writes into it: parameters, and each < and > twice."""
    return _PARAMETER.sub("1", query).replace("<<", "<").replace(">>", ">")


def only_selects(query: str) -> bool:
    """Whether no select list of a query that isn't parsed has more than names of columns, and these stay."""
    lists = [arguments(query, m.end(), stop=re.compile(r"\bfrom\b", re.IGNORECASE)) for m in _SELECT.finditer(query)]
    if re.search(r"\b(?:union|with|pivot|unpivot|apply|openquery|openrowset)\b", query, re.IGNORECASE):
        return False
    return bool(lists) and all(_ONLY_NAME.fullmatch(item.strip()) for items in lists for item in items)


def queries(text: str) -> Iterator[str]:
    """The text itself, or the SQL in its strings."""
    if is_query(text):
        yield text
        return
    for quoted in TEXT.findall(text):
        plain = _UNICODE.sub(" ", quoted).replace('""', '"')
        if _QUERY.match(plain):
            yield plain


@functools.lru_cache(maxsize=64)
def parsed(query: str) -> tuple[Expr, ...]:
    """The statements of a query, in the first dialect that reads it; empty if none does."""
    from sqlglot import parse  # noqa: PLC0415 - heavy: only workbooks with custom SQL pay for it
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    query = plain_sql(query)
    if len(query) > LONGEST:
        return ()
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # its warnings quote the query
    for dialect in _DIALECTS:
        try:
            found = tuple(statement for statement in parse(query, dialect=dialect) if statement is not None)
        except (SqlglotError, RecursionError):
            continue
        if found and all(statement.key != "command" for statement in found):
            return found
    return ()


def names_unseen(statements: tuple[Expr, ...]) -> bool:
    """Whether columns get names other than in select lists: turned, unfolded, or asked of another server in a text."""
    from sqlglot import exp  # noqa: PLC0415

    for node in (node for statement in statements for node in statement.walk()):
        if isinstance(node, exp.Pivot) or (isinstance(node, exp.Literal) and _INNER_QUERY.match(node.name)):
            return True
        if isinstance(node, exp.UDTF) and not isinstance(node.this, exp.Subquery):
            parts = [part for key, part in node.args.items() if key != "alias"]
            unfolded = [x for part in parts for x in (part if isinstance(part, list) else [part])]
            if any(isinstance(x, exp.Expression) and x.find(exp.Column) for x in unfolded):
                return True
    return False


def _of_tree(statements: tuple[Expr, ...]) -> Iterator[Made]:
    from sqlglot import exp  # noqa: PLC0415

    for new, item in _named_items(statements):
        old = tuple(dict.fromkeys(column.name for column in item.find_all(exp.Column)))
        if old and old != (new,):
            yield new, old


def _named_items(statements: tuple[Expr, ...]) -> Iterator[tuple[str, Expr]]:
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
    for new, item in _named_items(parsed(sql)):
        key = new.casefold()
        steps[key] = tuple(dict.fromkeys((*steps.get(key, ()), *(n for n in _whole(item) if n.casefold() != key))))
    return {new: tuple(paths(new, steps)) for new in steps}


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
        for item in arguments(query, match.end(), stop=re.compile(r"\bfrom\b", re.IGNORECASE)):
            aliased = _ALIASED.match(item.strip())
            if aliased:
                yield aliased[2].strip('"[]`'), tuple(_WORD.findall(aliased[1]))
