"""Leaks and harmless look-alikes of real workbooks, found by reading and counting, against the rules.

The list was made from the files themselves and not from what this program says of them. A leak is
caught when a finding of its kind names its file and place; a look-alike is a false alarm when an error
or a warning of that kind does. Both rates are printed, the misses with their reasons.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from linter.engine import LintOptions, lint
from linter.findings import Finding, Severity
from linter.results import WorkbookResult
from linter.rules import load_rules
from tests.samples import samples_dir

SAMPLES = samples_dir()
LIST = SAMPLES / "known_leaks.json" if SAMPLES else None
pytestmark = [
    pytest.mark.slow,
    pytest.mark.samples,
    pytest.mark.skipif(LIST is None or not LIST.exists(), reason="the list of known leaks is not here"),
]
ITEMS: list[dict[str, Any]] = (
    json.loads(LIST.read_text(encoding="utf-8"))["items"] if LIST is not None and LIST.exists() else []
)
FAMILIES = {
    "small_cell": ("SC", "DR006"),
    "pupil_level": ("DR",),
    "npd_field": ("NPD",),
    "embedded_identifier": ("EX001", "EX002"),
    "hidden_content": ("EX003", "DR004"),
    "cached_values": ("EX004", "EX001"),
    "export_setting": ("DR007",),
    "rls_only": ("EX006",),
    "saved_literal": ("EX004",),
    "secondary": ("SU",),
    "source_path": ("EX005",),
    "incomplete_input": ("ME",),
}
"""Kinds of the list by the codes, or their beginnings, that report them."""

OF_THE_FILE = {"export_setting", "rls_only", "source_path", "incomplete_input", "cached_values"}
"""Kinds whose place is the file as a whole: there is one such setting, role or package."""

RULES = load_rules()
NOT_YET = {item["id"] for item in ITEMS if not any(r.code.startswith(FAMILIES[item["kind"]]) for r in RULES)}
"""Leaks of kinds that no rule looks for yet."""


@pytest.fixture(scope="module")
def projects() -> Iterator[Path]:
    """Project folders unpacked, and the data cache put where its project keeps it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@functools.cache
def _unpacked(folder: Path, file: str) -> Path:
    """The folder of a packed project."""
    assert SAMPLES is not None
    target = folder / Path(file).name.removesuffix(".tar.gz")
    with tarfile.open(SAMPLES / file) as archive:
        archive.extractall(target, filter="data")
    return next(target.rglob("*.pbip")).parent


@functools.cache
def result(folder: Path, file: str) -> WorkbookResult:
    assert SAMPLES is not None
    path = SAMPLES / file
    if file.endswith(".tar.gz"):
        path = _unpacked(folder, file)
    elif file.endswith(".abf"):  # no input by itself: it lies in the folder of a project
        project = _unpacked(folder / "with cache", "powerbi/inventory-pbir-pbip.tar.gz")
        model = next(project.glob("*.SemanticModel"))
        (model / ".pbi").mkdir(exist_ok=True)
        shutil.copy(path, model / ".pbi" / "cache.abf")
        path = project
    return lint(path, LintOptions(audience="public", delivery="file"), RULES)


def plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def said(finding: Finding) -> str:
    """Everything a finding names, as one string without case and punctuation."""
    facts = [v for v in finding.evidence.values() if isinstance(v, str | tuple)]
    values = [v if isinstance(v, str) else " ".join(map(str, v)) for v in facts]
    where = (finding.location.part, finding.location.page or "", finding.location.visual or "")
    return plain(" ".join([finding.message, *finding.fields, *values, *where]))


def names_place(finding: Finding, item: dict[str, Any], outcome: WorkbookResult) -> bool:
    """Whether a finding is at the place of an entry: its visual, its page or sheet, or its table or column."""
    where = item["where"]
    here = {finding.location.visual_id, *_tuple(finding.evidence.get("visual_ids"))}
    ids = {v.id for v, _ in outcome.visuals()} & set(re.split(r"[\s,;]+", where["object"]))
    if ids:
        return bool(ids & here)
    page = where["page"]
    if page.startswith("("):
        if page.startswith("(all") or item["kind"] in OF_THE_FILE:
            return True
        words = re.split(r"[,;.]| x | of 45 ", f"{where['field']}, {where['object'].removeprefix('table ')}")
        return any(plain(w) in said(finding) for w in words if len(plain(w)) > 1)
    on = {finding.location.page, finding.location.visual, *_tuple(finding.evidence.get("visuals"))}
    return page in {str(name).strip() for name in on if name}


def _tuple(value: object) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()


def at_place(folder: Path, item: dict[str, Any]) -> list[Finding]:
    outcome = result(folder, item["file"])
    kinds = FAMILIES[item["kind"]]
    return [f for f in outcome.findings if f.rule.startswith(kinds) and names_place(f, item, outcome)]


@pytest.mark.parametrize("item", [pytest.param(i, id=i["id"]) for i in ITEMS if i["positive"]])
def test_leak_is_found(item: dict[str, Any], projects: Path) -> None:
    if item["id"] in NOT_YET:
        pytest.skip(f"no rule of {FAMILIES[item['kind']]} yet")
    assert at_place(projects, item), [(f.rule, f.message) for f in result(projects, item["file"]).findings]


@pytest.mark.parametrize("item", [pytest.param(i, id=i["id"]) for i in ITEMS if not i["positive"]])
def test_harmless_place_raises_no_alarm(item: dict[str, Any], projects: Path) -> None:
    loud = [(f.rule, f.message) for f in at_place(projects, item) if f.severity >= Severity.WARNING]
    assert loud == []


def test_rates(projects: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both rates, printed; nothing may be missed but what no rule looks for yet."""
    leaks = [i for i in ITEMS if i["positive"]]
    harmless = [i for i in ITEMS if not i["positive"]]
    missed = [i for i in leaks if not at_place(projects, i)]
    alarms = [i for i in harmless if any(f.severity >= Severity.WARNING for f in at_place(projects, i))]
    lines = [f"known leaks found: {len(leaks) - len(missed)} of {len(leaks)}"]
    lines.append(f"false alarms: {len(alarms)} of {len(harmless)}")
    for item in missed:
        reason = "no rule yet" if item["id"] in NOT_YET else "missed"
        lines.append(f"  {item['id']} {item['kind']}: {item['title']} ({reason})")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert {i["id"] for i in missed} <= NOT_YET
    assert alarms == []


def unlisted_for_leaks() -> list[str]:
    """Files of the list without any leak: nothing in them is about a person."""
    leaky = {i["file"] for i in ITEMS if i["positive"]}
    return sorted({i["file"] for i in ITEMS} - leaky)


@pytest.mark.parametrize("file", unlisted_for_leaks())
def test_files_about_things_have_no_error(file: str, projects: Path) -> None:
    errors = [f for f in result(projects, file).findings if f.severity == Severity.ERROR and not f.coverage]
    assert [(f.rule, f.message) for f in errors] == []


@pytest.mark.parametrize("file", sorted({i["file"] for i in ITEMS if i["kind"] in {"source_path", "saved_literal"}}))
def test_no_value_of_a_person_is_in_a_finding(file: str, projects: Path) -> None:
    """User names of paths and constants of saved filters, as the file has them, are nowhere in what is said."""
    workbook = result(projects, file).workbook
    assert workbook is not None
    paths = [c.path for s in workbook.sources for c in s.connections]
    secrets = {m[1] for path in paths for m in re.finditer(r"[\\/]Users[\\/]+([^\\/]+)", path, re.IGNORECASE)}
    secrets |= {t.text for t in workbook.texts if t.where.startswith("drill-through filter")}
    assert secrets
    for finding in result(projects, file).findings:
        text = repr((finding.message, finding.location, finding.fix, finding.evidence, finding.fields)).casefold()
        assert not any(secret.casefold() in text for secret in secrets), finding.rule
