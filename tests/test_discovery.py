import json
import os
from pathlib import Path

import pytest

from linter.discovery import WORKBOOKS, discover
from linter.errors import UsageError


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def found(root: Path, *paths: Path) -> list[str]:
    return [p.relative_to(root).as_posix() for p in discover(paths or [root])]


def test_a_folder_is_walked_in_order_and_only_workbooks_are_taken(tmp_path: Path) -> None:
    make(tmp_path, "b.TWBX", "a.pbix", "notes.txt", "sub/c.twb", "sub/deep/d.pbit", "cache.abf", "._b.twbx")
    assert found(tmp_path) == ["a.pbix", "b.TWBX", "sub/c.twb", "sub/deep/d.pbit"]


@pytest.mark.parametrize("suffix", sorted(WORKBOOKS))
def test_every_workbook_extension(tmp_path: Path, suffix: str) -> None:
    make(tmp_path, f"a{suffix}")
    assert found(tmp_path) == [f"a{suffix}"]


def test_hidden_folders_are_skipped_unless_named(tmp_path: Path) -> None:
    make(tmp_path, ".git/a.twb", ".venv/b.twb", ".drafts/c.twb", ".d.twb")
    assert found(tmp_path) == [".d.twb"]
    assert found(tmp_path, tmp_path / ".drafts") == [".drafts/c.twb"]


def test_a_named_file_is_an_input_whatever_it_is_called(tmp_path: Path) -> None:
    make(tmp_path, "cache.abf", "notes.txt")
    assert found(tmp_path, tmp_path / "notes.txt", tmp_path / "cache.abf") == ["notes.txt", "cache.abf"]


def test_the_order_of_the_arguments_is_kept_and_each_workbook_comes_once(tmp_path: Path) -> None:
    make(tmp_path, "a.twb", "b.twb")
    again = Path(f"{tmp_path}{os.sep}.{os.sep}a.twb")
    assert found(tmp_path, tmp_path / "b.twb", tmp_path, again) == ["b.twb", "a.twb"]


def test_a_missing_path_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        discover([tmp_path / "gone.twbx"])


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    assert discover([tmp_path]) == []


def test_a_pattern_the_shell_left_alone(tmp_path: Path) -> None:
    make(tmp_path, "b.twb", "a.twb", "[x].pbix")
    assert found(tmp_path, tmp_path / "*.twb") == ["a.twb", "b.twb"]
    assert found(tmp_path, tmp_path / "[x].pbix") == ["[x].pbix"]
    with pytest.raises(UsageError):
        discover([tmp_path / "*.tds"])


class TestProjects:
    PARTS = ("X.pbip", "X.Report/definition.pbir", "X.Report/report.json", "X.SemanticModel/.pbi/cache.abf")

    def test_a_project_is_one_input(self, tmp_path: Path) -> None:
        make(tmp_path, *(f"p/{part}" for part in self.PARTS), "p/other.pbix")
        assert found(tmp_path) == ["p/X.pbip", "p/other.pbix"]

    def test_a_report_folder_given_alone(self, tmp_path: Path) -> None:
        make(tmp_path, *self.PARTS)
        assert found(tmp_path, tmp_path / "X.Report") == ["X.Report"]

    def test_a_report_without_a_project_file_speaks_for_its_model(self, tmp_path: Path) -> None:
        make(tmp_path, *self.PARTS[1:])
        assert found(tmp_path) == ["X.Report"]

    def test_a_model_alone_is_not_passed_over(self, tmp_path: Path) -> None:
        make(tmp_path, *self.PARTS, "Y.SemanticModel/model.bim", "Z.dataset/model.bim")
        assert found(tmp_path) == ["X.pbip", "Y.SemanticModel", "Z.dataset"]

    def test_references_are_followed_by_name(self, tmp_path: Path) -> None:
        make(
            tmp_path,
            "p.pbip",
            "R.Report/definition.pbir",
            "S.Report/report.json",
            "M.SemanticModel/model.bim",
        )
        (tmp_path / "p.pbip").write_text(json.dumps({"artifacts": [{"report": {"path": "R.Report"}}]}))
        reference = json.dumps({"datasetReference": {"byPath": {"path": "../M.SemanticModel"}}})
        (tmp_path / "R.Report" / "definition.pbir").write_text(reference)
        assert found(tmp_path) == ["S.Report", "p.pbip"]


def test_a_folder_whose_listing_fails_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.twb", "locked/b.twb")
    scandir = os.scandir

    def refuse(path: os.PathLike[str]):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert found(tmp_path) == ["a.twb", "locked"]


def project(root: Path) -> None:
    """Two reports on one model, the second without a ``.pbip``, and a report on its own."""
    make(root, "a.pbip", "a.Report/page.json", "a.SemanticModel/definition/tables/Pupil.tmdl", "b.Report/page.json",
         "c.Report/page.json")  # fmt: skip
    (root / "a.pbip").write_text(json.dumps({"artifacts": [{"report": {"path": "a.Report"}}]}))
    for name, model in (("a", "a"), ("b", "a"), ("c", "c")):
        reference = {"datasetReference": {"byPath": {"path": f"../{model}.SemanticModel"}}}
        (root / f"{name}.Report/definition.pbir").write_text(json.dumps(reference))


@pytest.mark.parametrize(
    ("named", "checked"),
    [
        ("a.Report/page.json", ["a.pbip"]),
        ("a.pbip", ["a.pbip"]),
        ("b.Report/definition.pbir", ["b.Report"]),
        ("c.Report/page.json", ["c.Report"]),
        ("a.SemanticModel/definition/tables/Pupil.tmdl", ["a.pbip", "b.Report"]),
    ],
)
def test_a_file_of_a_project_stands_for_the_projects_it_is_a_part_of(tmp_path, monkeypatch, named, checked) -> None:
    project(tmp_path)
    assert found(tmp_path, tmp_path / named) == checked
    monkeypatch.chdir(tmp_path)
    assert [p.as_posix() for p in discover([Path(named)])] == checked
    part = Path(named).parent
    if part.name:
        monkeypatch.chdir(part)
        assert found(tmp_path, Path(Path(named).name)) == checked


def test_a_model_without_a_report_is_itself(tmp_path: Path) -> None:
    make(tmp_path, "m.SemanticModel/model.bim")
    assert found(tmp_path, tmp_path / "m.SemanticModel/model.bim") == ["m.SemanticModel"]


def test_a_manifest_stands_for_its_workbook(tmp_path: Path) -> None:
    make(tmp_path, "a.pbix", "a.pbix.disclint.toml", "gone.pbix.disclint.toml")
    assert found(tmp_path, tmp_path / "a.pbix.disclint.toml", tmp_path / "a.pbix") == ["a.pbix"]
    assert found(tmp_path, tmp_path / "gone.pbix.disclint.toml") == ["gone.pbix.disclint.toml"]  # and can't be read


def test_a_workbook_is_itself_wherever_it_lies(tmp_path: Path) -> None:
    make(tmp_path, "Annual.Report/ks4.twbx")
    assert found(tmp_path, tmp_path / "Annual.Report/ks4.twbx") == ["Annual.Report/ks4.twbx"]
