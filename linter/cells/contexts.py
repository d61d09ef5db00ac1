"""A layer of a semantic model as one SQL query, every base in its own filter context.

The filter context of a cell is its grouping values and the filters of the visual. A base that removes
filters is counted over fewer of both: by coarser groupings, whose counts are then joined to every cell
they belong to. A base that compares with values of the cell (a running total, the month before) is
counted over the rows that hold against the values of each cell. So the query is a chain of row steps,
one step of counts per context, and last the cells with all their counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace

from sqlglot import exp

from linter.cells.amounts import NONE, Amounts, beside, contributions, largest
from linter.cells.cellvalues import cell_columns
from linter.cells.dialects import sql_text
from linter.cells.population import NotEvaluated
from linter.cells.query import LayerQuery, base_condition, filtered, units_of
from linter.cells.removal import Removal, conjuncts, restricted
from linter.cells.rowsteps import Rows, Scope, grouped, same
from linter.cells.sql import NotExpressible, func, number
from linter.expressions import TRUE, Expr, all_of, columns
from linter.model import Base, CellValue
from linter.records import dataclass

KEPT = Removal()


def context_query(scope: Scope, bases: tuple[Base, ...], root: str, amounts: Amounts = NONE) -> LayerQuery:
    """Write the query of a layer whose bases all aggregate ``root`` over the same relationships.

    Every grouping of the scope's layer is drilled and works on the root or on a value that a base
    compares with. Of the amounts those are left out whose rows a relationship repeats.

    Raises:
        NotEvaluated: something in the grain, a filter or a base can't be put into SQL.
    """
    try:
        return _Query(scope, bases, root, amounts).build()
    except NotExpressible as error:
        raise NotEvaluated(str(error)) from error


def removal_of(base: Base) -> Removal:
    """The filters and groupings that do not work for a base."""
    removed, selected = (None if named == () else frozenset(named or ()) for named in (base.removes, base.reselects))
    return Removal(removed, selected)


@dataclass(slots=True)
class _Context:
    """Counts in one filter context. ``masks``: which rows each of its bases uses, by slot."""

    removal: Removal
    values: tuple[CellValue, ...] = ()
    condition: Expr = TRUE  # holds against the values
    masks: dict[int, Expr] = field(default_factory=dict)
    sums: dict[int, Expr] = field(default_factory=dict)  # amounts, by place of the base
    name: str = ""
    groups: tuple[int, ...] = ()  # the groupings on which its counts depend
    numbers: tuple[str, ...] = ()


class _Query:
    def __init__(self, scope: Scope, bases: tuple[Base, ...], root: str, amounts: Amounts) -> None:
        self.scope, self.bases, self.root = scope, bases, root
        self.amounts = amounts
        self.links = bases[0].links if bases else ()
        self.sets = tuple(dict.fromkeys([scope.body, *(t.keeps for t in scope.layer.totals)]))
        self.flags = [f"f{i}" for i in scope.body] if len(self.sets) > 1 else []

    def build(self) -> LayerQuery:
        contexts, slots = self._contexts()
        exprs = [
            [c.condition, *c.masks.values(), *c.sums.values(), *(e for v in c.values for e in v.per)] for c in contexts
        ]
        whole = self.scope.rows(self.root, KEPT, exprs[0], self.links, units=True)
        hiding, shares = self._hide(), dict[int, tuple[str, list[str]]]()
        for context, used in zip(contexts, exprs, strict=True):
            rows = self.scope.rows(self.root, context.removal, used, self.links, units=True)
            body = whole if context is contexts[0] else rows
            self._count(context, rows, body, main=context is contexts[0])
            if not rows.repeats:  # amounts of rows that a relationship repeats are no contributions
                shares |= self._shares(context, rows, body, slots)
        query, numbers = self._joined(contexts, hiding)
        if shares:
            name = self.scope.add("cells", query)
            query = beside(name, query.named_selects, list(shares.values()), self.amounts.largest)
            numbers = (*numbers, *replace(self.amounts, sums=dict.fromkeys(shares, TRUE)).names())
        for name, step in self.scope.steps.items():
            query = query.with_(name, as_=step, copy=False)
        return LayerQuery(
            sql_text(query, self.scope.place.engine), len(self.scope.body), self.sets, numbers, tuple(slots)
        )

    def _contexts(self) -> tuple[list[_Context], list[int | None]]:
        """The cells' own context first, then each other one; and the slot of every base."""
        main = _Context(KEPT)
        contexts: dict[object, _Context] = {(KEPT, (), TRUE): main}
        known: dict[object, int] = {}
        slots: list[int | None] = []
        for i, base in enumerate(self.bases):
            condition = base_condition(base)
            key = (removal_of(base), base.values, condition if base.values else TRUE)
            context = contexts.setdefault(key, _Context(*key))
            context.sums |= {i: self.amounts.sums[i]} if i in self.amounts.sums else {}
            if context is main and condition == TRUE:
                slots.append(None)
                continue
            slot = known.setdefault((key, condition), len(known))
            context.masks[slot] = TRUE if base.values else condition
            slots.append(slot)
        return list(contexts.values()), slots

    # -- counts ----------------------------------------------------------------------------------

    def _count(self, context: _Context, rows: Rows, body: Rows, *, main: bool) -> None:
        """Write the step with a context's counts for every grouping set."""
        parts = []
        for keeps in self.sets:
            source = body if keeps == self.scope.body else rows
            query, groups, writer = self.scope.source_of(source, context.values, context.condition, keeps)
            if keeps == self.scope.body:
                context.groups = tuple(sorted(groups))
            numbers = self._numbers(
                context, source, {s: writer.write(m) for s, m in context.masks.items() if m != TRUE}, main=main
            )
            labels = [(groups.get(i) or exp.null()).as_(f"g{i}") for i in context.groups]
            flags = [number(int(i not in keeps)).as_(f"f{i}") for i in self.scope.body] if self.flags else []
            counts = [x.as_(f"n{i}") for i, x in enumerate(numbers.values())]
            context.numbers = tuple(numbers)
            parts.append(grouped(query.select(*labels, *flags, *counts), groups))
        context.name = self.scope.add("counts", parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False))

    def _numbers(self, context: _Context, rows: Rows, masks: dict[int, exp.Expr], *, main: bool) -> dict[str, exp.Expr]:
        unit = self.scope.unit
        counted = unit.kind in {"key", "count_field"}
        if rows.repeats and unit.kind == "count_field":
            raise NotEvaluated("a relationship repeats rows that are themselves counts of people")
        every = exp.Count(this=exp.Distinct(expressions=[exp.column("row")]) if rows.repeats else exp.Star())
        single = self.scope.single and not rows.repeats
        numbers: dict[str, exp.Expr] = {}
        if main:
            numbers["records"] = every
            if counted:
                numbers["units"] = units_of(unit, None, single=single)
            if unit.kind == "count_field":
                missing = exp.Is(this=exp.column("w"), expression=exp.null())
                numbers["missing"] = filtered(every.copy(), missing)
        for slot in context.masks:
            mask = masks.get(slot)
            numbers[f"rows:{slot}"] = filtered(every.copy(), mask)
            if counted:
                numbers[f"units:{slot}"] = units_of(unit, mask.copy() if mask else None, single=single)
        return numbers

    # -- cells -----------------------------------------------------------------------------------

    def _hide(self) -> str | None:
        """The step with the cells that filters on measures leave; totals are taken over these only."""
        hiding = [f for f in self.scope.layer.filters if f.stage == "measure" and f.predicate != TRUE]
        if not hiding:
            return None
        values = tuple(v for f in hiding for v in f.values)
        if any(v.per for v in values):
            raise NotEvaluated("a filter on a measure compares with values of members")
        table, positions = self.scope.values(values, self.scope.body)
        shown = self.scope.writer(cell_columns(values, "v")).write(all_of(*(f.predicate for f in hiding)))
        query = exp.select(*(exp.column(f"h{i}", table="v") for i in positions), number(1).as_("member"))
        name = self.scope.add("shown", query.from_(table.subquery("v")).where(shown))
        self.scope.restrict(name, positions)
        return name

    def _joined(self, contexts: Sequence[_Context], hiding: str | None) -> tuple[exp.Select, tuple[str, ...]]:
        """The cells with the counts of every context, 0 where it has no row."""
        if len(contexts) == 1 and hiding is None and not self.links:
            return self._alone(contexts[0])
        body = self.scope.body
        labels = [f"g{i}" for i in body]
        complete = [c for c in contexts if c.groups == body]
        if not complete:
            raise NotEvaluated("no count of it depends on all of its groupings")
        keys = [*labels, *self.flags]
        found = [exp.select(*keys or ["1 AS one"]).from_(c.name) for c in complete]
        found += [self._beyond(c, complete[0]) for c in contexts if c not in complete and self._lacks_cells(c)]
        own = int(complete[0] is contexts[0] and not self.links)
        members = self._of_members() if len(found) > own else []
        if members:
            others = (exp.select("*").from_(query.subquery("c")).where(*members) for query in found[own:])
            found = [*found[:own], *others]
        cells = found[0] if len(found) == 1 else exp.union(*found, distinct=True)
        query = exp.select(*(exp.column(n, table="c") for n in keys)).from_(cells.subquery("c"))
        names = [f"flag{i}" for i in body] if self.flags else []
        for context in contexts:
            on = [same(exp.column(f"g{i}", table="c"), exp.column(f"g{i}", table=context.name)) for i in context.groups]
            on += [
                exp.EQ(this=exp.column(f, table="c"), expression=exp.column(f, table=context.name)) for f in self.flags
            ]
            query = query.join(exp.to_table(context.name), on=exp.and_(*on) if on else exp.true(), join_type="left")
            for i, name in enumerate(context.numbers):
                count = exp.func("coalesce", exp.column(f"n{i}", table=context.name), number(0))
                query = query.select(count.as_(f"m{len(names)}"))
                names.append(name)
        if hiding is not None:
            query, names = self._with_hidden(query, hiding), [*names, "hidden"]
        return query, tuple(names)

    def _lacks_cells(self, context: _Context) -> bool:
        """Whether a context may count rows where no cell has rows of its own: without filters of the visual."""
        parts = [p for f in self.scope.layer.filters if f.stage != "measure" for p in conjuncts(f.predicate)]
        removed = (on and not context.removal.restricts(on) for on in map(restricted, parts))
        return bool(context.values) or any(removed)

    def _beyond(self, context: _Context, complete: _Context) -> exp.Select:
        """Cells for counts that stand in none with rows of its own.

        Such a number is the same for every member of the groupings on which it doesn't depend: it is judged in
        the first of their cells, or without a member where there is none.
        """
        others = [f"g{i}" for i in self.scope.body if i not in context.groups]
        place = exp.Window(
            this=func("row_number"),
            partition_by=[exp.column(f) for f in self.flags],
            order=exp.Order(expressions=[exp.Ordered(this=exp.column(g)) for g in others]),
        )
        first = exp.select(*others, *self.flags, place.as_("place")).from_(complete.name).subquery("o")

        def alike(table: str, one: str, names: Sequence[str]) -> list[exp.Expr]:
            return [same(exp.column(n, table=table), exp.column(n, table=one)) for n in names]

        own = [f"g{i}" for i in context.groups]
        names = [*(f"g{i}" for i in self.scope.body), *self.flags]
        named = [exp.column(n, table="o" if n in others else "x") for n in names]
        matched = exp.select("1").from_(exp.alias_(exp.to_table(complete.name), "y", table=True))
        matched = matched.where(*alike("y", "x", [*own, *self.flags]) or [exp.true()])
        query = exp.select(*named).from_(exp.alias_(exp.to_table(context.name), "x", table=True))
        one = exp.EQ(this=exp.column("place", table="o"), expression=number(1))
        query = query.join(first, on=exp.and_(one, *alike("o", "x", self.flags)), join_type="left")
        return query.where(exp.Not(this=exp.Exists(this=matched)))

    def _of_members(self) -> list[exp.Expr]:
        """That a visual shows only members that its filters leave, whatever filters its measures remove."""
        grain: list[Expr] = [g.expr for g in self.scope.layer.grain]
        found: list[exp.Expr] = []
        for table in dict.fromkeys(c.table for e in grain for c in columns(e)):
            own = [i for i, e in enumerate(grain) if {c.table for c in columns(e)} == {table}]
            members = self.scope.members(table) if own else None
            if members is None:
                continue
            beside: list[exp.Expr] = []  # what is no member: a total, the blank row of a table that others refer to
            referred = any(link.one == table for link in self.scope.source.relationships)
            for i in own:
                label = exp.column(f"g{i}", table="c")
                total = exp.EQ(this=exp.column(f"f{i}", table="c"), expression=number(1))
                beside.append(exp.Is(this=label, expression=exp.null()) if referred else total)
            different, names = self._different(members, own)
            alike = [same(exp.column(n, table="c"), exp.column(n, table="m")) for n in names]
            shown: exp.Expr = exp.Exists(this=exp.select("1").from_(different.subquery("m")).where(*alike))
            found.append(exp.or_(shown, exp.and_(*beside)) if referred or self.flags else shown)
        return found

    def _different(self, members: Rows, own: Sequence[int]) -> tuple[exp.Query, list[str]]:
        """The labels and flags that some groupings have for members, and their names: plain equality is fast."""
        names = [f"g{i}" for i in own] + [f"f{i}" for i in own if self.flags]
        parts = []
        for kept in dict.fromkeys(tuple(i in keeps for i in own) for keeps in self.sets):
            shown = dict(zip(own, kept, strict=True))
            labels = [(exp.column(members.groups[i]) if shown[i] else exp.null()).as_(f"g{i}") for i in own]
            flags = [number(int(not shown[i])).as_(f"f{i}") for i in own if self.flags]
            parts.append(exp.select(*labels, *flags).from_(members.name).distinct())
        return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False), names

    def _shares(
        self, context: _Context, rows: Rows, body: Rows, slots: Sequence[int | None]
    ) -> dict[int, tuple[str, list[str]]]:
        """For each amount of a context the step with its largest shares, and what tells the cells there apart."""
        found = {}
        keys = [*(f"g{i}" for i in context.groups), *self.flags]
        for base, amount in context.sums.items():
            parts = []
            for keeps in self.sets:
                source = body if keeps == self.scope.body else rows
                query, groups, writer = self.scope.source_of(source, context.values, context.condition, keeps)
                own = {f"g{i}": groups.get(i) or exp.null() for i in context.groups}
                own |= {f"f{i}": number(int(i not in keeps)) for i in self.scope.body} if self.flags else {}
                slot = slots[base]
                mask = TRUE if slot is None else context.masks[slot]
                unit = exp.column("u", table="r") if self.scope.unit.kind == "key" else None
                where = None if mask == TRUE else writer.write(mask)
                parts.append(contributions(query, own, writer.write(amount), unit, where))
            found[base] = self.scope.add("amount", largest(parts, keys, self.amounts.largest)), keys
        return found

    def _alone(self, context: _Context) -> tuple[exp.Select, tuple[str, ...]]:
        """The counts of the only context as they are."""
        labels = [f"g{i}" for i in context.groups]
        keys = [*labels, *self.flags, *(f"n{i}" for i in range(len(context.numbers)))]
        flags = [f"flag{i}" for i in range(len(self.flags))]
        return exp.select(*(exp.column(n) for n in keys)).from_(context.name), (*flags, *context.numbers)

    def _with_hidden(self, query: exp.Select, hiding: str) -> exp.Select:
        """A last column, 1 for the cells of the body that a filter on a measure hides."""
        _, positions = self.scope.shown or ("", ())
        on = [same(exp.column(f"g{i}", table="c"), exp.column(f"h{i}", table=hiding)) for i in positions]
        query = query.join(exp.to_table(hiding), on=exp.and_(*on) if on else exp.true(), join_type="left")
        hidden: list[exp.Expr] = [exp.Is(this=exp.column("member", table=hiding), expression=exp.null())]
        hidden += [exp.EQ(this=exp.column(f, table="c"), expression=number(0)) for f in self.flags]
        return query.select(
            exp.Case(ifs=[exp.If(this=exp.and_(*hidden), true=number(1))], default=number(0)).as_("hidden")
        )
