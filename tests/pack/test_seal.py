"""The hashes: what they cover, and what a comparison finds."""

import dataclasses
import io
import json

import docx
import pytest

from linter.errors import DisclintError, UsageError
from linter.pack.record import FILES, SHEET
from linter.pack.seal import contents_of, hashed, read_pack
from linter.pack.verifying import verify
from linter.pack.writing import writable, write
from tests.reporters import factory

SEALED: dict[str, bytes] = {}
"""The files of that pack, once it has been written."""


@pytest.fixture
def pack(checked, tmp_path):
    """A pack beside its workbook."""
    folder, sealed = tmp_path / "pack", checked()
    if not SEALED:
        write(sealed, folder)
        SEALED.update({path.name: path.read_bytes() for path in folder.iterdir()})
    folder.mkdir(exist_ok=True)
    for name, content in SEALED.items():
        (folder / name).write_bytes(content)
    return folder


def states(folder, workbook=None):
    return {line.name.rpartition("/")[2]: line.state for line in verify(folder, workbook).lines}


def test_all_files_and_their_hashes(pack):
    assert sorted(path.name for path in pack.iterdir()) == sorted(FILES)
    document = json.loads((pack / "pack.json").read_text("utf-8"))
    for name, digest in document["contents"]["files"].items():
        assert hashed((pack / name).read_bytes()) == digest
    assert document["contents"]["workbook"] == {"name": "ks4.pbix", "sha256": hashed(b"workbook")}
    assert document["seal"] == read_pack(pack).contents.seal


def test_the_seal_is_printed_on_the_sheet(pack):
    document = docx.Document(pack / SHEET)
    cells = [c.text for t in document.tables for r in t.rows for c in r.cells]
    assert read_pack(pack).seal in cells


def test_the_same_is_the_same(pack):
    found = verify(pack, None)
    assert found.exit_code == 0
    assert {line.state for line in found.lines} == {"same"}
    assert found.text().splitlines()[-1].startswith("Unchanged: ")
    assert f"Seal {found.pack.seal}" in found.text()


@pytest.mark.parametrize("name", ["report.html", "report.json", "register.csv", "ks4.pbix"])
def test_one_byte_more(pack, name):
    path = pack / name if name in FILES else pack.parent / name
    path.write_bytes(path.read_bytes() + b" ")
    found = verify(pack, None)
    assert found.exit_code == 1
    assert [line.name.rpartition("/")[2] for line in found.lines if line.state == "changed"] == [name]
    assert found.text().splitlines()[-1].startswith("Changed: ")


@pytest.mark.parametrize("name", ["report.html", "sign-off.docx", "ks4.pbix"])
def test_what_is_missing_is_not_clean(pack, name):
    (pack / name if name in FILES else pack.parent / name).unlink()
    found = verify(pack, None)
    assert found.exit_code == 3
    assert [line.name for line in found.lines if line.state == "missing"] == [name]


def test_changed_outranks_missing(pack):
    (pack / "report.html").unlink()
    (pack / "report.json").write_text("{}")
    assert verify(pack, None).exit_code == 1


def test_hashes_that_were_adjusted_don_t_bear_out_the_seal(pack):
    path = pack / "pack.json"
    document = json.loads(path.read_text("utf-8"))
    (pack / "report.html").write_text("All is well.")
    document["contents"]["files"]["report.html"] = hashed(b"All is well.")
    path.write_text(json.dumps(document), "utf-8")
    assert states(pack)["pack.json"] == "changed"
    assert states(pack)["report.html"] == "same"
    assert verify(pack, None).exit_code == 1


def test_a_sheet_that_was_filled_in_is_not_changed_and_one_rewritten_is(pack):
    document = docx.Document(pack / SHEET)
    document.tables[-1].rows[3].cells[1].text = "The DPO"
    document.save(pack / SHEET)
    assert verify(pack, None).exit_code == 0
    assert states(pack)[SHEET] == "filled in"
    document.tables[0].rows[2].cells[1].text = "internal"
    document.save(pack / SHEET)
    assert verify(pack, None).exit_code == 1
    (pack / SHEET).write_bytes(b"no document")
    assert states(pack)[SHEET] == "changed"


def test_a_named_workbook_may_lie_and_be_called_otherwise(pack, tmp_path):
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (tmp_path / "ks4.pbix").rename(moved / "signed.pbix")
    assert verify(pack, None).exit_code == 3
    found = verify(pack, moved / "signed.pbix")
    assert found.exit_code == 0
    assert "it was called ks4.pbix" in found.text()
    assert verify(pack, moved / "gone.pbix").exit_code == 3


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"contents": 1}', "\udcff"])
def test_what_is_no_pack_is_refused_without_a_quote(tmp_path, text):
    with pytest.raises(UsageError, match=r"there is no pack\.json"):
        verify(tmp_path, None)
    (tmp_path / "pack.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match="isn't that of a pack"):
        verify(tmp_path, None)


def test_a_list_that_leaves_a_report_out_is_no_pack(pack):
    path = pack / "pack.json"
    document = json.loads(path.read_text("utf-8"))
    del document["contents"]["files"]["report.html"]
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(UsageError):
        verify(pack, None)


def test_hostile_pack_prints_no_control(pack):
    path = pack / "pack.json"
    document = json.loads(path.read_text("utf-8"))
    document["contents"]["workbook"]["name"] = "\x1b[31m##vso[task.complete]../../etc/passwd\n::error::"
    path.write_text(json.dumps(document), "utf-8")
    text = verify(pack, None).text()
    assert "\x1b" not in text
    assert "\n::" not in text
    assert "##vso[" not in text


def test_what_was_in_force_is_in_the_hash(checked):
    files = {"report.html": b"a", "report.json": b"b", "register.csv": b"c"}
    plain = contents_of(checked(), files)
    assert plain.seal == contents_of(checked(), files).seal
    other = checked()
    stricter = dataclasses.replace(other.settled.policy.profile, threshold=99)
    policy = dataclasses.replace(other.settled.policy, profile=stricter)
    tuned = dataclasses.replace(other, settled=dataclasses.replace(other.settled, policy=policy))
    assert contents_of(tuned, files).configuration.sha256 != plain.configuration.sha256
    fewer = dataclasses.replace(other, rules=other.rules[:-1], left_out=(other.rules[-1].code,))
    assert contents_of(fewer, files).tool.rules_sha256 != plain.tool.rules_sha256
    assert contents_of(checked(inputs=[("data Pupil", "0" * 64)]), files).seal != plain.seal
    later = dataclasses.replace(
        policy, today=policy.today.replace(year=policy.today.year + 1), profile=other.settled.policy.profile
    )
    moved = dataclasses.replace(other, settled=dataclasses.replace(other.settled, policy=later))
    assert contents_of(moved, files).configuration.sha256 == plain.configuration.sha256


def test_a_pack_is_never_overwritten(checked, pack, tmp_path):
    with pytest.raises(UsageError, match="already: name another folder"):
        writable(pack, tmp_path / "ks4.pbix")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="not a folder"):
        writable(tmp_path / "file", tmp_path / "ks4.pbix")
    with pytest.raises(UsageError, match="would change the project"):
        writable(tmp_path / "a.Report" / "pack", tmp_path / "a.pbip")
    assert writable(tmp_path / "a.Report" / "pack", tmp_path / "ks4.pbix")
    with pytest.raises(DisclintError, match="can't be written"):
        write(checked(), pack)


def test_no_value_in_any_file(checked, tmp_path):
    finding = dataclasses.replace(factory.findings()[0], revealed={"smallest": 314159}, suppression=None)
    write(checked(factory.clean_result(findings=(finding,))), tmp_path / "p")
    for name in FILES:
        content = (tmp_path / "p" / name).read_bytes()
        if name == SHEET:
            content = docx.Document(io.BytesIO(content)).element.xml.encode()
        assert b"314159" not in content
