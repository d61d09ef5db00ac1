"""Story points: what readers see there is counted as it was captured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.engine import LintOptions, recompute
from tests.parsers.tableau.build import instance, package, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.evidence import VisualResult

ROWS = [("A", "F", 1), ("A", "F", 2), ("A", "M", 3), ("B", "F", 4), ("B", "M", 5), ("B", "M", 6)]
CSV = "UPN,School,Sex,Score,Born,Year\n" + "".join(
    f"P{i},{school},{sex},{score},2010-01-01,2024\n" for i, (school, sex, score) in enumerate(ROWS)
)
ONLY_F = (
    '<filter class="categorical" column="[ds].[none:Sex:nk]">'
    '<groupfilter function="member" level="[none:Sex:nk]" member="&quot;F&quot;"/></filter>'
)
ALL_SEXES = ONLY_F.replace('"member" level', '"level-members" level').replace('member="&quot;F&quot;"', "")
REMOVED = '<filter column="[ds].[none:Sex:nk]" delta-type="removed"/>'
LIMIT = (
    '<column caption="Limit" datatype="real" name="[Parameter 1]" param-domain-type="any" role="measure" '
    'type="quantitative" value="0."><calculation class="tableau" formula="0."/></column>'
)
ABOVE = (
    '<column datatype="boolean" name="[Above]" role="dimension" type="nominal">'
    '<calculation class="tableau" formula="[Score] &gt; [Parameters].[Parameter 1]"/></column>'
)
ONLY_ABOVE = (
    '<filter class="categorical" column="[ds].[none:Above:nk]">'
    '<groupfilter function="member" level="[none:Above:nk]" member="true"/></filter>'
)


def recomputed(
    folder: Path, deltas: str, view: str = "", fields: str = "", parameters: str = "", *, inside: str = ""
) -> VisualResult:
    """Schools on rows; one story point of the sheet with these deltas."""
    made = [instance("School"), instance("Sex"), instance("Above")]
    story = (
        '<dashboards><dashboard name="Tale" type="storyboard"><zones><zone id="1"><flipboard><story-points>'
        f'<story-point captured-sheet="Sheet 1"><capturedDeltas>{deltas}</capturedDeltas></story-point>'
        "</story-points></flipboard></zone></zones></dashboard></dashboards>"
    )
    document = workbook_xml(
        rows="[ds].[none:School:nk]", instances="".join(element for element, _ in made), view=view, fields=fields,
        parameters=parameters, after=story, source_inside=inside,
    )  # fmt: skip
    path = package(folder / "Book.twbx", document, {"Data/pupils.csv": CSV.encode()})
    evidence = recompute(path, LintOptions()).evidence
    assert evidence is not None
    return evidence.visuals["Sheet 1"]


def counts(result: VisualResult) -> dict[str, dict[str, int]]:
    """Rows by school, of each layer."""
    return {
        layer.label: dict(
            zip((str(layer.body.labels[0][c]) for c in layer.body.codes[0]), layer.body.records.values, strict=True)
        )
        for layer in result.layers
        if layer.body
    }


def on_sheet(inside: str) -> str:
    return f'<worksheet name="Sheet 1">{inside}</worksheet>'


def test_a_filter_that_a_point_adds_is_a_state_of_its_own(tmp_path: Path) -> None:
    result = recomputed(tmp_path, on_sheet(ONLY_F))
    assert result.status == "evaluated"
    assert counts(result) == {"Bar": {"A": 3, "B": 3}, "Bar (story point 1)": {"A": 2, "B": 1}}


def test_a_filter_that_a_point_removes_or_replaces(tmp_path: Path) -> None:
    for delta in (REMOVED, ALL_SEXES):
        result = recomputed(tmp_path, on_sheet(delta), view=ONLY_F)
        assert counts(result) == {"Bar": {"A": 2, "B": 1}, "Bar (story point 1)": {"A": 3, "B": 3}}


def test_a_parameter_that_a_point_sets(tmp_path: Path) -> None:
    delta = '<datasource name="Parameters"><column name="[Parameter 1]" value="2."/></datasource>'
    result = recomputed(tmp_path, delta, view=ONLY_ABOVE, fields=ABOVE, parameters=LIMIT)
    assert counts(result) == {"Bar": {"A": 3, "B": 3}, "Bar (story point 1)": {"A": 1, "B": 3}}


def test_a_parameter_that_a_filter_of_the_data_source_rests_on(tmp_path: Path) -> None:
    delta = '<datasource name="Parameters"><column name="[Parameter 1]" value="2."/></datasource>'
    of_source = ONLY_ABOVE.replace("[ds].[none:Above:nk]", "[ds].[Above]").replace("[none:Above:nk]", "[Above]")
    result = recomputed(tmp_path, delta, fields=ABOVE, parameters=LIMIT, inside=of_source)
    assert counts(result) == {"Bar": {"A": 3, "B": 3}, "Bar (story point 1)": {"A": 1, "B": 3}}


def test_what_changes_no_cell_adds_nothing(tmp_path: Path) -> None:
    marked = "<selection-collection><tuple-selection/></selection-collection>"
    for delta in ("", on_sheet(marked), on_sheet(ONLY_F)):
        result = recomputed(tmp_path, delta, view=ONLY_F)
        assert counts(result) == {"Bar": {"A": 2, "B": 1}}
        assert result.status == "evaluated"


def test_a_captured_change_that_is_not_read_is_said(tmp_path: Path) -> None:
    result = recomputed(tmp_path, on_sheet("<something-new/>"))
    assert result.status == "not_evaluated"
    assert result.reason == "story point 1 keeps a change that is not read (something-new)"


def test_a_captured_change_outside_the_sheet_is_said_as_well(tmp_path: Path) -> None:
    for delta, tag in (
        ('<datasource name="ds"><group name="[Chosen]"/></datasource>', "group"),
        ('<datasource name="Parameters"><something-new/></datasource>', "something-new"),
        ('<dashboard name="Overview"/>', "dashboard"),
    ):
        result = recomputed(tmp_path, delta)
        assert result.status == "not_evaluated"
        assert result.reason == f"story point 1 keeps a change that is not read ({tag})"
