"""All fields of a workbook together: nested calculations, their meaning and their lineage.

Everything here works by stacks and queues, never by recursion from one calculation into the next,
and each calculation is read once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from linter.expressions import Column, Expr, Unsupported, columns, problems
from linter.formulas.tableau_calc.parser import parse
from linter.formulas.tableau_calc.resolved import Translated, View
from linter.formulas.tableau_calc.translate import translate
from linter.formulas.tableau_calc.tree import FormulaError, Node, references
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from linter.formulas.tableau_calc.calls import Locale
    from linter.formulas.tableau_calc.functions import Type

Key = tuple[str | None, str]
"""A field as (source, name). None is the only source, or that of fields shared by all."""

CIRCULAR = "circular: the calculation refers to itself"


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """One field: the expression of a column, group, set or parameter, or the text of a formula.

    ``type`` is the declared type; that of a formula counts where it can't be told from the formula.
    """

    caption: str
    content: Expr | str
    type: Type = "unknown"
    locale: Locale | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a field rests on, at any depth.

    ``via``: captions of the calculations between, nearest first. ``unread``: the names or captions of
    what couldn't be followed (no such field, a formula that can't be read): if there are any, the
    columns may be incomplete.
    """

    columns: frozenset[Column]
    via: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class FormulaSet:
    """The fields of one or several sources, resolving each other.

    Args:
        fields: what each field is. Names are matched as written, or else, if only one field fits,
            without regard to case.
        home: the source of names given without one.
        view: what INCLUDE and EXCLUDE depend on.
    """

    def __init__(self, fields: Mapping[Key, FieldEntry], home: str | None = None, view: View | None = None) -> None:
        self._fields = dict(fields)
        self._home = home
        self._view = view
        self._folded: dict[Key, list[Key]] = {}
        for source, name in self._fields:
            self._folded.setdefault((source, name.casefold()), []).append((source, name))
        self._parsed: dict[Key, Node | FormulaError] = {}
        self._done: dict[Key, Translated] = {}

    def resolve(self, name: str, source: str | None = None) -> Translated | None:
        """The meaning of a field, nested calculations resolved; None if there is no such field."""
        return self.resolve_from(name, source, self._home)

    def resolve_from(self, name: str, source: str | None, home: str | None) -> Translated | None:
        """As ``resolve``, for a name in a formula of the source ``home``."""
        key = self._find(name, source, home)
        return None if key is None else self._translated(key)

    def seen_in(self, view: View) -> FormulaSet:
        """The same fields, their INCLUDE and EXCLUDE taken over a view."""
        made = FormulaSet(self._fields, self._home, view)
        made._parsed = self._parsed  # one reading of each formula serves all views
        return made

    def tree(self, name: str, source: str | None = None) -> Node | None:
        """The parsed formula of a calculation; None for columns, unknown names and unreadable text."""
        key = self._find(name, source, self._home)
        node = None if key is None else self._node(key)
        return None if isinstance(node, FormulaError) else node

    def lineage(self, name: str, source: str | None = None) -> Lineage:
        """The base columns under a field, followed through the formulas themselves.

        Unlike ``linter.expressions.columns`` it also goes through what has no translation: table
        calculations, INCLUDE and EXCLUDE, raw SQL arguments, branches a parameter does not choose.
        """
        key = self._find(name, source, self._home)
        if key is None:
            return Lineage(frozenset(), (), (name,))
        found: set[Column] = set()
        via: list[str] = []
        unread: list[str] = []
        for at, _, missing in self._descend(key):
            unread.extend(missing)
            entry = self._fields[at]
            if not isinstance(entry.content, str):
                found |= columns(entry.content)
            elif at != key:
                via.append(entry.caption)
        return Lineage(frozenset(found), tuple(dict.fromkeys(via)), tuple(dict.fromkeys(unread)))

    def deep_fields(self, name: str, source: str | None = None, *, to: Column | None = None) -> tuple[str, ...]:
        """Captions of the fields under a field, nearest first, columns included.

        With ``to``, only the shortest chain that ends in a field resting on that column; empty if
        none does.
        """
        key = self._find(name, source, self._home)
        if key is None:
            return ()
        steps = {at: parent for at, parent, _ in self._descend(key)}
        if to is None:
            return tuple(self._fields[at].caption for at in steps if at != key)
        for at in steps:
            content = self._fields[at].content
            if not isinstance(content, str) and to in columns(content):
                return self._chain(at, key, steps)
        return ()

    def _chain(self, at: Key | None, start: Key, steps: Mapping[Key, Key | None]) -> tuple[str, ...]:
        captions = []
        while at is not None and at != start:
            captions.append(self._fields[at].caption)
            at = steps[at]
        return tuple(reversed(captions))

    def _find(self, name: str, source: str | None, home: str | None) -> Key | None:
        for where in dict.fromkeys((source,) if source is not None else (home, None)):
            if (where, name) in self._fields:
                return where, name
            alike = self._folded.get((where, name.casefold()), [])
            if len(alike) == 1:
                return alike[0]
        return None

    def _node(self, key: Key) -> Node | FormulaError | None:
        content = self._fields[key].content
        if not isinstance(content, str):
            return None
        if key not in self._parsed:
            try:
                self._parsed[key] = parse(content)
            except FormulaError as error:
                self._parsed[key] = error
        return self._parsed[key]

    def _named(self, key: Key) -> Iterator[tuple[str, Key | None]]:
        """The fields a calculation names, as written and as found."""
        node = self._node(key)
        if node is not None and not isinstance(node, FormulaError):
            for source, name in references(node):
                yield name, self._find(name, source, key[0])

    def _descend(self, start: Key) -> Iterator[tuple[Key, Key | None, tuple[str, ...]]]:
        """Every field under one, nearest first: (field, the one that names it, what it names in vain)."""
        steps: dict[Key, Key | None] = {start: None}
        queue = deque([start])
        while queue:
            at = queue.popleft()
            named = list(self._named(at))
            missing = [name for name, found in named if found is None]
            if isinstance(self._node(at), FormulaError):
                missing.append(self._fields[at].caption)
            yield at, steps[at], tuple(missing)
            for _, found in named:
                if found is not None and found not in steps:
                    steps[found] = at
                    queue.append(found)

    def _translated(self, start: Key) -> Translated:
        """Translate what a field rests on before the field itself."""
        path: dict[Key, Iterator[tuple[str, Key | None]]] = {}
        pending: list[Key] = [] if start in self._done else [start]
        while pending:
            at = pending[-1]
            names = path.setdefault(at, self._named(at))
            below = next((found for _, found in names if found is not None and found not in self._done), None)
            if below is None:
                self._done.setdefault(at, self._translate(at))
                path.pop(pending.pop())
            elif below in path:
                for key in pending[pending.index(below) :]:
                    self._done[key] = self._failed(key, CIRCULAR)
            else:
                pending.append(below)
        return self._done[start]

    def _translate(self, key: Key) -> Translated:
        entry = self._fields[key]
        if not isinstance(entry.content, str):
            return Translated(entry.content, entry.type, understood=not problems(entry.content))
        node = self._node(key)
        if node is None or isinstance(node, FormulaError):
            return self._failed(key, f"a formula that can't be read: {node.reason if node else ''}")
        translated = translate(node, _Scope(self, key[0]), entry.locale, self._view)
        return replace(translated, type=entry.type) if translated.type == "unknown" else translated

    def _failed(self, key: Key, reason: str) -> Translated:
        node = self._node(key)
        named = () if node is None or isinstance(node, FormulaError) else references(node)
        return Translated(Unsupported(reason), self._fields[key].type, understood=False, references=named)


@dataclass(frozen=True, slots=True)
class _Scope:
    fields: FormulaSet
    source: str | None

    def resolve(self, name: str, source: str | None) -> Translated | None:
        return self.fields.resolve_from(name, source, self.source)
