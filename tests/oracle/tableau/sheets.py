"""Random worksheets over one small extract, in the XML of Tableau, and what they ask for.

Each ``Level`` and ``Filter`` carries both its XML and its meaning in pandas, written down here from
Tableau's documentation and independently of the translator under test.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from lxml import etree

from fixtures.tableau_sheets import workbook
from fixtures.tableau_xml import SourceSpec, TableSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Values = Callable[[pd.DataFrame], pd.Series]
    Keep = Callable[[pd.DataFrame, pd.DataFrame], pd.Series]

COLUMNS = (
    ("UPN", "text"), ("Area", "text"), ("Sex", "text"), ("Year", "integer"), ("Score", "real"), ("Seen", "date"),
)  # fmt: skip
AREAS, SEXES, YEARS = ("north", "south", "east", "west"), ("F", "M"), (2019, 2020, 2021)
GROUPED = {"north": "up", "south": "down"}
USER = "http://www.tableausoftware.com/xml/user"

FIELDS = """<fields xmlns:user="http://www.tableausoftware.com/xml/user">
<column caption="Band" datatype="string" name="[Calculation_1]" role="dimension" type="nominal">
  <calculation class="tableau" formula="IF [Score] &gt;= 50 THEN &quot;high&quot; ELSE &quot;low&quot; END"/></column>
<column caption="Area scores" datatype="integer" name="[Calculation_2]" role="dimension" type="ordinal">
  <calculation class="tableau" formula="{FIXED [Area] : COUNT([Score])}"/></column>
<column datatype="integer" name="[Score (bin)]" role="dimension" type="ordinal">
  <calculation class="bin" formula="[Score]" peg="0" size="10"/></column>
<column datatype="string" name="[Area (group)]" role="dimension" type="nominal">
  <calculation class="categorical-bin" column="[Area]" new-bin="false">
    <bin value="&quot;up&quot;"><value>"north"</value></bin><bin value="&quot;down&quot;"><value>"south"</value></bin>
  </calculation></column>
<column caption="Ratio" datatype="real" name="[Calculation_3]" role="measure" type="quantitative">
  <calculation class="tableau" formula="SUM([Score]) / COUNTD([UPN])"/></column>
<column caption="Rank" datatype="integer" name="[Calculation_4]" role="measure" type="quantitative">
  <calculation class="tableau" formula="RANK(SUM([Score]))"><table-calc ordering-type="Rows"/></calculation></column>
<column caption="Inside" datatype="real" name="[Calculation_5]" role="measure" type="quantitative">
  <calculation class="tableau" formula="{INCLUDE [Sex] : SUM([Score])}"/></column>
<column caption="Number" datatype="integer" name="[Calculation_6]" role="measure" type="quantitative">
  <calculation class="tableau" formula="INDEX()"><table-calc ordering-type="Rows"/></calculation></column>
<group caption="Best areas" name="[Set 1]" name-style="unqualified" user:ui-builder="filter-group">
  <groupfilter count="2" end="top" function="end" units="records">
    <groupfilter direction="DESC" expression="SUM([Score])" function="order">
      <groupfilter function="level-members" level="[Area]"/></groupfilter></groupfilter></group>
</fields>"""


def text(values: pd.Series) -> pd.Series:
    """Labels: text as it is, numbers without a point, null as None."""
    return values.map(lambda v: None if pd.isna(v) else str(int(v)) if isinstance(v, float) else str(v))


def per_area(rows: pd.DataFrame, measure: str) -> pd.Series:
    """A measure of each area, null being an area too."""
    groups = rows.groupby("Area", dropna=False)
    match measure:
        case "COUNTD([UPN])":
            return groups["UPN"].nunique()
        case "COUNT([Score])":
            return groups["Score"].count()
        case _:
            return groups["Score"].sum(min_count=1)


def of_area(rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    """The value of each row's own area."""
    known = {None if pd.isna(k) else k: v for k, v in values.items()}
    return rows["Area"].map(lambda a: known.get(None if pd.isna(a) else a))


def best(rows: pd.DataFrame, measure: str, count: int, *, top: bool) -> set[str | None]:
    """The first areas by a measure: null last, ties in the order of the names."""
    values = per_area(rows, measure)
    order = sorted(
        ((pd.isna(v), -v if top else v, pd.isna(k), "" if pd.isna(k) else k) for k, v in values.items()),
        key=lambda x: (x[0], 0 if x[0] else x[1], x[2], x[3]),
    )
    return {None if null else name for *_, null, name in order[:count]}


def in_best(rows: pd.DataFrame, measure: str, count: int, *, top: bool) -> pd.Series:
    """Whether each row's area is among the first."""
    chosen = best(rows, measure, count, top=top)
    return rows["Area"].map(lambda a: (None if pd.isna(a) else a) in chosen).astype(bool)


@dataclass(frozen=True)
class Level:
    """A grouping: its instance in XML and its label per row (of all rows that context filters leave)."""

    reference: str
    column: str
    derivation: str
    type: str
    labels: Values

    def instance(self) -> str:
        kind = {"nk": "nominal", "ok": "ordinal", "qk": "quantitative"}[self.type]
        return (
            f'<column-instance column="[{self.column}]" derivation="{self.derivation}" '
            f'name="{self.reference}" pivot="key" type="{kind}"/>'
        )


LEVELS = (
    Level("[none:Area:nk]", "Area", "None", "nk", lambda d: text(d["Area"])),
    Level("[none:Sex:nk]", "Sex", "None", "nk", lambda d: text(d["Sex"])),
    Level("[none:Year:ok]", "Year", "None", "ok", lambda d: text(d["Year"])),
    Level("[yr:Seen:ok]", "Seen", "Year", "ok", lambda d: text(d["Seen"].dt.year)),
    Level("[qr:Seen:ok]", "Seen", "Quarter", "ok", lambda d: text(d["Seen"].dt.quarter)),
    Level("[my:Seen:ok]", "Seen", "MY", "ok", lambda d: text(d["Seen"].dt.year * 100 + d["Seen"].dt.month)),
    Level("[none:Calculation_1:nk]", "Calculation_1", "None", "nk",
          lambda d: pd.Series(np.where(d["Score"] >= 50, "high", "low"), d.index)),
    Level("[none:Calculation_2:ok]", "Calculation_2", "None", "ok",
          lambda d: text(of_area(d, per_area(d, "COUNT([Score])")).astype(float))),
    Level("[none:Score (bin):ok]", "Score (bin)", "None", "ok", lambda d: text(np.floor(d["Score"] / 10) * 10)),
    Level("[none:Area (group):nk]", "Area (group)", "None", "nk", lambda d: text(d["Area"].replace(GROUPED))),
    Level("[io:Set 1:nk]", "Set 1", "InOut", "nk", lambda d: in_best(d, "SUM([Score])", 2, top=True).map(str)),
)  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """A measure: its instance, and the bases it must have as (role, column that must not be null, aggregate)."""

    reference: str
    column: str
    derivation: str
    bases: tuple[tuple[str, str, str], ...]

    def instance(self) -> str:
        return (
            f'<column-instance column="[{self.column}]" derivation="{self.derivation}" '
            f'name="{self.reference}" pivot="key" type="quantitative"/>'
        )


MEASURES = (
    Measure("[avg:Score:qk]", "Score", "Avg", (("value", "Score", "avg"),)),
    Measure("[ctd:UPN:qk]", "UPN", "CountD", (("value", "UPN", "count"),)),
    Measure(
        "[usr:Calculation_3:qk]",
        "Calculation_3",
        "User",
        (("numerator", "Score", "sum"), ("denominator", "UPN", "count")),
    ),
    Measure("[usr:Calculation_4:qk]", "Calculation_4", "User", (("value", "Score", "sum"),)),
    Measure(
        "[avg:Calculation_5:qk]", "Calculation_5", "Avg", (("value", "Score", "avg"), ("numerator", "Score", "sum"))
    ),
    Measure("[usr:Calculation_6:qk]", "Calculation_6", "User", ()),
)


@dataclass(frozen=True)
class Filter:
    """A filter: its XML inside ``view``, the instances it needs, and which rows it keeps.

    ``keep`` gets the rows to judge and the rows that top and condition are computed over.
    """

    xml: str
    instances: str
    keep: Keep
    context: bool = False


def members(level: Level, chosen: Sequence[str | None], quote: str, *, exclude: bool, context: bool) -> Filter:
    """Chosen members of a level, or all but these; null is a member."""
    listed = "".join(
        f'<groupfilter function="member" level="{level.reference}" '
        f'member="{"%null%" if m is None else f"{quote}{m}{quote}"}"/>'
        for m in chosen
    )
    tree = f'<groupfilter function="union">{listed}</groupfilter>'
    if exclude:
        everything = f'<groupfilter function="level-members" level="{level.reference}"/>'
        tree = f'<groupfilter function="except">{everything}{tree}</groupfilter>'
    wanted = set(chosen)
    return Filter(
        _categorical(level, tree, context=context), level.instance(),
        lambda d, _: level.labels(d).map(lambda v: (None if pd.isna(v) else v) in wanted) != exclude, context,
    )  # fmt: skip


def within(low: int, high: int, *, context: bool) -> Filter:
    """Scores in a range; nulls are out."""
    instance = Level("[none:Score:qk]", "Score", "None", "qk", lambda d: d["Score"]).instance()
    xml = (
        f'<filter class="quantitative" column="[{{source}}].[none:Score:qk]" included-values="in-range"'
        f"{_CONTEXT[context]}>"
        f"<min>{low}</min><max>{high}</max></filter>"
    )
    return Filter(xml, instance, lambda d, _: d["Score"].between(low, high), context)


def top(measure: str, count: int, *, first: bool) -> Filter:
    """The first or last areas by a measure; Tableau writes the last ones as the bottom of a falling order."""
    tree = (
        f'<groupfilter count="{count}" end="{"top" if first else "bottom"}" function="end" units="records">'
        f'<groupfilter direction="DESC" expression="{measure}" function="order">'
        f'<groupfilter function="level-members" level="{LEVELS[0].reference}"/></groupfilter></groupfilter>'
    )

    def keep(rows: pd.DataFrame, whole: pd.DataFrame) -> pd.Series:
        return in_best(whole, measure, count, top=first).reindex(rows.index)

    return Filter(_categorical(LEVELS[0], tree, context=False), LEVELS[0].instance(), keep)


def condition(least: int) -> Filter:
    """Areas with at least so many pupils."""
    tree = (
        f'<groupfilter function="filter" expression="COUNTD([UPN]) &gt;= {least}">'
        f'<groupfilter function="level-members" level="{LEVELS[0].reference}"/></groupfilter>'
    )
    return Filter(
        _categorical(LEVELS[0], tree, context=False), LEVELS[0].instance(),
        lambda rows, whole: of_area(rows, per_area(whole, "COUNTD([UPN])")) >= least,
    )  # fmt: skip


def _categorical(level: Level, tree: str, *, context: bool) -> str:
    return f'<filter class="categorical" column="[{{source}}].{level.reference}"{_CONTEXT[context]}>{tree}</filter>'


@dataclass(frozen=True)
class Sheet:
    """A worksheet. ``least`` hides cells with fewer distinct pupils."""

    rows: tuple[Level, ...]
    cols: tuple[Level, ...]
    detail: tuple[Level, ...]
    measures: tuple[Measure, ...]
    filters: tuple[Filter, ...] = ()
    least: int | None = None
    row_total: bool = False
    col_total: bool = False
    subtotal: bool = False

    @property
    def levels(self) -> tuple[Level, ...]:
        """The grain, in order."""
        return (*self.rows, *self.cols, *self.detail)

    def keeps(self) -> set[tuple[int, ...]]:
        """Positions of the grain that each total keeps."""
        rows, cols = range(len(self.rows)), range(len(self.rows), len(self.rows) + len(self.cols))
        dropped: list[list[set[int]]] = []
        for places, total in ((rows, self.row_total), (cols, self.col_total)):
            options = [set()]
            if total and places:
                options.append(set(places))
            if self.subtotal and places is rows and len(places) > 1:
                options.append(set(places[1:]))
            dropped.append(options)
        combined = [a | b for a in dropped[0] for b in dropped[1] if a | b]
        return {tuple(i for i in range(len(self.levels)) if i not in gone) for gone in combined}

    def xml(self, name: str, source: str) -> str:
        """The worksheet element."""
        shown = self.measures
        hiding, instances = "", {x.instance() for x in (*self.levels, *shown)}
        instances |= {f.instances for f in self.filters}
        if self.least is not None:
            instances.add(MEASURES[1].instance())
            hiding = (
                f'<filter class="quantitative" column="[{source}].{MEASURES[1].reference}" '
                f'included-values="in-range"><min>{self.least}</min></filter>'
            )
        filters = "".join(f.xml.replace("{source}", source) for f in self.filters) + hiding
        marks = "".join(f'<text column="[{source}].{m.reference}"/>' for m in shown)
        marks += "".join(f'<lod column="[{source}].{x.reference}"/>' for x in self.detail)
        below = f"<subtotals><column>[{source}].{self.rows[0].reference}</column></subtotals>" if (
            self.subtotal and self.rows) else ""  # fmt: skip
        return (
            f'<worksheet name="{name}"><table><view><datasources><datasource name="{source}"/></datasources>'
            f'<datasource-dependencies datasource="{source}">{"".join(sorted(instances))}</datasource-dependencies>'
            f'{filters}<aggregation value="true"/></view><panes><pane><mark class="Text"/>'
            f"<encodings>{marks}</encodings></pane></panes>"
            f"<rows{_TOTAL[self.row_total]}>{_shelf(self.rows, source)}</rows>"
            f"<cols{_TOTAL[self.col_total]}>{_shelf(self.cols, source)}</cols>"
            f"{below}</table></worksheet>"
        )


_TOTAL = {True: ' total="true"', False: ""}
_CONTEXT = {True: ' context="true"', False: ""}


def _shelf(levels: tuple[Level, ...], source: str) -> str:
    names = [f"[{source}].{x.reference}" for x in levels]
    return f"({' / '.join(names)})" if len(names) > 1 else "".join(names)


@dataclass
class Book:
    """A packaged workbook of sheets over one extract."""

    source: str
    sheets: list[Sheet]
    names: list[str] = field(default_factory=list)

    def write(self, path: Path, extract: bytes) -> None:
        """The .twbx; worksheets are called ``sheet 0``, ``sheet 1``..."""
        spec = SourceSpec(
            self.source, "Pupils", "Data/pupils.hyper", "C:/data", (TableSpec("Pupils", COLUMNS),), dimensions=("Year",)
        )
        root = etree.fromstring(workbook([spec], [], []))
        root.find("datasources/datasource").extend(etree.fromstring(FIELDS))
        sheets = root.find("worksheets")
        self.names = [f"sheet {i}" for i in range(len(self.sheets))]
        for name, sheet in zip(self.names, self.sheets, strict=True):
            sheets.append(etree.fromstring(sheet.xml(name, self.source)))
        with zipfile.ZipFile(path, "w") as package:
            package.writestr("Book.twb", etree.tostring(root, xml_declaration=True, encoding="utf-8"))
            package.writestr("Data/pupils.hyper", extract)
