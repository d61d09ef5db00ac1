"""Random measures: their DAX, and the rows that each of their numbers rests on in a filter context."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from tests.oracle.powerbi import contexts
from tests.oracle.powerbi.contexts import DAY, Condition, Context, Unclear, compared, is_blank, one_of, start_of_month
from tests.oracle.powerbi.stars import BLANK, Link, Relation, Star, column_of, table_of


@dataclass(frozen=True)
class Used:
    """Rows of a table behind a number. ``amounts``: what each adds to a sum that is no count."""

    role: str
    table: str
    rows: np.ndarray
    amounts: pd.Series | None = None


@dataclass(frozen=True)
class Measure:
    """``used`` gives the rows of its bases, in a fixed order. ``form``: which rule of the grammar made it."""

    dax: str
    used: Callable[[Context], list[Used]]
    form: str


Mask = Callable[[pd.DataFrame], pd.Series]
FLAG = "Results[Passed]"
Modifier = tuple[str, Callable[[Context, Context], tuple[Context, tuple[Relation, ...], bool]], str]
"""DAX of an argument of CALCULATE; from the context outside and the one made so far: the context without what it
removes, the filters it adds, and whether it keeps others on the same columns."""


# -- aggregates ------------------------------------------------------------------------------------


def rows_of(context: Context, table: str, mask: Mask | None = None) -> np.ndarray:
    rows = context.rows(table)
    if mask is None:
        return rows
    frame = context.star.expanded(table, context.links).iloc[rows]
    return rows[mask(frame).to_numpy(dtype=bool)] if len(rows) else rows


def plain(form: str, dax: str, table: str, mask: Mask | None = None) -> Measure:
    return Measure(dax, lambda c: [Used("value", table, rows_of(c, table, mask))], form)


def present(*columns: str) -> Mask:
    return lambda rows: (rows[list(columns)] != BLANK).all(axis=1)


def adding_something(*columns: str) -> Mask:
    """Rows whose product is neither blank nor 0: nothing else is behind a sum."""
    return lambda rows: ((rows[list(columns)] != BLANK) & (rows[list(columns)] != 0)).all(axis=1)


def summed(column: str) -> Measure:
    """A sum; that of a flag is a number of people and no amount."""
    if column == FLAG:
        return plain("sum of flag", f"SUM({column})", table_of(column), adding_something(column))
    return amount(f"SUM({column})", "sum", table_of(column), adding_something(column), lambda r: r[column])


def amount(dax: str, form: str, table: str, mask: Mask, value: Mask) -> Measure:
    def used(context: Context) -> list[Used]:
        rows = rows_of(context, table, mask)
        frame = context.star.expanded(table, context.links).iloc[rows]
        return [Used("value", table, rows, value(frame).astype(float))]

    return Measure(dax, used, form)


def mean(column: str) -> Measure:
    """A mean; that of a flag is a share of people too."""
    table = table_of(column)

    def used(context: Context) -> list[Used]:
        rows, ones = rows_of(context, table, present(column)), rows_of(context, table, adding_something(column))
        share = [Used("numerator", table, ones), Used("denominator", table, rows)] if column == FLAG else []
        return [Used("value", table, rows), *share]

    return Measure(f"AVERAGE({column})", used, "average")


def amounts(one: Condition) -> list[Measure]:
    """Sums of amounts, under a condition on a result where that is asked."""
    rows = "Results"
    return [
        summed("Results[Score]"),
        summed("Results[Fee]"),
        amount("SUMX(Results, Results[Fee] * Results[Hours])", "sum of product", rows,
               adding_something("Results[Fee]", "Results[Hours]"), lambda r: r["Results[Fee]"] * r["Results[Hours]"]),
        amount(f"SUMX(FILTER(Results, {one.dax}), Results[Fee])", "sum of filter", rows,
               lambda r: one.holds(r) & present("Results[Fee]")(r), lambda r: r["Results[Fee]"]),
    ]  # fmt: skip


@st.composite
def aggregates(draw: st.DrawFn, star: Star) -> Measure:
    """One aggregate, over the results or a table near them."""
    rows = "Results"
    text = f"{rows}[{draw(st.sampled_from(['Subject', 'Grade']))}]"
    number = f"{rows}[{draw(st.sampled_from(['Score', 'Fee', 'Hours', 'Passed']))}]"
    one = draw(conditions(star, rows))
    table = draw(st.sampled_from([t for t in star.tables if t not in {"Dates", "Pick", "Rooms"}]))
    far = draw(st.sampled_from(sorted(set(star.expanded(rows, star.links).columns))))
    options = [
        plain("countrows", f"COUNTROWS({table})", table),
        plain("count", f"COUNT({number})", rows, present(number)),
        plain("counta", f"COUNTA({text})", rows, present(text)),
        plain("countblank", f"COUNTBLANK({text})", rows, lambda r: r[text] == BLANK),
        plain("distinctcount", f"DISTINCTCOUNT({text})", rows, present(text)),  # nobody is behind BLANK as a value
        plain("distinctcountnoblank", f"DISTINCTCOUNTNOBLANK({text})", rows, present(text)),
        plain("max", f"MAX({number})", rows, present(number)),
        plain("median", f"MEDIAN({number})", rows, present(number)),
        plain("filter rows", f"COUNTROWS(FILTER({rows}, {one.dax}))", rows, one.holds),
        plain("countx", f"COUNTX(FILTER({rows}, {one.dax}), {number})", rows, lambda r: one.holds(r) & present(number)(r)),
        plain("sum of if", f"SUMX({rows}, IF({one.dax}, 1, 0))", rows, one.holds),
        plain("related", f"COUNTX({rows}, RELATED({far}))" if table_of(far) != rows else f"COUNTX({rows}, {far})", rows,
              present(far)),
        summed(FLAG),
        mean(number),
        *amounts(one),
    ]  # fmt: skip
    return draw(st.sampled_from(options))


# -- conditions ------------------------------------------------------------------------------------

VALUES: dict[str, list[Any]] = {
    "text": ["Art", "ART", "Maths", "a", "B", "F", "North", "south", "Ash", "East", "", None],
    "integer": [-1, 0, 1, 3, 8, 2024, None], "real": [0, 1, 90.5, -3], "boolean": [True, False],
    "date": [dt.date(2023, 7, 1), dt.date(2024, 2, 29)],
}  # fmt: skip
MEANT = {
    "Subject": ["Art", "ART", "Maths", "", None], "Topic": ["art", "Maths"], "Grade": ["a", "B", None], "Sex": ["F", "M", None],
    "Area": ["North", "south", None], "School": ["Ash", "birch"], "Region": ["East", "west"],
    "Club": ["Chess"], "Room": ["R1", "r2"], "Year": [2023, 2024], "Month": [1, 6, 12],
    "Quarter": [1, 4], "Stage": [7, 8, 0], "Choice": ["x"],
}  # fmt: skip
NOT_FILTERED = {"UPN", "SchoolID", "TrustID", "Date"}


def fitting(star: Star, column: str) -> list[Any]:
    return MEANT.get(column_of(column), VALUES[star.types[column]])


@st.composite
def column_conditions(draw: st.DrawFn, star: Star, column: str) -> Condition:
    """A condition on one column."""
    values = fitting(star, column)
    kind = star.types[column]
    operators = ["=", "<>"] if kind in {"text", "boolean"} else ["=", "<>", "<", "<=", ">", ">="]
    made = draw(
        st.one_of(
            st.builds(lambda o, v: compared(star, column, o, v), st.sampled_from(operators), st.sampled_from(values)),
            st.builds(
                lambda v: one_of(column, v), st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
            ),
            st.just(is_blank(column)),
        )
    )
    if draw(st.integers(0, 3)) == 0:
        made = contexts.negated(made)
    if draw(st.integers(0, 3)) == 0:
        other = compared(star, column, draw(st.sampled_from(operators)), draw(st.sampled_from(values)))
        made = draw(st.sampled_from([contexts.both, contexts.either]))(made, other)
    return made


def filterable(star: Star, table: str | None = None) -> list[str]:
    return [
        c for t, rows in star.tables.items() if table in {None, t} for c in rows.columns
        if column_of(c) not in NOT_FILTERED
    ]  # fmt: skip


ASIDE = frozenset({"Clubs", "Rooms", "Pick"})


def filtered(star: Star) -> list[str]:
    """The columns that filter the results along plain relationships."""
    return [c for c in filterable(star) if table_of(c) not in ASIDE]


@st.composite
def conditions(draw: st.DrawFn, star: Star, table: str) -> Condition:
    """A condition on a row of a table: of one or two of its columns."""
    columns = st.sampled_from(filterable(star, table))
    one = draw(column_conditions(star, draw(columns)))
    if draw(st.integers(0, 2)):
        return one
    return draw(st.sampled_from([contexts.both, contexts.either]))(one, draw(column_conditions(star, draw(columns))))


# -- CALCULATE -------------------------------------------------------------------------------------


def over_all(star: Star, one: Condition) -> Relation:
    """The values of a column, of all its rows and the blank one, that hold against a condition."""
    (column,) = one.columns
    frame = pd.DataFrame({column: star.members(column)}, dtype=object)
    return Relation((column,), frozenset((v,) for v in frame[column][one.holds(frame)]))


def removing(dax: str, columns: Callable[[Context], list[str]], form: str) -> Modifier:
    return dax, lambda outside, made: (made.without(columns(outside)), (), False), form


def adding(dax: str, relation: Callable[[Context], Relation], form: str, *, keep: bool = False) -> Modifier:
    return dax, lambda outside, made: (made, (relation(outside),), keep), form


@st.composite
def modifiers(draw: st.DrawFn, star: Star) -> Modifier:
    """One argument of CALCULATE."""
    column = draw(st.sampled_from(filtered(star)))
    one = draw(column_conditions(star, column))
    table = draw(st.sampled_from([t for t in star.tables if t not in ASIDE]))
    spared = draw(st.sampled_from(filterable(star, table)))
    options: list[Modifier] = [
        adding(one.dax, lambda c: over_all(star, one), "boolean"),
        adding(f"KEEPFILTERS({one.dax})", lambda c: over_all(star, one), "keepfilters", keep=True),
        adding(f"FILTER(ALL({column}), {one.dax})", lambda c: over_all(star, one), "filter all"),
        removing(f"ALL({column})", lambda c: [column], "all column"),
        removing(f"REMOVEFILTERS({column}, {spared})", lambda c: [column, spared], "removefilters"),
        removing(f"ALL({table})", lambda c: c.columns(table), "all table"),
        removing(f"ALLEXCEPT({table}, {spared})", lambda c: [x for x in c.columns(table) if x != spared], "allexcept"),
        ("ALL()", lambda outside, made: (replace(made, relations=()), (), False), "all"),
        (f"ALLSELECTED({column})", lambda outside, made: (made.selected([column]), (), False), "allselected column"),
        (f"ALLSELECTED({table})", lambda outside, made: (made.selected(outside.columns(table)), (), False),
         "allselected table"),
        ("ALLSELECTED()", lambda outside, made: (made.selected(None), (), False), "allselected"),
        ("USERELATIONSHIP(Results[Entered], Dates[Date])",
         lambda outside, made: (made.linked(by_entry), (), False), "userelationship"),
    ]  # fmt: skip
    if "Clubs" in star.tables:
        options.append(
            ("CROSSFILTER(Clubs[UPN], Pupils[UPN], ONEWAY)",
             lambda outside, made: (made.linked(lambda x: replace(x, both=False)), (), False), "crossfilter"),
        )  # fmt: skip
    return draw(st.one_of(st.sampled_from(options), choosing(star)))


@st.composite
def choosing(draw: st.DrawFn, star: Star) -> Modifier:
    """An argument of CALCULATE that is chosen under the filters outside."""
    column = draw(st.sampled_from(filtered(star)))
    one, both = draw(column_conditions(star, column)), draw(conditions(star, "Results"))
    options = [
        adding(f"FILTER(VALUES({column}), {one.dax})", lambda c: chosen(c, over_all(star, one)), "filter values"),
        adding(f"VALUES({column})", lambda c: chosen(c, None, column), "values"),
        adding(f"FILTER(Results, {both.dax})", lambda c: of_rows(c, "Results", both), "filter table"),
    ]
    return draw(st.sampled_from(options))


def by_entry(link: Link) -> Link:
    return replace(link, active=link.many == "Results[Entered]") if link.one == DAY else link


def chosen(context: Context, among: Relation | None, column: str = "") -> Relation:
    """The visible values of a column, or those of them that a filter leaves."""
    (name,) = among.columns if among else (column,)
    seen = {(v,) for v in context.values(name)}
    return Relation((name,), frozenset(seen & among.values if among else seen))


def of_rows(context: Context, table: str, one: Condition) -> Relation:
    """Visible rows of a table as a filter on all columns of its expanded table."""
    rows = context.star.expanded(table, context.links).iloc[rows_of(context, table, one.holds)]
    return Relation(tuple(rows.columns), frozenset(rows.itertuples(index=False, name=None)))


def calculated(inner: Measure, changes: list[Modifier]) -> Measure:
    """CALCULATE: all filters are computed outside, what is removed goes first, then the filters are added."""

    def used(context: Context) -> list[Used]:
        made, added, kept = context, [], []
        for _, change, _ in changes:
            made, found, keep = change(context, made)
            (kept if keep else added).extend(found)
        replaced = {c for r in added for c in r.columns}
        if DAY in replaced:  # a filter on the day of a calendar replaces every filter on the calendar
            replaced |= set(context.star.tables["Dates"].columns)
        return inner.used(made.without(replaced).within(*added, *kept))

    dax = f"CALCULATE({inner.dax}, {', '.join(d for d, _, _ in changes)})"
    return Measure(dax, used, " ".join([inner.form, *(f for _, _, f in changes)]))


# -- time ------------------------------------------------------------------------------------------


def to_date(unit: int) -> Callable[[Context], Relation]:
    """From the start of the month, quarter or year of the last visible day to that day."""

    def found(context: Context) -> Relation:
        days = context.days()
        if not days:
            return Relation((DAY,), frozenset())
        return context.between(start_of_month(days[-1], -((days[-1].month - 1) % unit)), days[-1])

    return found


def before(context: Context) -> Relation:
    """The month before the first visible day."""
    days = context.days()
    if not days:
        return Relation((DAY,), frozenset())
    return context.between(start_of_month(days[0], -1), start_of_month(days[0]) - dt.timedelta(1))


def running(context: Context) -> Relation:
    days = context.days()
    if not days:  # everything before a blank day is blank too, which the documentation leaves open
        raise Unclear
    return context.between(dt.date(1, 1, 1), days[-1])


def shift(months: int) -> Callable[[Context], Relation]:
    return lambda c: c.moved(months)


PERIODS: list[Modifier] = [
    adding("DATESYTD(Dates[Date])", to_date(12), "datesytd"),
    adding("DATESQTD(Dates[Date])", to_date(3), "datesqtd"),
    adding("DATESMTD(Dates[Date])", to_date(1), "datesmtd"),
    adding("SAMEPERIODLASTYEAR(Dates[Date])", shift(-12), "sameperiodlastyear"),
    adding("DATEADD(Dates[Date], -1, MONTH)", shift(-1), "dateadd"),
    adding("DATEADD(Dates[Date], 1, QUARTER)", shift(3), "dateadd"),
    adding("DATEADD(Dates[Date], -1, YEAR)", shift(-12), "dateadd"),
    adding("PREVIOUSMONTH(Dates[Date])", before, "previousmonth"),
    adding("DATESBETWEEN(Dates[Date], BLANK(), MAX(Dates[Date]))", running, "datesbetween"),
]

# -- measures --------------------------------------------------------------------------------------

ITEMS = {
    "Art": ('CALCULATE(SELECTEDMEASURE(), Results[Subject] = "Art")', "Results[Subject]", "art"),
    "All subjects": ("CALCULATE(SELECTEDMEASURE(), ALL(Results[Subject]))", "Results[Subject]", None),
    "Last year": ("CALCULATE(SELECTEDMEASURE(), SAMEPERIODLASTYEAR(Dates[Date]))", "", None),
}


def under(inner: Measure, item: str) -> Measure:
    """A measure under a calculation item."""
    dax, column, value = ITEMS[item]
    if not column:
        change = PERIODS[3]
    elif value is None:
        change = removing("", lambda c: [column], "all column")
    else:
        change = adding("", lambda c: Relation((column,), frozenset({(value,)})), "boolean")
    return replace(calculated(inner, [change]), form=f"{inner.form} item")


@st.composite
def counted(draw: st.DrawFn, star: Star) -> Measure:
    """An aggregate, as it is or under filters that CALCULATE changes, up to twice."""
    made = draw(aggregates(star))
    for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
        if draw(st.integers(0, 4)):
            made = calculated(made, draw(st.lists(modifiers(star), min_size=1, max_size=2)))
        else:
            made = calculated(made, [draw(st.sampled_from(PERIODS))])
    return made


@st.composite
def sums(draw: st.DrawFn, star: Star) -> Measure:
    """A sum of an amount, as it is or under a filter of its own."""
    made = draw(st.sampled_from(amounts(draw(conditions(star, "Results")))))
    return calculated(made, [draw(modifiers(star))]) if draw(st.booleans()) else made


def as_role(found: list[Used], role: str) -> list[Used]:
    return [replace(u, role=role, amounts=None) for u in found if u.role == "value"]


@st.composite
def measures(draw: st.DrawFn, star: Star, known: dict[str, Measure]) -> Measure:
    """A measure, perhaps of others that are known by name."""
    made = draw(counted(star))
    named = {f"[{n}]": m for n, m in known.items()}
    simple = {n: m for n, m in named.items() if not any(u in m.form for u in ("ratio", "average"))}
    match draw(st.sampled_from(["plain"] * 5 + ["ratio", "guard", "sum", "named", "switch", "shifted"])):
        case "ratio":
            other = draw(counted(star))
            top = f"DIVIDE({made.dax}, {other.dax})"
            return Measure(
                top, lambda c: as_role(made.used(c), "numerator") + as_role(other.used(c), "denominator"),
                f"{made.form} {other.form} ratio",
            ) if "average" not in made.form + other.form else made  # fmt: skip
        case "guard":
            return replace(made, dax=f"VAR n = {made.dax} RETURN IF(n < 3, BLANK(), n)", form=f"{made.form} guard")
        case "sum" if simple:
            name = draw(st.sampled_from(sorted(simple)))
            return Measure(f"{name} + {made.dax}", lambda c: simple[name].used(c) + made.used(c), f"{made.form} sum")
        case "named" if named:
            name = draw(st.sampled_from(sorted(named)))
            return calculated(replace(named[name], dax=name), [draw(modifiers(star))])
        case "switch" if "Pick" in star.tables and simple:
            name = draw(st.sampled_from(sorted(simple)))
            dax = f'SWITCH(SELECTEDVALUE(Pick[Choice]), "x", {name}, "y", {made.dax})'
            return Measure(dax, lambda c: simple[name].used(c) + made.used(c), f"{made.form} switch")
        case "shifted" if named:
            name = draw(st.sampled_from(sorted(named)))
            return calculated(replace(named[name], dax=name), [draw(st.sampled_from(PERIODS))])
        case _:
            return made
