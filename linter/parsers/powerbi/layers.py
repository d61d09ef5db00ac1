"""Visual containers to layers: the grain, the bases, the filters and the totals of each query."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.expressions import Aggregate, TopMembers, Unsupported, columns, problems, walk
from linter.formulas.dax import explicit
from linter.json_tree import Tree, below, dig, mappings, objects_within
from linter.model import Base, Encoding, Filter, Grouping, Layer, Scope, Visual
from linter.parsers.powerbi import formatted, items, totals, wells
from linter.parsers.powerbi.filters import Conditions
from linter.parsers.powerbi.formats import looks
from linter.parsers.powerbi.model import SOURCE_ID
from linter.parsers.powerbi.query import chosen, flag_of, literal_text, property_of
from linter.parsers.powerbi.record import Card, Container, PageRecord, Projection
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.expressions import Expr
    from linter.formulas.dax import CalculationGroup
    from linter.parsers.powerbi.expressions import Items, Reader, Roles


@dataclass(frozen=True, slots=True)
class Visuals:
    """Makes visuals of containers.

    ``outer`` are the filters of report, page and slicers that work on the visual at hand.
    """

    reader: Reader
    pane_hidden: bool

    def visual(self, container: Container, page: PageRecord, outer: tuple[Filter, ...], *, hidden: bool) -> Visual:
        """The visual of one container (not of a group)."""
        title = literal_text(property_of(container.frame, "title", "text")) or ""
        missing = [p for p in container.projections if p.tree is None]
        reasons = list(container.problems)
        reasons += [f"field {p.ref!r} has no expression in the visual's query" for p in missing]
        reasons += [reason for reason in (wells.elsewhere(container.type), formatted.unexplained(container)) if reason]
        fields = [p for p in container.projections if p.tree is not None]
        written = formatted.of_container(container, data=bool(fields))
        offered, unknown = self._offered(container)
        reasons += unknown
        filters = (*outer, *self.filters(container.cards, "visual"))
        alone = container.type in wells.WITHOUT_DATA | wells.SLICERS
        bare = alone and not written.marks and not formatted.has_values(container)
        layers = () if bare else tuple(self._layers(container, [*fields, *written.marks, *offered], filters))
        if written.once:  # a number inside a text or a title, for the visual as a whole
            layers = (*layers, self._layer(container, "text", (), list(written.once), filters))
        shown = (*fields, *written.marks, *written.once, *written.classes)
        return Visual(
            id=container.id,
            name=title or container.type,
            type=container.type,
            pages=(page.id,),
            part=container.part,
            layers=layers,
            encodings=tuple(self._encoding(container.type, p) for p in shown),
            hidden=hidden,
            problems=tuple(reasons),
            lists_records=wells.lists_records(container.type) and any(self._groups(p) for p in fields),
            title=title,
            looks=tuple(looks(container, self._captions(container))),
        )

    def _captions(self, container: Container) -> dict[str, str]:
        """The captions of the measures of a container, by reference."""
        measures = [p for p in container.projections if p.tree is not None and not self._groups(p)]
        return {p.ref: self.reader.caption(p.tree or {}, p.caption, p.ref) for p in measures}

    def filters(self, cards: Iterable[Card], scope: Scope) -> tuple[Filter, ...]:
        """The restrictions of filter cards; empty cards and those a drill-through fills restrict nothing."""
        return tuple(
            self._filter(card, card.definition, scope)
            for card in cards
            if card.definition is not None and card.created != "drill_through"
        )

    def slicer_filter(self, container: Container) -> Filter | None:
        """The saved choice of a slicer, None when nothing is chosen."""
        definition = chosen(container.objects)
        if definition is None:
            return None
        field = next((p.tree for p in container.projections if p.tree is not None), None)
        made = self._filter(Card("", field, None, "user", ""), definition, "slicer")
        return replace(made, changeable=True)

    def unsaved_choice(self, container: Container) -> str | None:
        """What is to be said of a slicer that always has one choice and has none saved; None for any other."""
        forced = container.type in wells.SLICERS and flag_of(container.objects, "selection", "strictSingleSelect")
        if not forced or chosen(container.objects) is not None:
            return None
        field = next((p for p in container.projections if p.tree is not None), None)
        name = self.reader.caption(field.tree, field.caption, field.ref) if field else container.type
        return f"slicer {name!r} starts with a choice that is not saved: all its choices are judged as those of readers"

    def _filter(self, card: Card, definition: Tree, scope: Scope) -> Filter:
        predicate = Conditions(self.reader).predicate(definition)
        nodes = tuple(walk(predicate))
        ranked = any(isinstance(n, TopMembers) for n in nodes)
        of_cells = any("VisualTopN" in item for item in objects_within(definition))
        on_cells = not ranked and any(isinstance(n, Aggregate) for n in nodes)
        measured = card.field is not None and not self.reader.groups(card.field)
        by_cell = on_cells or measured or of_cells
        if by_cell and _of_other_members(definition):
            predicate, by_cell = Unsupported("a filter by a measure on members of other fields"), False
        condition, values = explicit(predicate)
        return Filter(
            caption=self.reader.caption(card.field, "", card.name),
            predicate=condition,
            stage="set" if ranked else "measure" if by_cell else "dimension",
            scope=scope,
            columns=tuple(sorted(columns(predicate), key=lambda c: (c.table, c.name))),
            changeable=not (card.hidden or card.locked or self.pane_hidden),
            hidden=card.hidden,
            source=SOURCE_ID,
            values=values,
        )

    def _offered(self, container: Container) -> tuple[list[Projection], list[str]]:
        """The fields that readers may put on the visual with its field parameters, and what is not known."""
        present = [p.tree for p in container.projections]
        found: list[Projection] = []
        unknown: list[str] = []
        for parameter in container.parameters:
            choices = self.reader.choices(parameter.tree)
            if choices is None:
                name = self.reader.caption(parameter.tree, "", "")
                unknown.append(f"the fields that parameter {name!r} offers are not known")
            chosen = [self.reader.use(tree, "") for tree in present]
            found += [
                Projection(parameter.role, "", tree, active=None, offered=True)
                for tree in choices or ()
                if self.reader.use(tree, "") not in chosen
            ]
        return found, unknown

    def _groups(self, projection: Projection) -> bool:
        return projection.tree is not None and self.reader.groups(projection.tree)

    def _encoding(self, visual_type: str, projection: Projection) -> Encoding:
        tree = projection.tree or {}
        caption = self.reader.caption(tree, projection.caption, projection.ref)
        groups = self.reader.groups(tree)
        bases = () if groups else self.reader.bases(tree, caption, {})
        return Encoding(
            role=wells.role(visual_type, projection.role),
            use=self.reader.use(tree, caption),
            groups=groups,
            aggregate=None if groups else bases[0].aggregate if bases else "any",
        )

    def _layers(self, container: Container, fields: list[Projection], filters: tuple[Filter, ...]) -> Iterable[Layer]:
        if not fields:
            return
        if container.type == wells.KEY_INFLUENCERS and any(p.role == "ExplainBy" for p in fields):
            yield from self._influences(container, fields, filters)
            return
        shown = tuple(group for p in fields if (group := self.reader.group(p.tree)) is not None)
        fields = [p for p in fields if self.reader.group(p.tree) is None]
        if shown and not fields:
            return  # names of calculation items alone
        grain, values = self._grain(container, fields), [p for p in fields if not self._groups(p)]
        yield self._layer(container, container.type, grain, values, filters, shown=shown)
        for projection in fields:
            spark = dig(projection.tree, "SparklineData")
            if isinstance(spark, dict):
                yield self._sparkline(container, grain, projection, spark, filters)

    def _influences(
        self, container: Container, fields: list[Projection], filters: tuple[Filter, ...]
    ) -> Iterable[Layer]:
        """One layer per explaining field: the visual tells the target's figure for each of its values."""
        target = [p for p in fields if p.role != "ExplainBy"]
        for factor in [p for p in fields if p.role == "ExplainBy"]:
            chosen = [*target, factor]
            grain = self._grain(container, chosen, all_drilled=True)
            values = [p for p in chosen if not self._groups(p)]
            label = f"explained by {self.reader.caption(factor.tree, factor.caption, factor.ref)}"
            yield self._layer(container, label, grain, values, filters)

    def _sparkline(
        self,
        container: Container,
        grain: tuple[Grouping, ...],
        p: Projection,
        tree: Tree,
        filters: tuple[Filter, ...],
    ) -> Layer:
        points = [
            Grouping(self.reader.caption(g, "", ""), self.reader.row(g), "path")
            for g in mappings(tree.get("Groupings"), "a sparkline")
        ]
        value = replace(p, tree=below(tree, "Measure"))
        return replace(self._layer(container, "sparkline", (*grain, *points), [value], filters), totals=())

    def _grain(
        self, container: Container, fields: list[Projection], *, all_drilled: bool = False
    ) -> tuple[Grouping, ...]:
        found: dict[object, Grouping] = {}
        for p in fields:
            if p.tree is None or not self._groups(p):
                continue
            expr = self.reader.row(p.tree)
            grouping = Grouping(
                caption=self.reader.caption(p.tree, p.caption, p.ref),
                expr=expr,
                role=wells.role(container.type, p.role),
                drilled=all_drilled or wells.expanded(container, p),
            )
            found.setdefault(p.ref if isinstance(expr, Unsupported) else expr, grouping)
        return tuple(found.values())

    def _bases(
        self, projection: Projection, grain: Roles, under: Items = (), *, named: bool = False
    ) -> tuple[Base, ...]:
        """The bases of a value, its measures under calculation items, which are named where there are several."""
        tree = projection.tree or {}
        caption = self.reader.caption(tree, projection.caption, projection.ref)
        if named and under:
            caption = f"{caption} ({', '.join(name for _, name in under)})"
        return replace(self.reader, under=under).bases(tree, caption, grain)

    def _roles(self, container: Container, grain: tuple[Grouping, ...]) -> Roles:
        """The groupings by the wells of the container."""
        found: dict[str, tuple[Expr, ...]] = {"": tuple(g.expr for g in grain)}
        for p in container.projections:
            if p.tree is not None and self._groups(p):
                found[p.role] = (*found.get(p.role, ()), self.reader.row(p.tree))
        return found

    def _layer(
        self,
        container: Container,
        label: str,
        grain: tuple[Grouping, ...],
        values: list[Projection],
        filters: tuple[Filter, ...],
        *,
        shown: tuple[CalculationGroup, ...] = (),
    ) -> Layer:
        summed = bool(totals.of_visual(container, grain, has_values=bool(values)))
        picked = items.picked(self.reader.model.groups, shown, filters, totals=bool(shown) and summed)
        kept, notes = _usable(picked.filters, grain)
        unread = [reason for g in grain for reason in problems(g.expr)]
        unread += [reason for f in kept for reason in problems(f.predicate)]
        unread += picked.problems
        bases: list[Base] = []
        roles = self._roles(container, grain)
        for p in values:
            for under in picked.sets if _called(p) else ((),):
                bases += self._bases(p, roles, under, named=len(picked.sets) > 1)
        return Layer(
            label=label,
            source=SOURCE_ID,
            grain=grain,
            bases=tuple(dict.fromkeys(bases)),
            filters=kept,
            totals=totals.of_visual(container, grain, has_values=bool(values)),
            tables=tuple(dict.fromkeys(b.table for b in bases if b.table is not None)),
            problems=tuple(dict.fromkeys(unread)),
            approximate=notes,
        )


def _of_other_members(definition: Tree) -> bool:
    """Whether a condition is on the members of fields that it names itself, instead of on the cells of the visual."""
    return any(where.get("Target") for where in mappings(definition.get("Where"), "a filter's condition"))


def _called(projection: Projection) -> bool:
    """Whether it calls a measure, which calculation items change; they leave aggregated columns alone."""
    return any("Measure" in item for item in objects_within(projection.tree or {}))


def _usable(filters: tuple[Filter, ...], grain: tuple[Grouping, ...]) -> tuple[tuple[Filter, ...], tuple[str, ...]]:
    """The filters of a layer in their order of operations, and remarks on those left out.

    A filter on a measure, or the first N of a field that the visual groups by, only hides whole
    cells. Where such a filter can't be evaluated the layer is judged with all of its cells, which
    can't hide a small one. A ranking is made after all other filters, so these come before it.
    """
    ranked = any(f.stage == "set" for f in filters)
    kept, notes = [], []
    for item in filters:
        hides_cells = item.stage == "measure" or (
            item.stage == "set" and set(item.columns) <= {c for g in grain for c in columns(g.expr)}
        )
        if hides_cells and problems(item.predicate):
            notes.append(f"the filter on {item.caption!r} is not applied: more cells are judged than shown")
        elif ranked and item.stage == "dimension":
            kept.append(replace(item, stage="context"))
        else:
            kept.append(item)
    return tuple(kept), tuple(dict.fromkeys(notes))
