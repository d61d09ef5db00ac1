"""ME002 and MF002: what was not checked, and the option to copy that mends it."""

from __future__ import annotations

import pytest

from checks.manifest.mf002_unit_undeclared import unit_undeclared
from checks.meta.me002_visual_not_evaluated import visual_not_evaluated
from linter.cells.supplied import Supplied, supply
from linter.evidence import Unit, VisualResult
from linter.model import Source, Workbook
from tests.checks.build import judged, table, visual, workbook

UNREAD = {"chart": VisualResult("chart", "data_unread", ("its rows are elsewhere",))}


def fix(*sources: Source, tool: str = "tableau") -> str:
    book = workbook(visual("chart", "School"), tool=tool, sources=sources)
    (found,) = judged(visual_not_evaluated, book, results=UNREAD)
    return found.fix


def live(caption: str, *tables: str, key: str = "model") -> Source:
    return Source(key, caption, "live", tuple(table(t, store=None) for t in tables))


def test_the_option_that_supplies_the_rows_is_printed_to_be_copied(tmp_path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("UPN\n")
    for source, tool, name in (
        (live("Pupils of 2025", "Pupil"), "tableau", "Pupils of 2025"),
        (live("Pupils", "Pupil"), "powerbi", "Pupil"),
    ):
        assert (
            fix(source, tool=tool) == f'Check these visuals by hand, or give disclint the rows: --data "{name}=FILE".'
        )
        book = Workbook(tool, "book", "0" * 64, (source,))  # type: ignore[arg-type]
        given = supply(book, [Supplied.of(f"{name}={rows}")])
        assert given.sources[0].tables[0].store is not None


def test_several_tables_have_an_option_each() -> None:
    assert '--data "Pupils.Pupil=FILE" and --data "Pupils.School=FILE"' in fix(live("Pupils", "Pupil", "School"))
    assert '"model.Pupil=FILE"' in fix(live("Pupils", "Pupil", "School"), live("Pupils", "Pupil", key="other"))
    tables = live("Pupils", "Other", "Pupil")
    assert fix(tables, tool="powerbi").endswith('rows: --data "Pupil=FILE".'), "only the tables that the visual uses"


@pytest.mark.parametrize("name", ['a"; rm -rf x', "a$(x)", "a`x`", "a\\", "100%", "a=b", "“a”", "a\nb", "a" * 300])
def test_a_name_that_a_shell_would_not_take_is_not_printed(name: str) -> None:
    assert fix(live(name, "Pupil")).endswith('--data "SOURCE=FILE".')


def test_no_option_where_no_rows_can_be_supplied() -> None:
    assert fix(live("Pupils")) == "Check these visuals by hand."
    assert fix(Source("model", "Pupils", "embedded", (table(),))) == "Check these visuals by hand."


def test_the_tables_of_a_model_are_named() -> None:
    for tool, named, option in (("powerbi", "Pupil", "TABLE"), ("tableau", "Pupils", "SOURCE")):
        (found,) = judged(unit_undeclared, workbook(tool=tool), unit=Unit("unknown"))
        assert f"the rows of {named} are about people" in found.message
        assert found.fix.endswith(f"--not-people {option}.")
