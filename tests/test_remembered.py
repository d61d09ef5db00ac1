"""What remembers answers starts nothing for a known question, and asks anew whatever may have changed."""

import shutil

import pytest

from fixtures.build_hostile import POWERBI
from linter.data.process import DataProcess
from linter.errors import Unreadable
from tests.remembered import Remembering


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(Remembering, "answers", {})


def asked(path, *more):
    """The answers, and whether a process had to be started for them."""
    with Remembering(path) as process:
        found = [process.open_model(path), *(process.query(sql, []) for sql in more)]
        return found, process._child is not None


def test_it_answers_as_the_process_does_and_keeps_what_was_asked_before(tmp_path):
    with DataProcess() as process:
        real = [process.open_model(POWERBI), process.query("select 42", [])]
    other = shutil.copy(POWERBI, tmp_path / "same.pbix")
    assert asked(POWERBI) == (real[:1], True)
    assert asked(other) == (real[:1], False)
    assert asked(other, "select 42") == (real, True), "a new question comes after those that were asked before"
    assert asked(POWERBI, "select 42") == (real, False)


def test_another_file_under_the_same_name_is_read_and_a_refusal_is_not_kept(tmp_path):
    path = tmp_path / "a.pbix"
    shutil.copy(POWERBI, path)
    asked(path)
    path.write_bytes(b"no model")
    for _ in range(2):
        with pytest.raises(Unreadable):
            asked(path)
    assert len(Remembering.answers) == 1
