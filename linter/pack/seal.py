"""``pack.json``: the hashes of everything in a pack and of what it was made from.

The **seal** is one hash over all of that. It is printed on the sheet that is signed, so that whoever
holds the signed paper can tell this pack from one that somebody made anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import ValidationError, model_validator

from linter import __version__
from linter.config.strict import Strict
from linter.errors import UsageError
from linter.manifest import Sha256
from linter.pack.record import REPORTS, SEALED
from linter.text import clean

if TYPE_CHECKING:
    from linter.pack.record import Checked


class Workbook(Strict):
    """The workbook that was checked. ``sha256`` of a project: over all its files."""

    name: str
    sha256: Sha256


class Tool(Strict):
    """What wrote the pack. ``rules_sha256``: over what the rules that ran say of themselves."""

    name: Literal["disclint"]
    version: str
    rules: list[str]
    left_out: list[str]
    rules_sha256: Sha256


class Effective(Strict):
    """The configuration in force. ``facts`` in words with who asked for it; ``sha256`` over all of it."""

    facts: dict[str, str]
    sha256: Sha256


class Sheet(Strict):
    """The sheet as it was written: its bytes, and its text without the part that is filled in."""

    sha256: Sha256
    text_sha256: Sha256


class Contents(Strict):
    """What the seal covers."""

    schema_version: Literal[1]
    checked_on: str
    workbook: Workbook
    tool: Tool
    configuration: Effective
    inputs: dict[str, Sha256]
    files: dict[str, Sha256]

    @model_validator(mode="after")
    def _all_files(self) -> Self:
        if sorted(self.files) != sorted(REPORTS):
            raise ValueError(f"files must be {', '.join(REPORTS)}")
        return self

    @property
    def seal(self) -> str:
        """SHA-256 over all of this (64 hex digits)."""
        return _hash(self.model_dump())


class Pack(Strict):
    """The content of ``pack.json``."""

    contents: Contents
    seal: Sha256
    sheet: Sheet

    def text(self) -> str:
        """The file."""
        return json.dumps(self.model_dump(), indent=1, sort_keys=True) + "\n"


def contents_of(checked: Checked, files: Mapping[str, bytes]) -> Contents:
    """What a pack with these files holds."""
    about = [[r.code, r.name, r.severity.label, r.since, r.status, r.doc] for r in checked.rules]
    return Contents(
        schema_version=1,
        checked_on=checked.day.isoformat(),
        workbook=Workbook(name=checked.name, sha256=checked.result.sha256),
        tool=Tool(
            name="disclint",
            version=__version__,
            rules=[r.code for r in checked.rules],
            left_out=list(checked.left_out),
            rules_sha256=_hash(about),
        ),
        configuration=_effective(checked),
        inputs={clean(what): digest for what, digest in checked.inputs},
        files={name: hashed(content) for name, content in files.items()},
    )


def _effective(checked: Checked) -> Effective:
    """Everything that decides what a finding is worth; the names learned from exports only in the hash."""
    settled, fail_on = checked.settled, checked.run.fail_on
    facts = {key: clean(value, 1000) for key, value in settled.facts}
    facts |= {"as of": checked.as_of.isoformat()} if checked.as_of else {}
    facts["fail on"] = fail_on.label if fail_on else "never"
    policy = {f.name: getattr(settled.policy, f.name) for f in fields(settled.policy) if f.name != "today"}
    declared = (settled.units, settled.count_fields, settled.not_people)
    return Effective(facts=facts, sha256=_hash([facts, policy, *declared]))


def hashed(content: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_plain)
    return hashed(text.encode())


def _plain(value: object) -> object:
    """What JSON has no form for; order never depends on the run."""
    match value:
        case Mapping():
            return dict(value)
        case frozenset():
            return sorted(value)
        case dt.date():
            return value.isoformat()
        case _ if is_dataclass(value):
            return {f.name: getattr(value, f.name) for f in fields(value)}
    raise TypeError(type(value).__name__)


def read_pack(folder: Path) -> Pack:
    """The hashes that lie in a pack's folder.

    Raises:
        UsageError: there is no ``pack.json``, or it is none. The message doesn't quote it.
    """
    try:
        return Pack.model_validate_json((folder / SEALED).read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{clean(str(folder), 1000)}: there is no {SEALED} in it") from None
    except OSError as error:
        raise UsageError(f"{SEALED} can't be read ({error.strerror})") from error
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"][:3])
        raise UsageError(f"{SEALED} isn't that of a pack{f' (at {clean(where)})' if where else ''}") from None
