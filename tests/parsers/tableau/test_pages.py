"""Dashboards, stories, tooltips, hidden sheets, actions and saved text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.parsers.tableau.build import USER, instance, load, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.model import Workbook

BUTTON = '<button action="tabdoc:goto-sheet window-id=&quot;{ID-2}&quot;"/>'
AFTER = f"""
<dashboards>
<dashboard name="Board"><size maxwidth="800" maxheight="600"/><zones><zone id="1" type-v2="layout-basic">
<zone id="2" name="Sheet 1"/>
<zone id="3" type-v2="text"><formatted-text><run>Only 3 pupils</run></formatted-text></zone>
<zone id="4" type-v2="layout-flow" hidden-by-user="true"><zone id="5" name="Detail" hidden-by-user="true"/></zone>
<zone id="6" type-v2="dashboard-object">{BUTTON}</zone></zone></zones>
<devicelayouts><devicelayout><zones><zone id="2" name="Sheet 1"/></zones></devicelayout></devicelayouts></dashboard>
<dashboard name="Tale" type="storyboard"><zones><zone id="1"><flipboard><story-points>
<story-point captured-sheet="Board" caption="Four of them failed"/></story-points></flipboard></zone></zones>
</dashboard>
</dashboards>
<windows><window class="worksheet" name="Secret" hidden="true"/><window class="worksheet" name="Detail">
<simple-id uuid="{{ID-2}}"/></window></windows>
"""
ACTIONS = """<actions>
<action name="[A1]" caption="Filter it"><source type="sheet" dashboard="Board" worksheet="Sheet 1"/>
<command command="tsc:tsl-filter"><param name="special-fields" value="all"/><param name="target" value="Board"/>
<param name="exclude" value="Sheet 1"/></command></action>
<action name="[A2]" caption="Look up"><source type="sheet" worksheet="Sheet 1"/>
<link expression="https://example.org/?id=&lt;[ds].[none:UPN:nk]&gt;"/></action>
<nav-action name="[A3]" caption="Go"><source type="sheet" worksheet="Sheet 1"/><params>
<param name="sheet" value="Secret"/></params></nav-action>
<action name="[A4]" caption="Old"><source type="sheet" worksheet="Sheet 1"/>
<link expression="tsl:Detail?%5Bds%5D.%5Bnone%3AUPN%3Ank%5D=&lt;[ds].[none:UPN:nk]&gt;"/></action>
<edit-group-action name="[A5]" caption="Choose"><source type="sheet" worksheet="Sheet 1"/></edit-group-action>
<edit-parameter-action name="[A6]" caption="Set"><source type="sheet" worksheet="Sheet 1"/></edit-parameter-action>
<mystery-action name="[A7]" caption="Odd"/>
</actions>"""
TOOLTIP = (
    '<panes><pane><mark class="Bar"/><customized-tooltip><formatted-text>'
    '<run>&lt;Sheet name="Shown" maxwidth="300"&gt;</run></formatted-text></customized-tooltip></pane></panes>'
)


def sheet(name: str) -> str:
    return f'<worksheet name="{name}"><table><view><aggregation value="true"/></view><rows/><cols/></table></worksheet>'


def book(folder: Path) -> Workbook:
    upn, reference = instance("UPN")
    document = workbook_xml(rows=reference, instances=upn, panes=TOOLTIP, after=AFTER + ACTIONS)
    extra = "".join(map(sheet, ("Detail", "Secret", "Shown", "Tab")))
    return load(folder, document.replace("</worksheets>", extra + "</worksheets>"))


def test_pages_carry_worksheets(tmp_path: Path) -> None:
    workbook = book(tmp_path)
    carried = {v.id: v.pages for v in workbook.visuals}
    assert carried == {
        "Sheet 1": ("Board", "Tale"),
        "Detail": ("Board", "Tale"),
        "Secret": (),
        "Shown": ("Sheet 1 (tooltip)",),
        "Tab": ("Tab",),
    }
    assert {p.id: p.kind for p in workbook.pages} == {
        "Board": "dashboard",
        "Tale": "story",
        "Sheet 1 (tooltip)": "tooltip",
        "Tab": "sheet",
    }
    board = workbook.page("Board")
    assert board is not None
    assert (board.width, board.height) == (800, 600)
    assert [v.id for v in workbook.visuals if v.hidden] == ["Secret"]


def test_actions_and_buttons(tmp_path: Path) -> None:
    workbook = book(tmp_path)
    found = {c.caption: c for c in workbook.controls}
    filtered = found["Filter it"]
    assert (filtered.kind, filtered.visuals, filtered.target) == ("filter_action", ("Detail",), "Board")
    assert [u.caption for u in filtered.uses] == ["UPN"]
    assert (found["Look up"].kind, [u.caption for u in found["Look up"].uses]) == ("url_action", ["UPN"])
    assert (found["Go"].kind, found["Go"].visuals) == ("navigation", ("Secret",))
    assert (found["Old"].kind, found["Old"].visuals) == ("filter_action", ("Detail",))
    assert found["Choose"].kind == "set_action"
    assert found["Set"].kind == "parameter_action"
    assert (found["show/hide button"].visuals, found["show/hide button"].hidden) == (("Detail",), True)
    assert (found["button"].kind, found["button"].target) == ("navigation", "Detail")
    tooltip = next(c for c in workbook.controls if c.kind == "tooltip")
    assert (tooltip.caption, tooltip.visuals) == ("Sheet 1", ("Shown",))
    assert [u.reason for u in workbook.unread] == ["an action of an unknown kind"]


def test_hierarchies_and_dates_are_controls(tmp_path: Path) -> None:
    school, rows = instance("School")
    born, cols = instance("Born", "Year", "ok")
    path = (
        '<drill-paths><drill-path name="Place"><field>[School]</field><field>[UPN]</field></drill-path></drill-paths>'
    )
    workbook = load(tmp_path, workbook_xml(rows=rows, cols=cols, instances=school + born, source_inside=path))
    controls = {c.caption: [u.caption for u in c.uses] for c in workbook.controls if c.kind == "hierarchy"}
    assert controls == {"Place": ["School", "UPN"], "Born": ["Born"]}
    source = workbook.source("ds")
    assert source is not None
    assert [(h.caption, h.levels) for h in source.hierarchies] == [("Place", ("School", "UPN"))]


def test_saved_text_has_a_place(tmp_path: Path) -> None:
    fields = (
        '<column name="[School]" datatype="string"><aliases>'
        '<alias key="&quot;123&quot;" value="Hill School"/></aliases>'
        "<desc><formatted-text><run>From the census</run></formatted-text></desc></column>"
    )
    view = (
        '<filter class="categorical" column="[ds].[none:School:nk]"><groupfilter function="member" '
        'level="[none:School:nk]" member="&quot;Hill&quot;"/></filter>'
        '<manual-sort column="[ds].[none:School:nk]"><dictionary><bucket>"Dale"</bucket></dictionary></manual-sort>'
    )
    table = (
        "<annotations><annotation><body><formatted-text><run>2 pupils here</run></formatted-text></body></annotation>"
        "</annotations>"
    )
    after = AFTER + '<thumbnails><thumbnail name="Sheet 1">aGk=</thumbnail></thumbnails>'
    school, _ = instance("School")
    document = workbook_xml(fields=fields, view=view, table=table, after=after, instances=school)
    document = document.replace(
        '<worksheet name="Sheet 1">',
        '<worksheet name="Sheet 1"><layout-options><title><formatted-text><run>By school</run></formatted-text></title>'
        "</layout-options>",
    )
    assert USER in document
    workbook = load(tmp_path, document)
    texts = {t.where: t.text for t in workbook.texts}
    assert texts == {
        "title of worksheet Sheet 1": "By school",
        "annotation in worksheet Sheet 1": "2 pupils here",
        "saved filter members in worksheet Sheet 1, [ds].[none:School:nk]": '"Hill"',
        "saved manual sort in worksheet Sheet 1, [ds].[none:School:nk]": '"Dale"',
        "text zone of dashboard Board": "Only 3 pupils",
        "story caption of dashboard Tale": "Four of them failed",
        "aliases of [School] in Pupils": '"123" = Hill School',
        "description of [School] in Pupils": "From the census",
        "thumbnail": "Sheet 1",
    }
    assert "By school" not in repr(workbook.texts)
    assert workbook.visuals[0].title == "By school"


def test_what_was_selected_when_saved_is_text(tmp_path: Path) -> None:
    mark = "<tuple-selection><tuple-reference><tuple><value>{}</value></tuple></tuple-reference></tuple-selection>"
    state = f"<selection-collection>{mark}</selection-collection>"
    after = (
        f'<windows><window class="worksheet" name="Sheet 1"><viewpoint>{state.format("Ann")}<current-page>'
        "<multibucket><bucket>2024</bucket></multibucket></current-page></viewpoint></window>"
        f'<window class="dashboard" name="Board"><viewpoints><viewpoint name="Sheet 1">{state.format("Bob")}'
        "</viewpoint></viewpoints></window></windows>"
    )
    label = "<mark-labels><mark-label><tuple-reference><tuple><value>Cid</value></tuple></tuple-reference></mark-label></mark-labels>"
    found = load(tmp_path, workbook_xml(table=label, after=after)).texts
    assert [(t.where, t.text) for t in found] == [
        ("annotated mark in worksheet Sheet 1", "Cid"),
        ("saved selection in worksheet Sheet 1", "Ann"),
        ("saved selection in worksheet Sheet 1", "2024"),
        ("saved selection in worksheet Sheet 1", "Bob"),
    ]


def test_extensions_and_sorts_of_any_age(tmp_path: Path) -> None:
    """A visual drawn by an extension has the grain of its fields; an old sort shows the order of a measure."""
    upn, on_level = instance("UPN")
    score, by_score = instance("Score", "Sum", "qk")
    panes = (
        '<panes><pane><mark class="VizExtension"/><add-in add-in-id="org.sankey"/><encodings>'
        f'<custom column="{on_level}" custom-type-name="level"/></encodings></pane></panes>'
    )
    view = f'<sort class="computed" column="{on_level}" direction="DESC" using="{by_score}"/>'
    workbook = load(tmp_path, workbook_xml(panes=panes, view=view, instances=upn + score))
    (visual,) = workbook.visuals
    assert [g.caption for g in visual.layers[0].grain] == ["UPN"]
    assert [(e.role, e.use.caption) for e in visual.encodings] == [("other", "UPN"), ("other", "Score")]
    assert [(u.part, u.reason) for u in workbook.unread] == [
        ("Book.twb: extension org.sankey", "a viz extension: its program is not in the file")
    ]
