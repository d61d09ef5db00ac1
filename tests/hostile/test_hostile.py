"""Damaged, disguised and dishonest inputs through the real command: said, survived, never clean."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from fixtures import build_hostile
from linter.discovery import WORKBOOKS

pytestmark = pytest.mark.slow

USAGE, FINDINGS, INCOMPLETE = 2, 1, 3
GOOD = {"good.twbx": build_hostile.TABLEAU, "good.pbix": build_hostile.POWERBI}
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
ALONE = (
    sorted(build_hostile.CASES)
    if NIGHTLY
    else [
        "deep_xml.twb",
        "garbage_model.pbix",
        "not_a_zip.twbx",
        "ragged.csv",
        "truncated_extract.twbx",
        "zip_bomb.twbx",
    ]
)
ROOT_USER = hasattr(os, "geteuid") and os.geteuid() == 0

REASONS = {
    # file: the part named (empty: the file itself) and what is said of it
    "not_a_zip.twbx": ("", "not a zip archive"),
    "not_a_zip.pbix": ("", "not a zip archive"),
    "empty.twbx": ("", "the file is empty"),
    "empty.twb": ("", "the file is empty"),
    "empty.pbix": ("", "the file is empty"),
    "empty.csv": ("", "the file is empty|not a zip archive|not a workbook|kind"),
    "truncated.twbx": ("", "truncated"),
    "encrypted_member.twbx": ("", "encrypted with a password"),
    "declared_huge.twbx": (build_hostile.TWB, "unpacks to more than"),
    "zip_bomb.twbx": (build_hostile.EXTRACT, "not read|no known format|unpacks to more than"),
    "path_traversal.twbx": ("../../outside.hyper", "leads out of the archive"),
    "duplicate_member.twbx": ("", "several parts of this name"),
    "wrong_extension.twbx": ("", "holds no workbook document"),
    "ole_container.pbix": ("", "sensitivity label or password"),
    "tde_named_hyper.twbx": (build_hostile.EXTRACT, "old TDE format"),
    "truncated_extract.twbx": (build_hostile.EXTRACT, "truncated"),
    "missing_extract.twbx": (build_hostile.TWB, "the extract is not in the file"),
    "live_connection.twb": ("live_connection.twb", "live connection"),
    "entity_bomb.twb": ("entity_bomb.twb", "document type declaration"),
    "external_entity.twb": ("external_entity.twb", "document type declaration"),
    "deep_xml.twb": ("deep_xml.twb", "not well-formed|nested too deeply"),
    "not_xml.twb": ("not_xml.twb", "not well-formed"),
    "hostile_names.twb": ("hostile_names.twb", "the extract is not in the file"),
    "nested_layout.pbix": ("Report/Layout", "nested"),
    "broken_layout.pbix": ("Report/Layout", "not valid JSON"),
    "no_report.pbix": ("Report/", "the part is missing"),
    "no_model.pbix": ("DataModel", "connected live"),
    "directquery.pbix": ("Report/Layout", "DirectQuery"),
    "garbage_model.pbix": ("DataModel", "can't be decoded"),
    "unknown_encoding.csv": ("", "not a zip archive|not a workbook|character set|kind"),
    "ragged.csv": ("", "not a zip archive|not a workbook|kind"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All hostile files, and the good ones beside them."""
    folder = tmp_path_factory.mktemp("hostile")
    build_hostile.build_all(folder)
    for name, source in GOOD.items():
        (folder / name).write_bytes(source.read_bytes())
    return folder


@pytest.fixture(scope="module")
def together(folder, command):
    """One run over everything."""
    tables = [name for name in sorted(build_hostile.CASES) if name.endswith(".csv")]
    return command("check", ".", *tables, "--output-format", "json", cwd=folder)


@pytest.fixture(scope="module")
def judged(together):
    return workbooks(together)


def workbooks(done):
    return {Path(w["path"]).name: w for w in json.loads(done.stdout)["workbooks"]}


def said(workbook):
    """Part and message of everything that was not read or not evaluated."""
    return [(f["location"]["part"], f["message"]) for f in workbook["findings"] if f["rule"].startswith("ME")]


def failing(workbook):
    return any(f["severity"] == "error" for f in workbook["findings"] if not f["rule"].startswith("ME"))


def test_every_case_has_its_reason():
    assert set(REASONS) == set(build_hostile.CASES)


@pytest.mark.parametrize("name", ALONE)
def test_a_hostile_file_alone(folder, command, judged, name):
    done = command("check", name, "--output-format", "json", cwd=folder)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1
    [workbook] = workbooks(done).values()
    assert done.returncode == (FINDINGS if failing(workbook) else INCOMPLETE)
    assert said(workbook) == said(judged[name])  # files do not colour each other


@pytest.mark.parametrize("name", sorted(build_hostile.CASES))
def test_a_hostile_file_is_never_clean(judged, name):
    workbook = judged[name]
    assert not workbook["complete"]
    assert (workbook["status"] == "fail") == failing(workbook)
    assert "ME003" not in {f["rule"] for f in workbook["findings"]}, "a rule crashed"


@pytest.mark.parametrize("name", sorted(build_hostile.CASES))
def test_file_part_and_reason_are_named_in_one_line(judged, name):
    part, reason = REASONS[name]
    found = said(judged[name])
    assert all(len(message.splitlines()) == 1 for _, message in found)
    assert any(where.startswith(part) and re.search(reason, message) for where, message in found), found


def test_the_rest_of_the_run_goes_on(together, judged):
    assert together.returncode == FINDINGS
    assert "Traceback" not in together.stderr
    assert set(judged) == set(build_hostile.CASES) | set(GOOD)
    for name in GOOD:
        assert judged[name]["coverage"]["evaluated"] >= 8
        assert {f["rule"] for f in judged[name]["findings"]} >= {"SC001", "DR001", "EX001"}


@pytest.mark.skipif(not Path("/etc/passwd").exists(), reason="the entity points at a file of other systems")
def test_nothing_of_the_reader_s_machine_is_told(together):
    first = Path("/etc/passwd").read_text("utf-8").splitlines()[0]
    assert first not in together.stdout


def test_nothing_is_written_beside_the_workbooks(folder, together):
    assert together.returncode == FINDINGS
    assert {p.name for p in folder.iterdir()} == set(build_hostile.CASES) | set(GOOD)
    assert not (folder.parent.parent / "outside.hyper").exists()
    assert not list(folder.parent.glob("*.hyper"))


@pytest.mark.parametrize("form", ["full", "concise"])
def test_names_that_command_a_terminal_are_defused(folder, command, form):
    done = command("check", "hostile_names.twb", "--output-format", form, cwd=folder)
    for stream in (done.stdout, done.stderr):
        assert not {"\x1b", "\u202e", "\x9b"} & set(stream)
        assert "##vso[" not in stream
        assert not any(line.lstrip().startswith("::") for line in stream.splitlines())


# -- paths ---------------------------------------------------------------------------------------


def lint(command, folder, *names, expect):
    done = command("check", *names, "--output-format", "json", cwd=folder)
    assert "Traceback" not in done.stderr
    assert done.returncode == expect, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def test_a_folder_named_like_a_workbook_is_walked(command, tmp_path):
    (tmp_path / "x.pbix").mkdir()
    (tmp_path / "x.pbix" / "bad.twb").write_bytes(b"")
    (tmp_path / "y.pbix").mkdir()
    [workbook] = lint(command, tmp_path, ".", "x.pbix", expect=INCOMPLETE)["workbooks"]
    assert Path(workbook["path"]).name == "bad.twb"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_in_a_circle_end(command, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "dangling.twbx").symlink_to("nowhere.twbx")
    (tmp_path / "a" / "bad.twb").write_bytes(b"")
    found = {Path(w["path"]).name: w for w in lint(command, tmp_path, ".", expect=INCOMPLETE)["workbooks"]}
    assert set(found) == {"dangling.twbx", "bad.twb"}
    assert all(said(w) for w in found.values())


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_to_itself_is_said(command, tmp_path):
    (tmp_path / "loop.pbix").symlink_to("loop.pbix")
    [workbook] = lint(command, tmp_path, ".", expect=INCOMPLETE)["workbooks"]
    assert said(workbook)


@pytest.mark.skipif(os.name == "nt", reason="permissions of another kind")
@pytest.mark.skipif(ROOT_USER, reason="root may read everything")
def test_what_may_not_be_read_is_said(command, tmp_path):
    (tmp_path / "secret.twbx").write_bytes(build_hostile.TABLEAU.read_bytes())
    (tmp_path / "closed").mkdir()
    (tmp_path / "secret.twbx").chmod(0)
    (tmp_path / "closed").chmod(0)
    try:
        document = lint(command, tmp_path, ".", expect=INCOMPLETE)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert [said(w)[0][1] for w in document["workbooks"]] == [
        "The file can't be read: the file can't be opened (Permission denied)."
    ] * 2


@pytest.mark.skipif(os.name == "nt", reason="special files of another kind")
def test_a_pipe_is_no_workbook_and_does_not_hang(command, tmp_path):
    os.mkfifo(tmp_path / "pipe.twbx")
    try:
        done = command("check", "pipe.twbx", "--output-format", "json", cwd=tmp_path, timeout=6)
    except subprocess.TimeoutExpired:
        pytest.fail("the command waits for a pipe that nobody writes to")
    assert done.returncode == INCOMPLETE


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text(command, tmp_path):
    path = Path(os.fsdecode(os.fsencode(str(tmp_path)) + b"/b\xff\xe9d\x1b[31m.twb"))
    try:
        path.write_bytes(b"")
    except OSError:
        pytest.skip("the file system takes no such name")
    [workbook] = lint(command, tmp_path, ".", expect=INCOMPLETE)["workbooks"]
    assert said(workbook)
    done = command("check", ".", cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (INCOMPLETE, False)
    assert "\x1b[31m" not in done.stdout


def test_the_longest_name(command, tmp_path):
    name = "n" * 240 + ".twbx"
    try:
        (tmp_path / name).write_bytes(build_hostile.TABLEAU.read_bytes())
    except OSError:
        pytest.skip("the file system takes no such name")
    [workbook] = lint(command, tmp_path, name, expect=FINDINGS)["workbooks"]
    assert workbook["coverage"]["evaluated"] >= 8


@pytest.mark.parametrize("length", [300, 6000])
def test_a_name_that_is_too_long_is_wrong_usage(command, tmp_path, length):
    lint(command, tmp_path, "n" * length + ".twbx", expect=USAGE)


def test_a_path_that_is_not_there_is_wrong_usage(command, tmp_path):
    done = command("check", "gone.twbx", "--output-format", "json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "gone.twbx" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_of_no_bytes_is_said_whatever_it_is_called(command, tmp_path):
    for suffix in WORKBOOKS:
        (tmp_path / f"empty{suffix}").write_bytes(b"")
    found = lint(command, tmp_path, ".", expect=INCOMPLETE)["workbooks"]
    assert {Path(w["path"]).suffix for w in found} == WORKBOOKS
    assert all(said(w) and not w["complete"] for w in found)
