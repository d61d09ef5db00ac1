from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from linter.errors import Unreadable
from linter.expressions import Column
from linter.parsers.powerbi import read
from tests.parsers.powerbi import build as b

if TYPE_CHECKING:
    from pathlib import Path

UPN = b.column("Pupil", "UPN")


def projection(tree: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"field": tree, "queryRef": "x", **more}


def container(name: str, kind: str, wells: dict[str, Any], **more: Any) -> dict[str, Any]:
    state = {role: {"projections": fields} for role, fields in wells.items()}
    return {"name": name, "visual": {"visualType": kind, "query": {"queryState": state}}, **more}


FILES: dict[str, Any] = {
    "report.json": {"settings": {"exportDataMode": "AllowSummarizedAndUnderlying", "allowInlineExploration": True}},
    "pages/pages.json": {"pageOrder": ["late", "early"]},
    "pages/early/page.json": {"name": "early", "displayName": "Early", "visibility": "HiddenInViewMode"},
    "pages/late/page.json": {
        "name": "late",
        "displayName": "Late",
        "filterConfig": {
            "filters": [
                {"name": "d", "field": UPN, "howCreated": "Drillthrough", "filter": b.where(b.one_of(UPN, "'A1'"))}
            ]
        },
        "pageBinding": {"type": "Drillthrough", "parameters": [{"boundFilter": "d", "fieldExpr": UPN}]},
    },
    "pages/late/visuals/g/visual.json": {"name": "g", "visualGroup": {"displayName": "G"}, "isHidden": True},
    "pages/late/visuals/v/visual.json": container(
        "v",
        "barChart",
        {"Category": [projection(b.column("School", "LA"), active=True)], "Y": [projection(b.measure("Pupils"))]},
        parentGroupName="g",
        filterConfig={
            "filters": [{"field": UPN, "filter": b.where(b.one_of(UPN, "'A2'")), "isLockedInViewMode": True}]
        },
    ),
    "pages/early/visuals/s/visual.json": container("s", "slicer", {"Values": [projection(UPN)]}),
    "bookmarks/b1.bookmark.json": {"displayName": "B", "explorationState": {}},
}


@pytest.fixture
def files() -> dict[str, Any]:
    return dict(FILES)


def stored(path: Path, files: dict[str, Any], **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("DataModel", b"x")
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            target.writestr(f"Report/definition/{name}", raw)
        for name, content in parts.items():
            target.writestr(name, content)
    return path


def test_pages_visuals_and_settings(tmp_path, files):
    workbook = read(stored(tmp_path / "r.pbix", files), "0", b.metadata())
    assert [(p.id, p.kind, p.hidden) for p in workbook.pages] == [
        ("late", "drill_through", False),
        ("early", "page", True),
    ]
    assert (workbook.settings.export, workbook.settings.personalise) == ("underlying", True)
    assert not workbook.unread
    assert [(v.id, v.hidden, len(v.layers)) for v in workbook.visuals] == [("v", True, 1), ("s", False, 0)]


def test_filters_and_controls(tmp_path, files):
    workbook = read(stored(tmp_path / "r.pbix", files), "0", b.metadata())
    (only,) = workbook.visuals[0].layers[0].filters
    assert (only.scope, only.changeable) == ("visual", False)
    assert [(c.kind, c.pages, c.target) for c in workbook.controls] == [
        ("drill_through", ("late",), "late"),
        ("slicer", ("early",), None),
    ]
    assert workbook.controls[0].uses[0].columns == (Column("Pupil", "UPN"),)
    assert {"A1", "A2"} <= {t.text for t in workbook.texts}


def test_damaged_parts_are_told_one_by_one(tmp_path, files):
    files["pages/early/page.json"] = b"{"
    files["pages/late/visuals/v/visual.json"] = b"\xff\xfe{"
    files["bookmarks/b1.bookmark.json"] = b"[1]"
    workbook = read(stored(tmp_path / "r.pbix", files), "0", b.metadata())
    assert sorted(u.part.removeprefix("Report/definition/") for u in workbook.unread) == [
        "bookmarks/b1.bookmark.json",
        "pages/early/page.json",
    ]
    (broken,) = workbook.visuals
    assert broken.type == "unknown"
    assert "can't be read" in broken.problems[0]


def test_visual_without_its_page_is_told(tmp_path, files):
    del files["pages/early/page.json"]
    workbook = read(stored(tmp_path / "r.pbix", files), "0", b.metadata())
    assert [u.part for u in workbook.unread] == ["Report/definition/pages/early/visuals/s/visual.json"]


def test_lost_page_order_loses_nothing_else(tmp_path, files):
    files["pages/pages.json"] = b"nonsense"
    workbook = read(stored(tmp_path / "r.pbix", files), "0", b.metadata())
    assert {p.id for p in workbook.pages} == {"late", "early"}


def project(root: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return root


def test_project_folder_with_pbir_and_a_model(tmp_path, files):
    tree = {f"R.Report/definition/{name}": content for name, content in files.items()}
    tree |= {"R.SemanticModel/model.bim": {"model": b.MODEL}, "R.pbip": {}}
    root = project(tmp_path, tree)
    workbooks = [b.book(root), b.book(root / "R.pbip"), b.book(root / "R.Report")]
    for workbook in workbooks:
        assert [v.id for v in workbook.visuals] == ["v", "s"]
        assert workbook.sources[0].delivery == "template"
        assert [u.part for u in workbook.unread] == ["Model/model.bim"]


def test_project_with_a_cache_has_rows(tmp_path, files):
    tree = {f"R.Report/definition/{name}": content for name, content in files.items()}
    root = project(tmp_path, tree | {"R.SemanticModel/.pbi/cache.abf": "x"})
    workbook = read(root, "0", b.metadata())
    store = workbook.sources[0].tables[0].store
    assert store is not None
    assert (store.member, store.beside, store.table) == ("Model/.pbi/cache.abf", True, ("Pupil",))


def test_project_with_a_legacy_report(tmp_path):
    report = b.layout(b.page("p", b.visual("c", "card", {"Values": [b.measure("Pupils")]})))
    root = project(tmp_path, {"R.Report/report.json": report, "R.Report/definition.pbir": {}})
    workbook = b.book(root)
    assert [v.id for v in workbook.visuals] == ["c"]
    assert workbook.sources[0].delivery == "live"


def test_folder_without_or_with_several_reports(tmp_path):
    with pytest.raises(Unreadable, match="no Power BI report"):
        b.book(tmp_path)
    project(tmp_path, {"A.Report/report.json": {}, "B.Report/report.json": {}, "A.pbip": "{}"})
    with pytest.raises(Unreadable, match="several Report folders"):
        b.book(tmp_path)
    assert b.book(tmp_path / "A.pbip").pages == ()


def test_links_out_of_a_project_are_not_followed(tmp_path):
    outside = tmp_path / "secret.json"
    outside.write_text("{}")
    root = project(tmp_path / "p", {"R.Report/report.json": {}})
    (root / "R.Report" / "link.json").symlink_to(outside)
    (root / "R.Report" / "away").symlink_to(tmp_path)
    from linter.container import Project

    assert Project(root, "").names() == ("Report/report.json",)
