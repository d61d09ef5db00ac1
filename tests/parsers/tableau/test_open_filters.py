"""Filters that readers can change although no card of their own is on the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.parsers.tableau import read
from tests.parsers.tableau.build import instance, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.model import Workbook

GIRLS = """<group caption="Girls" name="[Girls]" name-style="unqualified" user:ui-builder="filter-group">
<groupfilter function="member" level="[Sex]" member="&quot;F&quot;"/></group>"""
ACTION = """<actions><edit-group-action name="[A1]" caption="Choose"><source type="sheet" worksheet="Sheet 1"/>
<command command="tsc:edit-group"><param name="target-group" value="[ds].[Girls]"/></command>
</edit-group-action></actions>"""
CARD = """<dashboards><dashboard name="D"><zones><zone id="1" name="Sheet 1" w="9" h="9" x="0" y="0"/>
<zone id="2" name="Sheet 1" param="[ds].[Girls]" type-v2="set-membership" w="9" h="9" x="0" y="0"/></zones>
</dashboard></dashboards>"""


def of_set(folder: Path, after: str) -> Workbook:
    element, field = instance("Girls", "InOut")
    school, shelf = instance("School")
    document = workbook_xml(
        rows=shelf,
        instances=element + school,
        fields=GIRLS,
        view=f'<filter class="categorical" column="{field}"><groupfilter function="member" '
        'level="[io:Girls:nk]" member="true"/></filter>',
        after=after,
    )
    path = folder / "w.twb"
    path.write_text(document, encoding="utf-8")
    return read(path, "0")


def changeable(book: Workbook) -> list[bool]:
    return [f.changeable for v in book.visuals for x in v.layers for f in x.filters]


def test_a_filter_on_a_set_stays_unless_readers_can_change_its_members(tmp_path: Path) -> None:
    assert changeable(of_set(tmp_path, "")) == [False]
    for after in (ACTION, CARD):
        book = of_set(tmp_path, after)
        assert changeable(book) == [True]
        assert [c.kind for c in book.controls if c.uses and c.uses[0].caption == "Girls"] == ["set_action"]


def test_a_shared_filter_reaches_the_field_of_another_data_source(tmp_path: Path) -> None:
    school, shelf = instance("School")
    sex, field = instance("Sex")
    chosen = '<filter class="categorical" column="%s" filter-group="3"><groupfilter function="level-members" level="[x]"/></filter>'
    other = f"""<worksheet name="Sheet 2"><table><view><datasources><datasource name="other"/></datasources>
    {chosen % "[other].[Gender]"}</view><rows/><cols/></table></worksheet></worksheets>"""
    card = """<dashboards><dashboard name="D"><zones><zone id="1" name="Sheet 1" w="9" h="9" x="0" y="0"/>
    <zone id="2" name="Sheet 1" param="[ds].[none:Sex:nk]" type-v2="filter" w="9" h="9" x="0" y="0"/>
    <zone id="3" name="Sheet 2" w="9" h="9" x="0" y="0"/></zones></dashboard></dashboards>"""
    document = workbook_xml(rows=shelf, instances=school + sex, view=chosen % field, after=card)
    path = tmp_path / "w.twb"
    path.write_text(document.replace("</worksheets>", other), encoding="utf-8")
    (card_of_both,) = [c for c in read(path, "0").controls if c.kind == "quick_filter"]
    assert set(card_of_both.visuals) == {"Sheet 1", "Sheet 2"}
    assert [(u.source, u.caption) for u in card_of_both.uses] == [("ds", "Sex"), ("other", "Gender")]
