"""A generated workbook whose visuals hold groups of exactly so many people, for the edges of a profile.

One extract of invented pupils; each sheet is filtered to its own pupils by the column ``Case`` and shows
them by school. School A always has 500 pupils, so that it is never small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from fixtures.archive import unzipped, zipped
from fixtures.tableau_sheets import DashboardSpec, FilterSpec, Pill, SheetSpec, workbook
from fixtures.tableau_xml import Calculation, SourceSpec, TableSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

COLUMNS = tuple(
    (name, "text") for name in ("UPN", "Case", "School", "Sex", "SENprovision", "FSMeligible", "LookedAfter", "Passed")
)
PASSED = Calculation(
    "Calculation_1", "Share passed", "real", 'COUNTD(IF [Passed] = "yes" THEN [UPN] END) / COUNTD([UPN])'
)
SOURCE = SourceSpec(
    name="federated.0edges",
    caption="Pupils",
    extract="Data/Extracts/edges.hyper",
    directory="C:/Data",
    tables=(TableSpec("Pupil", COLUMNS),),
    calculations=(PASSED,),
)
BIG = 500
UPN = "A{:012d}"


@dataclass(frozen=True)
class Case:
    """A sheet: how many pupils of school B have each value of ``column``, and what is shown.

    ``groups`` maps values of the column to (pupils of school B, of whom passed). School A has ``BIG``
    pupils of every value, of whom half passed.
    """

    name: str
    groups: dict[str, tuple[int, int]]
    column: str = "Sex"
    measure: str = "people"

    def sheet(self) -> SheetSpec:
        """Schools down, the column across, the measure as text."""
        pill = Pill(PASSED.name, "User") if self.measure == "share" else Pill("UPN", "CountD")
        only = FilterSpec(Pill("Case"), (self.name,))
        return SheetSpec(self.name, SOURCE, (Pill("School"),), (Pill(self.column),), (("text", pill),), filters=(only,))

    def rows(self, start: int) -> Iterable[dict[str, Any]]:
        """Its pupils, numbered from ``start``."""
        number = start
        for school in ("A", "B"):
            for value, (people, passed) in self.groups.items():
                total, good = (BIG, BIG // 2) if school == "A" else (people, passed)
                for i in range(total):
                    plain = {
                        "Sex": "F",
                        "SENprovision": "N",
                        "FSMeligible": "no",
                        "LookedAfter": "no",
                        self.column: value,
                    }
                    yield {
                        "UPN": UPN.format(number), "Case": self.name, "School": school,
                        "Passed": "yes" if i < good else "no", **plain,
                    }  # fmt: skip
                    number += 1


def write(path: Path, cases: list[Case]) -> Path:
    """A .twbx with one sheet for each case, all on one dashboard."""
    rows: list[dict[str, Any]] = []
    for case in cases:
        rows += case.rows(len(rows))
    return packed(path, [case.sheet() for case in cases], rows)


def write_hidden(path: Path, totals: list[int], least: int) -> Path:
    """Pairs of sheets over few boys and girls of school B: a filter hides counts below ``least``, then the totals.

    One pair for each of ``totals``, named by it; all that a reader learns of two hidden counts is their sum.
    """
    people = Pill("UPN", "CountD")
    rows: list[dict[str, Any]] = []
    sheets = []
    for total in totals:
        case = Case(str(total), {"F": (total // 2, 0), "M": (total - total // 2, 0), "X": (BIG, 0)})
        rows += case.rows(len(rows))
        only, school = FilterSpec(Pill("Case"), (case.name,)), (Pill("School"),)
        few = FilterSpec(people, least=least)
        sheets += [
            SheetSpec(case.name, SOURCE, school, (Pill("Sex"),), (("text", people),), filters=(only, few)),
            SheetSpec(f"total of {case.name}", SOURCE, school, (), (("text", people),), filters=(only,)),
        ]
    return packed(path, sheets, rows)


def packed(path: Path, sheets: list[SheetSpec], rows: list[dict[str, Any]]) -> Path:
    """A .twbx with these sheets on one dashboard over one extract with these rows."""
    from fixtures.build_tableau import hyper

    document = workbook([SOURCE], sheets, [DashboardSpec("All", tuple(sheets))])
    members = {"edges.twb": document, SOURCE.extract: hyper([("Extract", COLUMNS, rows)])}
    path.write_bytes(zipped(members))
    return path


def edited(path: Path, change: Callable[[etree._Element], None]) -> None:
    """The workbook with its document changed in place, as Desktop would save it."""
    members = unzipped(path.read_bytes())
    name = next(n for n in members if n.endswith(".twb"))
    root = etree.fromstring(members[name])
    change(root)
    path.write_bytes(zipped(members | {name: etree.tostring(root, xml_declaration=True, encoding="utf-8")}))


def commented(kind: str, name: str, text: str) -> Callable[[etree._Element], None]:
    """A change that types a text into a sheet's caption or a field's comment."""

    def change(root: etree._Element) -> None:
        lines = [etree.Element("run") for _ in range(2)]
        lines[0].text, lines[1].text = "Read with care.\u00c6\n", text
        formatted = etree.Element("formatted-text")
        formatted.extend(lines)
        if kind == "caption":
            sheet = next(s for s in root.iterfind("worksheets/worksheet") if s.get("name") == name)
            layout = etree.Element("layout-options")
            sheet.insert(0, layout)
            parent = etree.SubElement(layout, "caption")
        else:
            column = next(c for c in root.iterfind("datasources/datasource/column") if c.get("name") == f"[{name}]")
            parent = etree.SubElement(column, "desc")
        parent.append(formatted)

    return change
