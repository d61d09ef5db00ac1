"""The manifest that ``disclint init`` writes: what was found, and every question left for the owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linter.config.strict import toml_text
from linter.policy.vocabulary import match
from linter.text import clean, listing

if TYPE_CHECKING:
    from linter.evidence import Evidence
    from linter.manifest import Manifest
    from linter.model import Source, Table, Workbook

_HEAD = """\
# What is declared about {name}. Its builder fills it in, its owner answers for it, the DPO signs it.
# Lines that begin with "# ?" are open questions: take out "# ? " and answer. Nothing counts until then.
# `disclint check` says what is missing for the audience; docs/how-to/declare.md explains each key.

# ? title = ""
# ? owner = ""
# ? team = ""
# ? audience = ""      # internal, schools, partners or public; nobody says: public
# ? delivery = ""      # file, service_view, service_build, tableau_view, tableau_download, ...; nobody says: file
# ? profile = ""       # strict unless an agreement says otherwise; `docs/profiles.md` lists them
"""
_TAIL = """\

# ? [recipients]
# ? scope = "own_school"     # only for packs that give each school its own pupils
# ? urns = []

# ? [legal]
# ? lawful_basis = ""
# ? article9_condition = ""
# ? dpia_ref = ""
# ? dpia_date = 2026-09-30
# ? privacy_notice = ""

# ? [retention]
# ? delete_by = 2027-08-31

# ? [[third_party]]          # everybody outside the authority who handles the data
# ? name = ""
# ? role = "processor"       # processor, controller or joint_controller
# ? contract = ""

# ? [approval]
# ? prepared_by = ""
# ? approved_by = ""
# ? date = 2026-09-30
# ? sha256 = "{digest}"      # of the file as it is now: what the DPO signs
"""


def starter(name: str, workbook: Workbook, evidence: Evidence | None, vocabulary: frozenset[str]) -> str:
    """The text of the manifest: valid as it stands, declaring only what the data show.

    Args:
        name: of the workbook's file.
        workbook: as read.
        evidence: None where the rows could not be counted.
        vocabulary: field names learned from the authority's own exports.
    """
    parts = [_HEAD.format(name=clean(name)), *_units(workbook, evidence)]
    for source, table in _tables(workbook):
        parts += _source(source, table, evidence, vocabulary)
    return "\n".join(parts) + _TAIL.format(digest=workbook.sha256)


def additions(
    before: str, declared: Manifest, workbook: Workbook, evidence: Evidence | None, vocabulary: frozenset[str]
) -> str:
    """What to add at the end of a manifest: questions about what it doesn't mention; empty if there is nothing.

    Args:
        before: its text, in which questions may be left open.
        declared: the same as a record.
        workbook: as it is now.
        evidence: None where the rows could not be counted.
        vocabulary: field names learned from the authority's own exports.
    """
    named = {source.name for source in declared.source}
    keys = {key.casefold() for key in (*declared.unit_keys, *declared.count_fields)}
    parts: list[str] = []
    for source, table in _tables(workbook):
        asked = f"name = {toml_text(table.caption)}" in before
        if not asked and not named & {table.caption, table.id, source.caption, source.id}:
            parts += _source(source, table, evidence, vocabulary)
        unit = evidence.units.get((source.id, table.id)) if evidence else None
        full = f"{table.caption}.{unit.field}" if unit and unit.field else ""
        known = {full.casefold(), (unit.field or "").casefold()} & keys if unit else set()
        if unit and full and not known and toml_text(full) not in before and unit.kind in _LISTED:
            parts += [f"# Found as well, for {_LISTED[unit.kind]}: {toml_text(full)} ({clean(unit.why)}).", ""]
    return "\n".join(["", "# New in the workbook:", "", *parts]) if parts else ""


_LISTED = {"key": "unit_keys", "count_field": "count_fields"}


def questions(text: str) -> int:
    """How many lines are left to answer."""
    lines = (line.lstrip() for line in text.splitlines())
    return sum(1 for line in lines if line.startswith("# ? ") and not line.startswith("# ? ["))


def _tables(workbook: Workbook) -> Iterator[tuple[Source, Table]]:
    """The tables that somebody made, each with its source."""
    return ((source, table) for source in workbook.sources for table in source.tables if not table.generated)


def _units(workbook: Workbook, evidence: Evidence | None) -> Iterator[str]:
    """Detected keys of persons and counts of persons; what is unsure is a question."""
    for key, kind, what in (
        ("unit_keys", "key", "Columns that identify one person"),
        ("count_fields", "count_field", "Columns that hold numbers of people"),
    ):
        sure: list[str] = []
        unsure: list[str] = []
        reasons: list[str] = []
        for source in workbook.sources:
            for table in source.tables:
                unit = evidence.units.get((source.id, table.id)) if evidence else None
                if unit is None or unit.kind != kind or unit.field is None or unit.column is None:
                    continue
                if unit.column.table != table.id:
                    continue
                full = f"{table.caption}.{unit.field}"
                (sure if unit.confidence == "high" else unsure).append(full)
                reasons.append(f"#   {clean(full)}: {clean(unit.why)} ({unit.confidence} confidence)")
        yield "\n".join([f"# {what}. Found:" if reasons else f"# {what}: none was found.", *reasons])
        if unsure:  # each a question of its own, so that the file stays valid whichever is answered
            lines = [f"  {toml_text(name)}," for name in sure] + [f"  # ? {toml_text(name)}," for name in unsure]
            yield "\n".join([f"{key} = [", *lines, "]"])
        else:
            yield f"{key} = [{', '.join(map(toml_text, sure))}]" if sure else f"# ? {key} = []"
        yield ""


def _source(source: Source, table: Table, evidence: Evidence | None, vocabulary: frozenset[str]) -> Iterator[str]:
    unit = evidence.units.get((source.id, table.id)) if evidence else None
    facts = evidence.tables.get((source.id, table.id)) if evidence else None
    yield f"# Table {clean(table.caption)} of {clean(source.caption)}: {_rows(facts.rows if facts else None)}."
    looks = _looking(table, vocabulary)
    if looks:
        yield f"# Looks like National Pupil Database: {listing([clean(name) for name in looks], 12)}."
    yield "# ? [[source]]"
    yield f"# ? name = {toml_text(table.caption)}"
    yield '# ? origin = ""          # npd_via_nexus, la_collected, open_data or other'
    if looks:
        yield '# ? dataset = ""         # such as KS4, CIN, CLA, Absence'
        yield '# ? vintage = ""         # such as 2024/25'
        yield '# ? release_stage = ""   # early, unamended, amended or final'
        yield "# ? embargo_until = 2026-12-01"
        yield '# ? agreement = ""       # reference of the data sharing agreement'
    if unit is not None and unit.kind == "unknown":
        yield "# ? people = false        # nothing tells whether its rows are about people: say so, or name a unit key"
    yield ""


def _looking(table: Table, vocabulary: frozenset[str]) -> list[str]:
    """Captions of the columns that look like NPD fields."""
    neighbours = [n for c in table.columns for n in dict.fromkeys((c.caption or c.name, c.physical))]
    return [
        column.caption or column.name
        for column in table.columns
        if any(
            match(name, neighbours, table=table.caption, local=vocabulary)
            for name in dict.fromkeys((column.caption, column.name, column.physical))
            if name
        )
    ]


def _rows(rows: int | None) -> str:
    """Whether rows are embedded; how many is nobody's business here."""
    return "its rows were not read" if rows is None else "its rows are in the file" if rows else "it has no rows"
