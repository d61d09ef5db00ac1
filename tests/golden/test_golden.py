"""Clean workbooks: no error may ever fire on them, and each warning is named here with its reason."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from linter import cli
from tests.samples import samples_dir

FIXTURES = Path(__file__).parents[2] / "fixtures"
MANIFEST = tomllib.loads((FIXTURES / "MANIFEST.toml").read_text("utf-8"))
SAMPLES = samples_dir()

SYNTHETIC = sorted(
    {
        *(f["path"] for f in MANIFEST["file"] if f["clean"]),
        *(f"golden/{file.name}" for file in (FIXTURES / "golden").iterdir()),
        "cases/reach_right.twbx",
        "cases/reach_right.pbix",
    }
)
SHARED = (
    "powerbi/covid-us-legacy.pbit",
    "powerbi/sales-358k-rows.pbix",
    "tableau/mt21_ch12_605k_rows_hyper.twbx",
    "tableau/tab_world_indicators.tdsx",
)
"""Real workbooks without a person in them: cases by state, sales, flats let, countries."""

ALLOWED = {
    "MF003": "it holds counts of people, and nobody has declared where they come from",
    "EX005": "the author's user name stands in a source path, or a public server is named",
    "ME002": "a template has no rows: its visuals can't be counted",
}
"""Warnings that are true of a clean workbook all the same."""


def findings(path: Path, folder: Path) -> list[dict[str, Any]]:
    report = folder / "report.json"
    options = ("--audience", "public", "--delivery", "file", "--output", f"json={report}", "--quiet", "--no-progress")
    assert cli.run(["check", str(path), *options]) in {0, 3}
    (book,) = json.loads(report.read_text("utf-8"))["workbooks"]
    return list(book["findings"])


def loud(found: list[dict[str, Any]]) -> list[str]:
    """Errors, and warnings that nobody has justified. That something could not be read is no alarm."""
    return [
        f"{f['severity']} {f['rule']}: {f['message']}"
        for f in found
        if not f["rule"].startswith("ME")
        and (f["severity"] == "error" or (f["severity"] == "warning" and f["rule"] not in ALLOWED))
    ]


@pytest.mark.parametrize("path", SYNTHETIC)
def test_a_clean_workbook_has_no_error(path: str, tmp_path: Path) -> None:
    assert loud(findings(FIXTURES / path, tmp_path)) == []


@pytest.mark.slow
@pytest.mark.samples
@pytest.mark.parametrize("path", SHARED)
def test_a_real_workbook_about_things_has_no_error(path: str, tmp_path: Path) -> None:
    if SAMPLES is None or not (SAMPLES / path).exists():
        pytest.skip("the shared workbooks are not here")
    assert loud(findings(SAMPLES / path, tmp_path)) == []


@pytest.mark.slow
@pytest.mark.samples
def test_every_reason_is_needed(tmp_path: Path) -> None:
    """A justification that no workbook calls upon any more is taken out."""
    if SAMPLES is None:
        pytest.skip("the shared workbooks are not here")
    paths = [*(FIXTURES / p for p in SYNTHETIC), *(SAMPLES / p for p in SHARED if (SAMPLES / p).exists())]
    warned = {f["rule"] for path in paths for f in findings(path, tmp_path) if f["severity"] == "warning"}
    assert sorted(set(ALLOWED) - warned) == []
