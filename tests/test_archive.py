from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from linter import archive
from linter.archive import Archive
from linter.errors import Unreadable
from tests.samples import samples_dir

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def make(path: Path, members: Mapping[str, bytes] | list[tuple[str, bytes]]) -> Path:
    pairs = members if isinstance(members, list) else list(members.items())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in pairs:
            target.writestr(name, content)
    return path


def patched(path: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    return path


def reason(path: Path) -> str:
    with pytest.raises(Unreadable) as caught:
        Archive.open(path)
    return caught.value.reason


def test_reads_names_sizes_and_content(tmp_path: Path) -> None:
    path = make(tmp_path / "a.twbx", {"Book.twb": b"<x/>", "Data/rows.csv": b"a,b\n1,2\n"})
    with Archive.open(path) as opened:
        assert opened.names() == ("Book.twb", "Data/rows.csv")
        assert opened.size("Data/rows.csv") == 8
        assert opened.read("Data/rows.csv") == b"a,b\n1,2\n"
        assert opened.head("Data/rows.csv", 3) == b"a,b"
        assert opened.refused == ()


def test_finds_whatever_the_case_and_the_slashes(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"Data/Rows.csv": b"1", "Twin": b"2", "twin": b"3"})
    with Archive.open(path) as opened:
        assert opened.find("data\\rows.CSV") == "Data/Rows.csv"
        assert opened.find("twin") == "twin"
        assert opened.find("TWIN") is None  # ambiguous
        assert opened.find("nothing") is None


def test_mends_unflagged_utf8_names(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"Data/Zoé.csv": b"1"})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature) + offset
        content[at : at + 2] = b"\0\0"
    path.write_bytes(content)
    with Archive.open(path) as opened:
        assert opened.names() == ("Data/Zoé.csv",)
        assert opened.read("Data/Zoé.csv") == b"1"


def test_extracts_to_a_private_file_of_its_own_name(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"Data/x.HYPER": b"Hyper rows"})
    target = tmp_path / "out"
    target.mkdir()
    with Archive.open(path) as opened:
        written = opened.extract("Data/x.HYPER", target)
    assert written.parent == target
    assert written.suffix == ".hyper"
    assert written.stem != "x"
    assert written.read_bytes() == b"Hyper rows"
    assert written.stat().st_mode & 0o077 == 0


def test_climbing_absolute_and_repeated_names_are_refused_and_said(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = make(
            tmp_path / "a.zip",
            [
                ("ok", b"1"),
                ("../evil", b"2"),
                ("/etc/evil", b"3"),
                ("C:/evil", b"4"),
                ("x", b"5"),
                ("x", b"6"),
            ],
        )
    with Archive.open(path) as opened:
        assert opened.names() == ("ok",)
        assert {name for name, _ in opened.refused} == {"../evil", "/etc/evil", "C:/evil", "x"}
        with pytest.raises(Unreadable, match="several parts"):
            opened.read("x")
        with pytest.raises(Unreadable, match="leads out"):
            opened.extract("../evil", tmp_path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"just some text, no archive at all", "not a zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "sensitivity label"),
        (b"PK\x03\x04 cut short", "truncated"),
    ],
)
def test_what_is_no_archive_is_said_plainly(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "a.pbix"
    path.write_bytes(content)
    assert expected in reason(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "no such file" in reason(tmp_path / "nothing.twbx")
    assert reason(tmp_path)


def test_archive_without_members(tmp_path: Path) -> None:
    assert "nothing" in reason(make(tmp_path / "a.zip", {}))


def test_truncated_archive(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"a": b"x" * 5000, "b": bytes(range(256)) * 50})
    path.write_bytes(path.read_bytes()[:-30])
    assert "truncated" in reason(path)


def test_wrong_checksum_names_the_part(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("Data/x", b"original content")
    patched(path, b"original", b"replaced")
    with Archive.open(path) as opened, pytest.raises(Unreadable) as caught:
        opened.read("Data/x")
    assert caught.value.part == "Data/x"
    assert "damaged" in caught.value.reason


def test_failed_extraction_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("x", b"original content")
    patched(path, b"original", b"replaced")
    out = tmp_path / "out"
    out.mkdir()
    with Archive.open(path) as opened, pytest.raises(Unreadable):
        opened.extract("x", out)
    assert list(out.iterdir()) == []


def encrypt_flag(path: Path) -> Path:
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    return path


def test_encrypted_archive(tmp_path: Path) -> None:
    assert "encrypted" in reason(encrypt_flag(make(tmp_path / "a.zip", {"x": b"1"})))


def test_encrypted_member_is_refused_alone(tmp_path: Path) -> None:
    path = encrypt_flag(make(tmp_path / "a.zip", {"secret": b"1", "plain": b"2"}))
    with Archive.open(path) as opened:
        assert opened.names() == ("plain",)
        assert opened.refused == (("secret", "the part is encrypted with a password"),)


def test_size_limit(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"x": b"0" * 5000})
    with Archive.open(path) as opened, pytest.raises(Unreadable, match="more than"):
        opened.read("x", limit=4999)


def test_dense_members_are_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "RATIO_FROM", 100_000)
    path = make(tmp_path / "a.zip", {"x": b"0" * 5_000_000})
    with Archive.open(path) as opened, pytest.raises(Unreadable, match="bomb"):
        opened.extract("x", tmp_path)


def test_lying_size_is_found_out(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"x": b"0" * 5000})
    patched(path, struct.pack("<I", 5000), struct.pack("<I", 10))
    with Archive.open(path) as opened, pytest.raises(Unreadable):
        opened.read("x")
    patched(path, struct.pack("<I", 10), struct.pack("<I", 9000))
    with Archive.open(path) as opened, pytest.raises(Unreadable):
        opened.extract("x", tmp_path)


def test_budget_of_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_EXTRACTED", 1500)
    path = make(tmp_path / "a.zip", {"x": b"0" * 1000, "y": b"1" * 1000})
    with Archive.open(path) as opened:
        opened.extract("x", tmp_path)
        with pytest.raises(Unreadable, match="more than"):
            opened.extract("y", tmp_path)


def test_full_disk_is_said_before_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE_SPACE", 1 << 62)
    path = make(tmp_path / "a.zip", {"x": b"0" * 1000})
    with Archive.open(path) as opened, pytest.raises(Unreadable, match="room on the disk"):
        opened.extract("x", tmp_path)


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "a.zip", {f"m{n}": b"" for n in range(12)})
    monkeypatch.setattr(archive, "MAX_MEMBERS", 10)
    assert "too many members" in reason(path)


def test_unsupported_packing_is_said(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"x": b"0" * 5000})
    content = bytearray(path.read_bytes())
    content[8:10] = b"\x63\x00"
    at = content.index(b"PK\x01\x02") + 10
    content[at : at + 2] = b"\x63\x00"
    path.write_bytes(content)
    with Archive.open(path) as opened, pytest.raises(Unreadable, match="not supported"):
        opened.read("x")


@pytest.mark.samples
def test_every_sample_container_opens_whole() -> None:
    root = samples_dir()
    if root is None:
        pytest.skip("the shared samples are not here")
    paths = [p for p in root.rglob("*") if p.suffix in {".twbx", ".tdsx", ".pbix", ".pbit"}]
    assert len(paths) >= 30
    for path in paths:
        with Archive.open(path) as opened:
            assert opened.names(), path.name
            assert opened.refused == (), path.name
