"""An evidence pack holds nothing of the planted pupils: no identifier, no name, no date of birth, in no file."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from fixtures import story
from linter.pack.record import FILES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
WORKBOOK = ROOT / "fixtures/tableau/wrong/northmere_ks4.twbx"
PUPILS = story.pupils()
PERSONAL = ("UPN", "PupilMatchingRefAnonymous", "Postcode", "DOB", "Forename", "Surname")


def text_of(path: Path) -> str:
    if path.suffix != ".docx":
        return path.read_text("utf-8")
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as document:
        return "".join(document.read(name).decode("utf-8", "replace") for name in document.namelist())


@pytest.fixture(scope="module")
def canaries():
    found = {str(pupil[column]) for pupil in PUPILS for column in PERSONAL if pupil.get(column)}
    assert len(found) >= 200
    return found


def test_no_person_in_any_file_of_a_pack(command, canaries, tmp_path):
    done = command("pack", str(WORKBOOK), "-o", "p", "-v", cwd=tmp_path, TMPDIR=str(tmp_path))
    assert done.returncode == 1, done.stderr
    files = sorted(tmp_path.rglob("*.*"))
    assert sorted(f.name for f in files) == sorted(FILES)
    known = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(canaries, key=len, reverse=True)))})\b")
    for where, text in [("terminal", done.stdout + done.stderr), *((f.name, text_of(f)) for f in files)]:
        assert text
        assert known.search(text) is None, where
