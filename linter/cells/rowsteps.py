"""Steps of a semantic model's query: the rows of a table in a filter context, and values of cells.

A step of rows is one table, the tables that filter it, and the conditions that work there. It gives
the value of every grouping that works (``g0``...), the unit (``u`` a key, ``w`` a count of people), the
columns in use (``k0``...) and ``row``, which tells rows apart where a join repeats them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from sqlglot import exp

from linter.cells.cellvalues import (
    by_members,
    cell_columns,
    depth,
    members_of,
    needs_values,
    ranks_by_count,
    removal_of,
)
from linter.cells.population import NotEvaluated
from linter.cells.query import Place, physical, relation
from linter.cells.reach import Chains, Step, reach
from linter.cells.removal import Removal, conjuncts, reached, restricted
from linter.cells.sql import SqlWriter, func, number
from linter.evidence import Unit
from linter.expressions import (
    TRUE,
    Aggregate,
    Case,
    Column,
    Expr,
    TopMembers,
    call,
    columns,
    rewrite,
)
from linter.model import CELL, CellValue, Filter, Grouping, Layer, Link, Source
from linter.records import dataclass

_TOP = "\0top"  # table id of the columns that mark the members of a ranking
_ONCE = frozenset({"min", "max", "any", "count_distinct"})  # repeated rows don't change these


@dataclass(frozen=True, slots=True)
class Rows:
    """A step of rows: names of its grouping columns by position, of its other columns."""

    name: str
    groups: Mapping[int, str]
    held: Mapping[Column, str]
    repeats: bool


@dataclass(slots=True)
class Scope:
    """The groupings and filters under which steps are written. ``steps`` collects them in order.

    ``shown``: the step with the cells that a filter on a measure leaves, and their groupings. ``single``:
    the data show that no two rows of the table that is counted have the same key.
    """

    layer: Layer
    source: Source
    place: Place
    unit: Unit
    steps: dict[str, exp.Query] = field(default_factory=dict)
    shown: tuple[str, tuple[int, ...]] | None = None
    single: bool = False
    _rows: dict[object, Rows] = field(default_factory=dict)
    _rankings: dict[TopMembers, str] = field(default_factory=dict)

    @property
    def body(self) -> tuple[int, ...]:
        """The grouping set of the cells themselves."""
        return tuple(range(len(self.layer.grain)))

    def writer(self, names: Mapping[Column, exp.Expr]) -> SqlWriter:
        """Writes expressions over these columns."""
        return SqlWriter(self.place.engine, names.__getitem__, self.place.as_of, fold_case=self.place.fold_case)

    def add(self, kind: str, query: exp.Query) -> str:
        """Make a query a step; its name."""
        name = f"{kind}{len(self.steps)}"
        self.steps[name] = query
        return name

    def restrict(self, name: str, positions: tuple[int, ...]) -> None:
        """From now on give only rows of the cells in a step, by these groupings."""
        self.shown = name, positions
        self._rows.clear()

    # -- rows ------------------------------------------------------------------------------------

    def rows(
        self, root: str, removal: Removal, exprs: Iterable[Expr], links: tuple[Link, ...] = (), *, units: bool = False
    ) -> Rows:
        """The rows of a table under the filters that reach it and are not removed.

        Raises:
            NotEvaluated: a filter, a grouping or an expression can't be applied to these rows.
        """
        used = frozenset(c for e in exprs for c in columns(e) if c.table != CELL)
        key = (root, removal, used, links, units)
        if key not in self._rows:
            self._rows[key] = self._written(root, removal, used, links, units=units)
        return self._rows[key]

    def members(self, table: str) -> Rows | None:
        """The rows of a table of groupings that the filters leave; None where no filter reaches it."""
        try:
            reaching = self._conditions(reach(self.source, table), Removal())
            return self.rows(table, Removal(), ()) if reaching else None
        except NotEvaluated:  # a filter that can't be applied to it alone: more cells are judged than shown
            return None

    def _written(
        self, root: str, removal: Removal, used: frozenset[Column], links: tuple[Link, ...], *, units: bool
    ) -> Rows:
        chains = reach(self.source, root, links)
        grain = [g.expr for g in self.layer.grain]
        groups = {i: e for i, e in enumerate(grain) if reached(e, chains) and self._works(e, removal)}
        conditions = self._conditions(chains, removal)
        people = self.unit.column if units else None
        held = {c: f"k{i}" for i, c in enumerate(sorted(used, key=_by_name))}
        rankings = self._used_in(conditions)
        ranked = [e for ranking in rankings for e in ranking.by]
        needed = [*groups.values(), *conditions, *ranked, *used, *((people,) if people else ())]
        steps = _steps(needed, chains)
        aliases = {root: "t0", **{step.table: f"t{i}" for i, step in enumerate(steps, 1)}}
        writer = SqlWriter(
            self.place.engine, lambda c: self._column(c, aliases), self.place.as_of, fold_case=self.place.fold_case
        )
        repeats = any(step.repeats for step in steps)
        selected = [writer.write(e).as_(f"g{i}") for i, e in groups.items()]
        selected += [writer.write(c).as_(name) for c, name in held.items()]
        if people:
            selected.append(writer.write(people).as_("w" if self.unit.kind == "count_field" else "u"))
        selected.append((exp.column("rowid", table="t0") if repeats else number(1)).as_("row"))
        query = exp.select(*selected).from_(relation(self.place, root, "t0"))
        for step in steps:
            on = exp.and_(*(exp.EQ(this=writer.write(a), expression=writer.write(b)) for a, b in step.on))
            query = query.join(relation(self.place, step.table, aliases[step.table]), on=on, join_type="left")
        for ranking, name in rankings.items():
            members = [same(writer.write(e), exp.column(f"h{i}", table=name)) for i, e in enumerate(ranking.by)]
            query = query.join(exp.to_table(name), on=exp.and_(*members), join_type="left")
        for condition in [*conditions, *_matches(steps, conditions, chains)]:
            query = query.where(writer.write(condition))
        if self.shown is not None:
            query = self._of_shown_cells(query, {i: writer.write(e) for i, e in groups.items()})
        return Rows(self.add("rows", query), {i: f"g{i}" for i in groups}, held, repeats)

    def _works(self, grouping: Expr, removal: Removal) -> bool:
        """Whether a grouping still works, itself or by the column that orders it.

        A visual groups by both, so that removing the filter on one of them leaves the other's.
        """
        if removal.groups(columns(grouping)):
            return True
        if not isinstance(grouping, Column):
            return False
        table = self.source.table(grouping.table)
        held = table.column(grouping.name) if table else None
        return bool(held and held.sort_by and removal.groups(frozenset({Column(grouping.table, held.sort_by)})))

    def _column(self, column: Column, aliases: Mapping[str, str]) -> exp.Expr:
        if column.table == _TOP:
            return exp.column("member", table=column.name)
        return exp.column(physical(self.place, column), table=aliases[column.table])

    def _conditions(self, chains: Chains, removal: Removal) -> list[Expr]:
        """The conditions that reach a table and are not removed, rankings resolved."""
        found = []
        for item in self.layer.filters:
            for part in conjuncts(item.predicate) if item.stage != "measure" else ():
                on = restricted(part)
                reaching = {c.table in chains for c in on}
                if len(reaching) == 2:
                    raise NotEvaluated(f"the filter on {item.caption!r} is over tables that are not related")
                if not on or (reaching == {True} and removal.restricts(on)):
                    found.append(self._resolved(item, part))
        return found

    def _of_shown_cells(self, query: exp.Select, groups: Mapping[int, exp.Expr]) -> exp.Select:
        """Only rows of cells that a filter on a measure leaves, as far as their groupings work here."""
        name, positions = self.shown or ("", ())
        pairs = [same(groups[i], exp.column(f"h{i}", table="shown")) for i in positions if i in groups]
        inner = exp.select("1").from_(exp.alias_(exp.to_table(name), "shown", table=True)).where(*pairs)
        return query.where(exp.Exists(this=inner))

    # -- rankings --------------------------------------------------------------------------------

    def _resolved(self, item: Filter, condition: Expr) -> Expr:
        """The condition with a mark of the members in place of every ranking."""

        def marked(part: Expr) -> Expr:
            if not isinstance(part, TopMembers):
                return part
            if part not in self._rankings:
                self._rankings[part] = self._ranking(item, part)
            return call("not", call("is_null", Column(_TOP, self._rankings[part])))

        return rewrite(condition, marked)

    def _ranking(self, item: Filter, ranking: TopMembers) -> str:
        """The step with the members of a ranking under all other filters, ties included."""
        others = tuple(f for f in self.layer.filters if f.stage not in {"measure", "set"} and f is not item)
        grain = tuple(Grouping("", e, "other") for e in ranking.by)
        scope = Scope(Layer("", self.source.id, grain, filters=others), self.source, self.place, self.unit, self.steps)
        if members_of(item.values):
            raise NotEvaluated(f"the ranking {item.caption!r} is by values of other members")
        values, groups = scope.values(item.values, scope.body)
        if set(groups) != set(scope.body):
            raise NotEvaluated(f"the ranking {item.caption!r} is by a value that does not depend on what is ranked")
        value = self.writer(cell_columns(item.values, "m")).write(ranking.order)
        order = exp.Order(expressions=[exp.Ordered(this=value, desc=ranking.descending, nulls_first=False)])
        members = [exp.column(f"h{i}", table="m") for i in scope.body]
        empty = exp.Nullif(this=value.copy(), expression=number(0)) if ranks_by_count(item, ranking) else value.copy()
        blank = exp.Is(this=empty, expression=exp.null())
        ranked = exp.select(*members, exp.Window(this=func("rank"), order=order).as_("place"))
        ranked = ranked.from_(values.subquery("m")).where(exp.Not(this=exp.Paren(this=blank)))
        first = exp.LTE(this=exp.column("place"), expression=number(ranking.count))
        kept = exp.select(*(exp.column(f"h{i}") for i in scope.body), number(1).as_("member"))
        return self.add("top", kept.from_(ranked.subquery("r")).where(first))

    def _used_in(self, conditions: Iterable[Expr]) -> dict[TopMembers, str]:
        """The rankings that conditions name, with their steps."""
        names = {c.name for e in conditions for c in columns(e) if c.table == _TOP}
        return {ranking: name for ranking, name in self._rankings.items() if name in names}

    # -- values of cells -------------------------------------------------------------------------

    def values(self, values: tuple[CellValue, ...], keeps: tuple[int, ...]) -> tuple[exp.Select, tuple[int, ...]]:
        """All these values for each cell of a grouping set: ``h0``... are the groupings, ``p0``... the columns
        by which there are several values in a cell (the same for all values), then the values.

        Returns:
            The query and the positions of the groupings on which any value depends.
        """
        # a value that rests on others is there only for cells in which these hold against some row
        made = sorted(((v, *self._value(v, keeps)) for v in values), key=lambda m: (-len(m[2]), depth(m[0])))
        _, first, positions = made[0]
        per = members_of(values)
        named = [f"p{i}" for i in range(len(per))]
        labels = [*(f"h{i}" for i in positions), *named]
        several, base = len(made) > 1 and bool(per), "w0"
        if several:  # a member may have one of the values and not the others
            steps = [(value, self.add("values", table), own) for value, table, own in made]
            made = [(value, exp.select("*").from_(name), own) for value, name, own in steps]
            each = [exp.select(*labels).from_(name) for _, name, own in steps if own == positions]
            base, first = "c", each[0]
            if len(each) > 1:
                first = exp.select("*").from_(exp.union(*each, distinct=True).subquery("u"))
        query = exp.select(*(exp.column(n, table=base) for n in labels)).from_(first.subquery(base))
        for n, (value, table, own) in enumerate(made):
            query = query.select(exp.column(value.name, table=f"w{n}"))
            if not set(own) <= set(positions):
                raise NotEvaluated("a measure compares with values that depend on different groupings")
            if n or several:
                shared = [*(f"h{i}" for i in own), *named]
                on = [same(exp.column(s, table=base), exp.column(s, table=f"w{n}")) for s in shared]
                query = query.join(table.subquery(f"w{n}"), on=exp.and_(*on) if on else exp.true(), join_type="left")
        return query, positions

    def _value(self, value: CellValue, keeps: tuple[int, ...]) -> tuple[exp.Select, tuple[int, ...]]:
        """One value for each cell of a grouping set, and the groupings on which it depends."""
        members = value.by or value.per
        rows = self.rows(value.table, removal_of(value), [value.arg, value.adds, *members])
        if rows.repeats and value.aggregate not in _ONCE:
            raise NotEvaluated("a measure compares with a sum over rows that a relationship repeats")
        query, groups, writer = self.source_of(rows, value.values, value.adds, keeps)
        inside = value.adds == TRUE or bool(value.values)  # then no condition is left for the aggregate
        arg = value.arg if inside else Case(((value.adds, value.arg),))
        number_shown = writer.write(Aggregate(value.aggregate, arg)).as_(value.name)
        query = query.select(*(group.as_(f"h{i}") for i, group in groups.items()), number_shown)
        per = {f"p{i}": writer.write(column) for i, column in enumerate(members)}
        query = query.select(*(column.as_(name) for name, column in per.items()))
        return grouped(query, {**groups, **per}), tuple(groups)

    def source_of(
        self, rows: Rows, values: tuple[CellValue, ...], condition: Expr, keeps: tuple[int, ...]
    ) -> tuple[exp.Select, dict[int, exp.Expr], SqlWriter]:
        """The rows for a grouping set, and how its groupings are called.

        With ``values`` each row comes once for every cell against whose values the condition holds.
        """
        names: dict[Column, exp.Expr] = {c: exp.column(n, table="r") for c, n in rows.held.items()}
        groups: dict[int, exp.Expr] = {i: exp.column(n, table="r") for i, n in rows.groups.items() if i in keeps}
        query = exp.select().from_(exp.alias_(exp.to_table(rows.name), "r", table=True))
        parts = by_members(values, condition)
        cells = {c: e for n, (part, _) in enumerate(parts) for c, e in cell_columns(part, f"v{n}").items()}
        writer = self.writer({**names, **cells})
        for n, (part, about) in enumerate(parts):
            query, found = self._against(query, f"v{n}", part, about, (writer, groups, keeps))
            groups = {**found, **groups}
        return query, groups, writer

    def _against(
        self, query: exp.Select, name: str, values: tuple[CellValue, ...], condition: Expr,
        known: tuple[SqlWriter, Mapping[int, exp.Expr], tuple[int, ...]],
    ) -> tuple[exp.Select, dict[int, exp.Expr]]:  # fmt: skip
        """The rows of a query for every cell against whose values the condition holds.

        ``known``: what writes their columns, their groupings, those of the grouping set. Also returned are
        the groupings that only the cells have.
        """
        writer, groups, keeps = known
        table, positions = self.values(values, keeps)
        own: dict[int, exp.Expr] = {i: exp.column(f"h{i}", table=name) for i in positions}
        on = [same(groups[i], column) for i, column in own.items() if i in groups]
        per = members_of(values)
        on += [same(writer.write(column), exp.column(f"p{i}", table=name)) for i, column in enumerate(per)]
        if not per or needs_values(condition):
            query = query.join(table.subquery(name), on=exp.and_(*on, writer.write(condition)))
            return query, {i: column for i, column in own.items() if i not in groups}
        cells = {} if set(positions) <= set(groups) else own  # a member without a value may qualify
        if cells:  # each row once for every cell of groupings that it does not have itself
            named, labels = self.add("values", table), [exp.column(f"h{i}") for i in positions]
            every = exp.select(*labels).distinct().from_(named).subquery(f"{name}c")
            own = {i: exp.column(f"h{i}", table=f"{name}c") for i in positions}
            where = [same(groups[i], column) for i, column in own.items() if i in groups]
            query = query.join(every, on=exp.and_(*where) if where else exp.true())
            on = [*on, *(same(column, cells[i]) for i, column in own.items() if i not in groups)]
            table = exp.select("*").from_(named)
        query = query.join(table.subquery(name), on=exp.and_(*on), join_type="left").where(writer.write(condition))
        return query, {i: column for i, column in own.items() if cells and i not in groups}


def _steps(needed: Iterable[Expr], chains: Chains) -> list[Step]:
    """The joins that lead to the tables in use, in order."""
    tables = dict.fromkeys(c.table for e in needed for c in sorted(columns(e), key=_by_name) if c.table != _TOP)
    if any(t not in chains for t in tables):
        raise NotEvaluated("it uses a table that is not related to the one it counts")
    return list(dict.fromkeys(step for t in tables for step in chains[t]))


def _matches(steps: Iterable[Step], conditions: Iterable[Expr], chains: Chains) -> Iterable[Expr]:
    """A filter from a many side leaves only rows that meet one of its rows, whatever it says of blank."""
    filtering = {step for e in conditions for c in columns(e) for step in chains.get(c.table, ())}
    for step in steps:
        if step.repeats and step in filtering:
            yield from (call("not", call("is_null", b)) for _, b in step.on)


def same(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Equality that takes null for a value."""
    return exp.NullSafeEQ(this=left, expression=right)


def grouped(query: exp.Select, groups: Mapping[Any, exp.Expr]) -> exp.Select:
    """The query grouped by these, if there are any."""
    return query.group_by(*(group.copy() for group in groups.values())) if groups else query


def _by_name(column: Column) -> tuple[str, str]:
    return column.table, column.name
