"""Which columns a query makes of which others: Power Query steps, SQL select lists, DAX tables.

Only names are read, nothing is evaluated: enough to tell that a renamed or computed column still
carries what an NPD field carried. What is not recognised is left out, and said by ``untold``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from checks.npd.paths import TEXT, Made, arguments, paths
from checks.npd.selects import made_by, queries
from linter.formulas.dax import DaxError
from linter.formulas.dax import parse as parse_dax
from linter.formulas.dax.tree import Call, Let, Name, Node, Ref, Text, walk

_STEP = re.compile(
    r"\bTable\.(RenameColumns|DuplicateColumn|AddColumn|Group|CombineColumns|SplitColumn"
    r"|ExpandTableColumn|ExpandRecordColumn|Unpivot|UnpivotColumns|FromRows|FromList|FromColumns|FromValue)\s*\("
)
_PAIR = re.compile(r'\{\s*"((?:[^"]|"")*)"\s*,\s*"((?:[^"]|"")*)"\s*\}')
_GROUPED = re.compile(r'\{\s*"((?:[^"]|"")*)"\s*,\s*each\b([^{}]*)')
_COLUMN = re.compile(r'\bTable\.Column\s*\([^,()]*,\s*"((?:[^"]|"")*)"')
_TYPED_NAME = re.compile(r'[\[,]\s*(?:#"([^"]+)"|(\w+))\s*=')
_FIELD = re.compile(r"\[#?\"?([^\[\]\"]+)\"?\]")
NATIVE = re.compile(r"\b(?:Value\.NativeQuery|Odbc\.Query|OleDb\.Query)\s*\(|\bQuery\s*=(?!\s*\[)")
"""Where Power Query hands over a query in the language of the source."""
_MAKING = frozenset({"SELECTCOLUMNS", "ADDCOLUMNS", "SUMMARIZE", "SUMMARIZECOLUMNS", "GROUPBY", "ROW"})


def origins(
    text: str,
    *,
    calculated: bool = False,
    sql: Iterable[str] = (),
    measures: Mapping[str, tuple[str, ...]] | None = None,
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Columns that a query makes, each with the columns before it and the path of steps down to each.

    Args:
        text: of the query, with those that it builds upon.
        calculated: it is the DAX of a calculated table.
        sql: queries in SQL that run before it.
        measures: columns that the measures of the model rest on, for calculated tables.
    """
    steps: dict[str, tuple[str, ...]] = {}
    written = [*queries(text), *sql]
    made = (
        (*(measures or {}).items(), *_dax(text))
        if calculated
        else (*_power_query(text), *(m for q in written for m in made_by(q)))
    )
    for new, old in made:
        steps[new] = tuple(dict.fromkeys((*steps.get(new, ()), *old)))
    folded: dict[str, tuple[str, ...]] = {}
    for new, olds in steps.items():  # SQL doesn't tell cases apart; where Power Query does, nothing is lost
        folded[new.casefold()] = (*folded.get(new.casefold(), ()), *olds)
    return {new: paths(new, folded) for new in steps}


def _power_query(text: str) -> Iterator[Made]:
    for match in _STEP.finditer(text):
        call = arguments(text, match.end())
        kind, rest = match[1], call[1:]
        if kind == "RenameColumns" and rest:
            yield from ((new, (old,)) for old, new in _PAIR.findall(rest[0]))
        elif kind == "Group" and len(rest) > 1:
            yield from ((new, tuple(_FIELD.findall(body))) for new, body in _GROUPED.findall(rest[1]))
        elif kind == "DuplicateColumn" and len(rest) > 1:
            yield from ((new, (old,)) for old in TEXT.findall(rest[0]) for new in TEXT.findall(rest[1]))
        elif kind == "AddColumn" and len(rest) > 1:
            yield from ((new, tuple(_FIELD.findall(rest[1]))) for new in TEXT.findall(rest[0])[:1])
        elif kind == "CombineColumns" and len(rest) > 2:
            yield from ((new, tuple(TEXT.findall(rest[0]))) for new in TEXT.findall(rest[-1])[:1])
        elif kind == "SplitColumn" and len(rest) > 1:
            yield from ((new, tuple(TEXT.findall(rest[0])[:1])) for new in TEXT.findall(rest[-1]))
        elif kind.startswith("Expand") and len(rest) > 1:  # of what was joined, or of a record made before
            renamed = zip(TEXT.findall(rest[2] if len(rest) > 2 else rest[1]), TEXT.findall(rest[1]), strict=False)
            yield from ((new, (old, *TEXT.findall(rest[0])[:1])) for new, old in renamed)
        elif kind.startswith("Unpivot") and len(rest) > 2:
            yield from ((new, tuple(TEXT.findall(rest[0]))) for new in TEXT.findall(rest[2])[:1])
        elif kind.startswith("From"):
            yield from _of_lists(call[0], ",".join(rest))


def _of_lists(lists: str, named: str) -> Iterator[Made]:
    """Columns of lists that are columns of another table: ``Table.FromList(Source[UPN], null, {"ref"})``."""
    before = (*_FIELD.findall(lists), *_COLUMN.findall(lists))
    if before:
        plain = [f"Column{i + 1}" for i in range(len(before))] + ["Value"]
        names = [*TEXT.findall(named), *(a or b for a, b in _TYPED_NAME.findall(named))] or plain
        yield from ((new, before) for new in names)


def _literal_names(text: str) -> bool:
    """Whether it is a list of names written out, or one name."""
    return not re.sub(r'"(?:[^"]|"")*"|[{},\s]', "", text)


def _of_fields(body: str) -> bool:
    """Whether a function of a row says itself which fields it takes, if any."""
    taken = re.sub(r"(?<=.)\beach\b[^,()]*", "", body.strip())  # of lists inside, each has its own _
    whole_row = re.search(r"\b_\b(?!\])|Record\.", taken)
    return whole_row is None and (bool(_FIELD.search(taken)) or taken.startswith("each"))


STEPS: Mapping[str, Callable[[list[str]], bool]] = {
    "RenameColumns": lambda rest: bool(rest) and _literal_names(rest[0]),
    "DuplicateColumn": lambda rest: len(rest) > 1 and all(map(_literal_names, rest[:2])),
    "AddColumn": lambda rest: len(rest) > 1 and _literal_names(rest[0]) and _of_fields(rest[1]),
    "Group": lambda rest: len(rest) < 2 or len(_GROUPED.findall(rest[1])) == len(re.findall(r"\beach\b|=>", rest[1])),
    "CombineColumns": lambda rest: len(rest) > 2 and _literal_names(rest[0]) and _literal_names(rest[-1]),
    "SplitColumn": lambda rest: len(rest) > 1 and _literal_names(rest[0]),
    "ExpandTableColumn": lambda rest: len(rest) < 3 or rest[1] == rest[2] or all(map(_literal_names, rest[:3])),
    "ExpandRecordColumn": lambda rest: len(rest) < 3 or rest[1] == rest[2] or all(map(_literal_names, rest[:3])),
    "Unpivot": lambda rest: len(rest) > 2 and all(map(_literal_names, rest[:3])),
    "UnpivotColumns": lambda rest: len(rest) > 2 and all(map(_literal_names, rest[:3])),
}
"""Functions that give columns names, and whether the arguments after the table say all of what they do."""


def dax_tree(text: str) -> Node | None:
    """A calculated table's expression; None if it can't be read, or joins tables by the places of their columns."""
    try:
        tree = parse_dax(text)
    except DaxError:
        return None
    unions = [part.args for part in walk(tree) if isinstance(part, Call) and part.function == "UNION"]
    return None if any(_given_names(table) is None for tables in unions for table in tables) else tree


def _given_names(table: Node) -> list[str] | None:
    """The names of all columns of a table, in their order; None if its expression doesn't give each."""
    if not isinstance(table, Call) or table.function not in {"SELECTCOLUMNS", "ROW"}:
        return None
    named = table.args[table.function == "SELECTCOLUMNS" :: 2]
    names = [name.value for name in named if isinstance(name, Text)]
    return names if len(names) == len(named) else None


def _dax(text: str) -> Iterator[Made]:
    try:
        tree = parse_dax(text)
    except DaxError:
        return
    variables = {
        name.casefold(): value for part in walk(tree) if isinstance(part, Let) for name, value in part.bindings
    }
    for part in walk(tree):
        if isinstance(part, Call) and part.function in _MAKING:
            for named, value in itertools.pairwise(part.args):
                if isinstance(named, Text):
                    yield named.value, tuple(_referenced(value, variables))
        elif isinstance(part, Call) and part.function == "UNION":
            first, *others = [_given_names(table) or [] for table in part.args] or [[]]
            for other in others:
                yield from ((new, (old,)) for new, old in zip(first, other, strict=False))


def _referenced(value: Node, variables: Mapping[str, Node]) -> Iterator[str]:
    """Names of the columns and measures in an expression and in the variables that it uses."""
    waiting, seen = [value], set[str]()
    while waiting:
        for part in walk(waiting.pop()):
            if isinstance(part, Ref):
                yield part.name
            elif isinstance(part, Name) and part.name.casefold() in variables.keys() - seen:
                seen.add(part.name.casefold())
                waiting.append(variables[part.name.casefold()])
