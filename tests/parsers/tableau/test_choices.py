"""Values of parameters that readers can choose: worksheets whose rows change with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linter.expressions import Literal, walk
from linter.parsers.tableau import read
from linter.parsers.tableau.choices import _another
from tests.parsers.tableau.build import instance, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.model import Chosen

FORMULA = "[Sex] = [Parameters].[Parameter 1]"
USED = '<datasource-dependencies datasource="Parameters"><column name="[Parameter 1]"/></datasource-dependencies>'
CARD = """<dashboards><dashboard name="D"><zones><zone id="1" name="Sheet 1" w="9" h="9" x="0" y="0"/>
<zone id="2" param="[Parameters].[Parameter 1]" type-v2="paramctrl" w="9" h="9" x="0" y="0"/></zones></dashboard></dashboards>"""


def chosen(folder: Path, *members: str, card: str = CARD, used: str = USED) -> tuple[Chosen, ...]:
    """What a worksheet filtered by the sex that a parameter names keeps of the parameter's other values."""
    school, shelf = instance("School")
    element, field = instance("Calculation_1")
    listed = "".join(f'<member value="&quot;{m}&quot;"/>' for m in members)
    document = workbook_xml(
        rows=shelf,
        instances=school + element,
        fields='<column caption="Shown" datatype="boolean" name="[Calculation_1]" role="dimension" type="nominal">'
        f'<calculation class="tableau" formula="{FORMULA}"/></column>',
        view=f'{used}<filter class="categorical" column="{field}"><groupfilter function="member" '
        'level="[none:Calculation_1:nk]" member="true"/></filter>',
        parameters='<column caption="Which sex" datatype="string" name="[Parameter 1]" role="measure" type="nominal" '
        'value="&quot;F&quot;"><calculation class="tableau" formula="&quot;F&quot;"/>'
        f"<members>{listed}</members></column>",
        after=card,
    )
    path = folder / "w.twb"
    path.write_text(document, encoding="utf-8")
    (visual,) = read(path, "0").visuals
    return visual.chosen


SHOWN = """<column caption="Shown" datatype="boolean" name="[Calculation_1]" role="dimension" type="nominal">
<calculation class="tableau" formula="%s"/></column>"""
FILTER = """<filter class="categorical" column="[ds].[none:Calculation_1:nk]"><groupfilter function="member"
level="[none:Calculation_1:nk]" member="true"/></filter>"""


def parameter(saved: str, datatype: str = "string") -> str:
    return (
        f'<column caption="Which" datatype="{datatype}" name="[Parameter 1]" role="measure" type="nominal" '
        f'value="{saved}"><calculation class="tableau" formula="{saved}"/></column>'
    )


@pytest.mark.parametrize("where", ["shared", "source"])
def test_filters_of_all_sheets_of_a_data_source_change_with_a_parameter_too(tmp_path: Path, where: str) -> None:
    element, _ = instance("Calculation_1")
    school, shelf = instance("School")
    inside = f'<datasource-dependencies datasource="ds">{element}</datasource-dependencies>'
    shared = f'<shared-views><shared-view name="ds">{USED}{inside}{FILTER}</shared-view></shared-views>'
    document = workbook_xml(
        rows=shelf,
        instances=school,
        fields=SHOWN % FORMULA + element + (FILTER if where == "source" else ""),
        parameters=parameter("&quot;F&quot;"),
        after=CARD + (shared if where == "shared" else ""),
    )
    path = tmp_path / "w.twb"
    path.write_text(document, encoding="utf-8")
    (visual,) = read(path, "0").visuals
    assert [c.parameter for c in visual.chosen] == ["Which"]


def test_a_yes_or_no_takes_both_values_without_a_list(tmp_path: Path) -> None:
    element, _ = instance("Calculation_1")
    school, shelf = instance("School")
    document = workbook_xml(
        rows=shelf,
        instances=school + element,
        fields=SHOWN % "[Parameters].[Parameter 1] OR [Sex] = 'F'",
        view=USED + FILTER,
        parameters=parameter("true", "boolean"),
        after=CARD,
    )
    path = tmp_path / "w.twb"
    path.write_text(document, encoding="utf-8")
    ((found,),) = [v.chosen for v in read(path, "0").visuals]
    assert (len(found.layers), found.missing) == (1, "")


def constants(found: Chosen) -> list[set[object]]:
    filters = [f.predicate for layer in found.layers for f in layer.filters]
    return [{p.value for p in walk(e) if isinstance(p, Literal)} for e in filters]


def test_every_other_value_that_is_offered_is_a_state(tmp_path: Path) -> None:
    (found,) = chosen(tmp_path, "F", "M", "X")
    assert (found.parameter, found.missing) == ("Which sex", "")
    assert [("M" in c, "X" in c, "F" in c) for c in constants(found)] == [(True, False, False), (False, True, False)]


def test_of_a_parameter_that_takes_any_value_one_is_tried_and_the_rest_is_said_to_be_missing(tmp_path: Path) -> None:
    (found,) = chosen(tmp_path)
    assert len(found.layers) == 1
    assert found.missing == "it takes more values than were tried"


@pytest.mark.parametrize("without", [{"card": ""}, {"used": ""}])
def test_what_readers_can_not_set_or_the_sheet_does_not_use_is_no_choice(
    tmp_path: Path, without: dict[str, str]
) -> None:
    assert chosen(tmp_path, "F", "M", **without) == ()


def test_another_value_is_written_as_tableau_writes_values() -> None:
    assert [_another(t) for t in ("5", '"F"', "#2020-01-01#")] == ["6.0", '"F "', "#1900-01-01#"]
