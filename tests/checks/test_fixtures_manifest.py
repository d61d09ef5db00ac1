"""The fixtures' manifest against the real engine: what fires, what must not, and every cell."""

from __future__ import annotations

import functools
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from linter.engine import LintOptions, lint
from linter.evidence import CellTable, LayerResult
from linter.findings import Finding, Severity
from linter.results import WorkbookResult
from linter.rules import load_rules

FIXTURES = Path(__file__).parents[2] / "fixtures"
MANIFEST = tomllib.loads((FIXTURES / "MANIFEST.toml").read_text(encoding="utf-8"))
FILES = {f["path"]: f for f in MANIFEST["file"]}
CODES = {r.code for r in load_rules()}
pytestmark = pytest.mark.usefixtures("remembering")
STATISTICS = {"SC002"}  # until a rule of its own judges statistics, SC001 judges every mark


@functools.cache
def result(path: str) -> WorkbookResult:
    return lint(FIXTURES / path, LintOptions(audience="public", delivery="file"), load_rules())


def entries(kind: str) -> list[Any]:
    return [
        pytest.param(path, entry, id=f"{path}-{entry.get('rule', kind)}-{entry.get('visual') or entry.get('table')}")
        for path, file in FILES.items()
        for entry in file.get(kind, [])
    ]


def about(finding: Finding, entry: dict[str, Any]) -> bool:
    """Whether a finding is at the place of a manifest entry."""
    texts = [
        v if isinstance(v, str) else " ".join(map(str, v)) if isinstance(v, tuple) else ""
        for v in finding.evidence.values()
    ]
    said = " ".join([finding.message, *finding.fields, *texts])
    if any(name not in said for name in entry.get("fields", [])):
        return False
    if entry.get("visual"):
        return finding.location.visual_id == entry["id"] or entry["visual"] in finding.evidence.get("visuals", ())
    return not entry.get("table") or entry["table"] in said


@pytest.mark.parametrize(("path", "entry"), entries("fires"))
def test_fires(path: str, entry: dict[str, Any]) -> None:
    codes = {entry["rule"], *entry.get("also_accepted", [])} | (
        {"SC001"} if entry["rule"] in STATISTICS - CODES else set()
    )
    if not codes & CODES:
        pytest.skip(f"{entry['rule']} is not a rule yet")
    if entry["rule"] == "MF001":
        undeclared = lint(FIXTURES / path, LintOptions(), load_rules())
        assert any(f.rule == "MF001" for f in undeclared.findings)
        return
    found = [f for f in result(path).findings if f.rule in codes and about(f, entry)]
    assert found, [f.message for f in result(path).findings if f.rule in codes]


@pytest.mark.parametrize(("path", "entry"), entries("quiet"))
def test_is_quiet(path: str, entry: dict[str, Any]) -> None:
    loud = [
        f.message for f in result(path).findings if f.rule in entry["rules"] and f.location.visual_id == entry["id"]
    ]
    assert loud == []


@pytest.mark.parametrize("path", [p for p, f in FILES.items() if f["clean"]])
def test_clean_files_have_no_error_and_are_complete(path: str) -> None:
    found = result(path)
    assert [f.message for f in found.findings if f.severity >= Severity.WARNING] == []
    assert found.complete


def test_one_cause_gives_one_finding_on_a_visual() -> None:
    for path in FILES:
        counts = Counter((f.rule, f.location.visual_id) for f in result(path).findings if f.location.visual_id)
        family = {"SC001", "DR001", "DR002"}
        by_visual: dict[str, set[str]] = {}
        for code, visual in counts:
            by_visual.setdefault(str(visual), set()).add(code)
        assert all(n == 1 for n in counts.values()), counts
        assert all(len(codes & family) <= 1 for codes in by_visual.values()), by_visual


def layer_of(path: str, entry: dict[str, Any]) -> LayerResult:
    found = result(path).visual_result(entry["id"])
    assert found is not None, [v.id for v, _ in result(path).visuals()]
    assert found.status in {"evaluated", "approximate"}, found.reason
    layer = found.worst(MANIFEST["threshold"])
    assert layer is not None
    assert layer.body is not None
    return layer


@pytest.mark.parametrize(("path", "entry"), entries("visual"))
def test_counts_equal_the_story(path: str, entry: dict[str, Any]) -> None:
    if not entry.get("cells"):
        pytest.skip("the manifest states no cells for this visual")
    layer = layer_of(path, entry)
    assert layer.body is not None
    if any(layer.opaque) or not layer.grain:
        assert len(layer.body) == entry["records"]["cells"]
        return
    expected = {
        tuple(map(str, c[: len(entry["grain"])])): (c[len(entry["grain"])], c[len(entry["grain"]) + 1])
        for c in entry["cells"]
    }
    assert cells(layer, entry["grain"]) == expected


def cells(layer: LayerResult, order: list[str]) -> dict[tuple[str, ...], tuple[int, int]]:
    body = layer.body
    assert isinstance(body, CellTable)
    position = [layer.grain.index(name) for name in order]
    null = MANIFEST["null_label"]
    found = {}
    for i in range(len(body)):
        labels = [body.labels[g][body.codes[g][i]] for g in position]
        found[tuple(null if x is None else x for x in labels)] = (body.records.values[i], body.contributors.values[i])
    return found
