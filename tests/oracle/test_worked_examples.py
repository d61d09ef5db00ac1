"""Facts measured on real workbooks by other means, against what the engine says of them."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from linter.engine import LintOptions, lint
from linter.evidence import LayerResult
from linter.findings import Finding
from linter.results import WorkbookResult
from linter.rules import load_rules
from tests.samples import samples_dir

SAMPLES = samples_dir()
pytestmark = [
    pytest.mark.samples,
    pytest.mark.slow,
    pytest.mark.skipif(SAMPLES is None, reason="the shared real workbooks are not here"),
]
ROWS_ELSEWHERE = {
    "live-connection.pbix", "directquery.pbix", "covid-us-legacy.pbit", "semantic-model-audit-pbir.pbit",
    "mt21_ch05_tde_named_hyper.twbx", "mt21_ch07_lod_tde.twbx", "mt21_ch08_45sheets_cache_pii.twbx",
    "mt21_ch11_hidden_sheets_actions.twbx", "ryans_emergency_dept_no_data.twb", "tab_nested.tds",
    "sidequery_server_insights_postgres_rls.twb", "tab_vizalertsdemo_v9_live.twb", "tab_world_indicators_v9_story_tde.twbx",
}  # fmt: skip
"""Live, TDE, template and unpackaged data: never complete."""


@functools.cache
def result(path: str) -> WorkbookResult:
    assert SAMPLES is not None
    return lint(SAMPLES / path, LintOptions(), load_rules())


def found(path: str, rule: str) -> list[Finding]:
    return [f for f in result(path).findings if f.rule == rule]


def layer(path: str, name: str) -> LayerResult:
    visual = next(v for v, _ in result(path).visuals() if v.name.strip() == name or v.id == name)
    evidence = result(path).visual_result(visual.id)
    assert evidence is not None
    worst = evidence.worst(9)
    assert worst is not None, evidence.reason
    assert worst.body is not None, evidence.reason
    return worst


def workbooks() -> list[str]:
    if SAMPLES is None:
        return []
    kinds = {".twb", ".twbx", ".tds", ".tdsx", ".pbix", ".pbit", ".abf"}
    return sorted(str(p.relative_to(SAMPLES)) for p in SAMPLES.rglob("*") if p.suffix in kinds and "200k" not in p.name)


@pytest.mark.parametrize("path", workbooks())
def test_every_visual_is_accounted_for(path: str) -> None:
    here = result(path)
    assert here.workbook is not None
    assert not here.internal_error
    assert here.coverage.visuals == len(here.workbook.visuals) == sum(here.coverage.by_status.values())
    for visual, status in here.visuals():
        outcome = here.visual_result(visual.id)
        assert outcome is not None
        assert status in {"evaluated", "no_query"} or outcome.reasons, (visual.name, status)


@pytest.mark.parametrize("name", sorted(ROWS_ELSEWHERE))
def test_rows_that_are_not_in_the_file_make_it_incomplete(name: str) -> None:
    path = next(p for p in workbooks() if Path(p).name == name)
    assert not result(path).complete
    assert any(f.coverage for f in result(path).findings)


def test_dumbbell_chart_has_34_marks_the_smallest_of_23_rows() -> None:
    body = layer("tableau/lt22_ch10_superstore_hyper.twbx", "Dumbbell Chart").body
    assert body is not None
    assert (len(body), body.records.minimum) == (34, 23)


def test_unit_chart_has_897_marks_by_customer() -> None:
    path = "tableau/lt22_ch10_superstore_hyper.twbx"
    body = layer(path, "Unit Chart").body
    assert body is not None
    assert len(body) in {897, 2703}  # with and without its late-shipping filter
    assert any(f.location.visual == "Unit Chart" for f in found(path, "DR001"))


def test_college_extract_is_by_person_although_every_sheet_is_aggregated() -> None:
    path = "tableau/arif_college_students_pii_in_extract.twbx"
    assert found(path, "EX001")
    columns = " ".join(f.message for f in found(path, "EX002"))
    assert all(name in columns for name in ("First Name", "Last Name", "Email", "Dob"))
    body = layer(path, "Grade per Professor").body
    assert body is not None
    assert (len(body), body.contributors.below(5), body.contributors.below(10)) == (381, 91, 228)
    body = layer(path, "Student Distribution").body
    assert body is not None
    assert (len(body), body.contributors.minimum) == (14, 179)


def test_school_grades_count_pupils_not_grades() -> None:
    path = "powerbi/school-analytics-legacy.pbix"
    states = layer(path, "Average Grade by State").body
    assert states is not None
    assert (len(states), states.records.below(10), states.contributors.below(10), states.contributors.below(5)) == (
        13,
        0,
        11,
        4,
    )
    columns = " ".join(f.message for f in found(path, "EX002"))
    assert all(name in columns for name in ("birth_date", "address", "zip_code", "email"))


def test_student_performance_lists_pupils() -> None:
    path = "powerbi/student-performance-pbir.pbix"
    listed = " ".join(f.message for f in found(path, "DR001"))
    assert listed.count("StudentID") >= 3
    assert found(path, "EX001")


def test_generated_matrix_by_authority_and_ethnicity_under_a_sex_slicer() -> None:
    path = "powerbi/generated-pupils-1k.pbix"
    here = result(path)
    matrix = layer(path, next(v.name for v, _ in here.visuals() if v.type == "pivotTable"))
    assert set(matrix.grain) == {"LA", "Ethnicity"}
    body = matrix.body
    assert body is not None
    counts = body.contributors
    assert (len(body), counts.below(10), counts.below(5), counts.minimum) == (29, 8, 3, 1)
    assert here.workbook is not None
    assert any(c.kind == "slicer" and c.caption == "Sex" for c in here.workbook.controls)
