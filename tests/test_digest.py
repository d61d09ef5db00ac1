"""The hash of a workbook changes with everything that it is made of."""

from pathlib import Path

import pytest

from linter.engine import digest
from linter.errors import Unreadable


def test_a_project_is_all_of_its_files(tmp_path: Path) -> None:
    report, model = tmp_path / "a.Report", tmp_path / "a.SemanticModel"
    for folder in (report, model, tmp_path / "notes"):
        folder.mkdir()
        (folder / "x.json").write_text("{}")
    pbip = tmp_path / "a.pbip"
    pbip.write_text("{}")
    seen = {digest(pbip)}
    (tmp_path / "notes" / "x.json").write_text("changed")
    assert digest(pbip) in seen
    alone = digest(report)
    for file in (pbip, report / "x.json", model / "x.json"):
        file.write_text("changed")
        assert digest(pbip) not in seen
        seen.add(digest(pbip))
    assert digest(report) != alone
    (model / "x.json").rename(model / "y.json")
    assert digest(pbip) not in seen


def test_what_is_not_there(tmp_path: Path) -> None:
    for name in ("a.pbip", "a.pbix"):
        with pytest.raises(Unreadable, match="no such file"):
            digest(tmp_path / name)
