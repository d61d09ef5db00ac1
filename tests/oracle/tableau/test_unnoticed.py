"""Workbooks whose small cells are easily overlooked: what they show is found, or they are not complete."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from fixtures.archive import zipped
from fixtures.build_tableau import hyper
from fixtures.tableau_sheets import DashboardSpec, FilterSpec, Pill, SheetSpec, workbook
from fixtures.tableau_xml import SourceSpec, TableSpec
from linter.engine import LintOptions, recompute

SCHOOL = Pill("School")
PUPILS = (("UPN", "text"), ("School", "text"), ("Region", "text"), ("FSM", "integer"))
COUNTS = (("School", "text"), ("Number of pupils", "integer"), ("Number of FSM pupils", "integer"), ("Score", "real"))


def source(columns, letter="a"):
    return SourceSpec(f"federated.{letter}", letter, f"Data/Extracts/{letter}.hyper", "C:/x",
                      (TableSpec("Extract", columns),))  # fmt: skip


def checked(folder, data, rows, shown, *, change=lambda xml: xml, also=()):
    sheet = SheetSpec("sheet", data, (SCHOOL,), (), (("text", shown),))
    sources = [data, *also]
    document = change(workbook(sources, [sheet], [DashboardSpec("all", (sheet,))]).decode()).encode()
    file = folder / "book.twbx"
    made = {s.extract: hyper([("Extract", s.tables[0].columns, rows)]) for s in sources}
    file.write_bytes(zipped({"book.twb": document} | made))
    result = recompute(file, LintOptions(audience="public"))
    assert result.evidence is not None
    return result, result.evidence.visuals["sheet"]


def pupils():
    found = [(f"K{i:012}", "AB"[i % 2], "north" if i < 96 else "south", int(i in {0, 2, 4})) for i in range(100)]
    found += [(None, "C", "north", 0)] * 3
    return [dict(zip([c for c, _ in PUPILS], row, strict=True)) for row in found]


def test_the_sum_of_a_flag_rests_on_those_who_have_it(tmp_path):
    _, visual = checked(tmp_path, source(PUPILS), pupils(), Pill("FSM", "Sum"))
    body = visual.layers[0].body
    assert sorted(body.bases[0].contributors.values) == [0, 0, 3]


def test_rows_without_a_key_are_somebody(tmp_path):
    data = source(PUPILS)
    _, visual = checked(tmp_path, data, pupils(), Pill(data.tables[0].object_id, "Count"))
    body = visual.layers[0].body
    assert sorted(body.contributors.values) == [1, 50, 50]


def test_a_second_count_of_people_is_judged_by_itself(tmp_path):
    rows = [dict(zip([c for c, _ in COUNTS], row, strict=True)) for row in [("A", 60, 3, 1.0), ("B", 60, 30, 2.0)]]
    _, visual = checked(tmp_path, source(COUNTS), rows, Pill("Number of FSM pupils", "Sum"))
    assert sorted(visual.layers[0].body.contributors.values) == [3, 30]


def test_a_figure_whose_count_is_missing_is_not_evaluated(tmp_path):
    rows = [dict(zip([c for c, _ in COUNTS], row, strict=True)) for row in [("A", 60, 30, 1.0), ("B", None, 30, 2.0)]]
    result, visual = checked(tmp_path, source(COUNTS), rows, Pill("Score", "Avg"))
    assert visual.status == "not_evaluated"
    assert not result.complete


OTHER = '<datasource caption="b" name="federated.b"/>'
OWN = re.compile(r"(<worksheet .*?<datasources>)(<datasource [^>]*federated\.a[^>]*/>)", re.DOTALL)


def test_a_data_source_that_no_shelf_uses_makes_no_marks(tmp_path):
    def first(xml):
        return OWN.sub(rf"\1{OTHER}\2", xml, count=1)

    _, visual = checked(
        tmp_path, source(PUPILS), pupils(), Pill("UPN", "CountD"), change=first, also=[source(PUPILS, "b")]
    )
    assert visual.layers[0].grain == ("School",)


@pytest.mark.parametrize(("field", "status"), [("Region", "not_evaluated"), ("School", "approximate")])
def test_a_filter_of_another_data_source_may_leave_fewer_people(tmp_path, field, status):
    data, other = source(PUPILS), source(PUPILS, "b")
    chosen = FilterSpec(Pill(field), ("south",))

    def filtered(xml):
        sheet = SheetSpec("other", other, (Pill(field),), (), filters=(chosen,))
        lines = [sheet.dependencies(), chosen.xml(other)]
        text = "".join(etree.tostring(line).decode() for line in lines)
        return OWN.sub(rf"\1\2{OTHER}", xml, count=1).replace("<aggregation value", f"{text}<aggregation value", 1)

    result, visual = checked(tmp_path, data, pupils(), Pill("UPN", "CountD"), change=filtered, also=[other])
    assert visual.status == status
    assert result.complete == (status == "approximate")
