"""Values of fields that a workbook saves outside its data: lists, states, texts and caches.

Parsers say in ``Text.where`` what kind of text it is, where it stands and, after the last comma, the
field whose values it lists. Only counts leave this module, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.subjects import Identifier, Identifiers, shown_identifiers
from linter.model import Text, Visual, Workbook
from linter.policy.validators import is_ni_number, is_upn
from linter.records import dataclass

_SHEET = re.compile(r" (?:in|of) worksheet (.*?)(?:, \[|,? ?$)")
_OF_FIELD = re.compile(r"^(aliases|members|column statistics) of (?!the (?:group|set) )(.*) in (.*)$")
_OF_GROUP = re.compile(r"^(members of the (?:group|set)) (.*) in (.*)$")
_MODEL_FIELD = re.compile(r", on (.+)$")
_QUOTED = re.compile(r'"((?:[^"]|"")+)"')
_LISTS = ("saved filter members", "captured filter members", "saved manual sort", "saved color or shape map")
_OF_MARKS = ("annotated mark", "saved selection", "captured selection")
QUERY_CACHE = "query cache"
_IN_QUERY = (
    r"{name}\s*(?:=|==|<>)\s*\"",
    r"{name}\s*\)?\s*IN\s*\{{([^{{}}]*)\}}",
    r"TREATAS\s*\(\s*\{{([^{{}}]*)\}}\s*,[^()]*{name}",
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A place that holds values of an identifier, and how many."""

    identifier: Identifier
    kind: str  # "saved filter members", "query cache"
    text: Text
    values: int | None  # None: not counted, as of a cache or a picture


def saved_values(workbook: Workbook, known: Identifiers) -> Iterator[Saved]:
    """Every saved text that lists values of a field that identifies persons."""
    by_sheet = {v.name: v for v in workbook.visuals}
    for text in workbook.texts:
        if text.where == QUERY_CACHE:
            yield from _cached(text, known) if "timestamps" not in text.part.casefold() else ()
        elif text.where.startswith(("saved query", "query ")):
            yield from _queried(text, known)
        elif text.where == "thumbnail" or text.where.startswith(_OF_MARKS):
            yield from _of_marks(text, by_sheet, known)
        else:
            yield from _listed(text, workbook, known)


def sheet_of(text: Text) -> str | None:
    """The worksheet a text belongs to, None if it names none."""
    if text.where == "thumbnail":
        return text.text
    found = _SHEET.search(text.where)
    return found[1] if found else None


def personal_numbers(text: str) -> int:
    """How many UPNs and National Insurance numbers, by their check digits, stand in a text."""
    return sum(1 for word in set(re.findall(r"[A-Za-z0-9]{9,13}", text)) if is_upn(word) or is_ni_number(word))


def _listed(text: Text, workbook: Workbook, known: Identifiers) -> Iterator[Saved]:
    """Lists of members, by the field that the place names."""
    kind = _kind(text.where)
    for found in _named_identifiers(text.where, workbook, known):
        yield Saved(found, kind, text, len(text.text.splitlines()))


def _kind(where: str) -> str:
    listed = next((k for k in _LISTS if where.startswith(k)), None)
    named = _OF_GROUP.match(where) or _OF_FIELD.match(where)
    return listed or (named[1] if named else re.split(r" (?:of|on|in) |'", where, maxsplit=1)[0].strip())


def _named_identifiers(where: str, workbook: Workbook, known: Identifiers) -> list[Identifier]:
    """The identifiers whose field a place names, in either tool's way of writing."""
    model = _MODEL_FIELD.search(where)
    if model:
        names = set(model[1].split(", "))
        return [i for i in known.values() if f"{i.table.id}[{i.column.name}]" in names]
    group = _OF_GROUP.match(where)
    if group:
        sources = [s for s in workbook.sources if group[3] in {s.caption, s.id}]
        fields = [(s, f) for s in sources for f in s.fields if group[2].strip("[]") in {f.caption, f.id}]
        return [i for s, f in fields for c in f.rests_on if (i := known.get((s.id, c)))]
    named = _OF_FIELD.match(where)
    if named:
        return [
            i
            for i in known.values()
            if named[2].strip("[]") in _names(i) and named[3] in {i.source.caption, i.source.id}
        ]
    reference = where.rpartition(", [")[2] if ", [" in where else ""
    return [i for i in known.values() if reference and _refers(reference, i)]


def _names(found: Identifier) -> set[str]:
    return {found.column.name, found.caption, found.column.physical}


def _refers(reference: str, found: Identifier) -> bool:
    """Whether ``ds].[none:Field:nk]``, with its data source or without, means the identifier as it is."""
    source, _, last = reference.rpartition("].[")
    field = last.removesuffix("]")
    plain = re.sub(r"^none:(.*):[nqo]k(?::\d+)?$", r"\1", field)
    return plain == found.column.name and source in {"", found.source.id}


def _of_marks(text: Text, by_sheet: dict[str, Visual], known: Identifiers) -> Iterator[Saved]:
    """Pictures and marks of a sheet that shows persons."""
    visual = by_sheet.get(sheet_of(text) or "")
    shown = [i for _, i in shown_identifiers(visual, known)] if visual else []
    picture = text.where == "thumbnail"
    kind = "thumbnail" if picture else _kind(text.where)
    if shown:
        yield Saved(shown[0], kind, text, None if picture else len(text.text.splitlines()))


def _cached(text: Text, known: Identifiers) -> Iterator[Saved]:
    """Results of queries: the fields are listed, the values lie in the file beside the list."""
    fields = {
        re.sub(r"^none:(.*):[nqo]k$", r"\1", line.rpartition("[")[2].rstrip("]")) for line in text.text.splitlines()
    }
    named = {id(i): i for i in known.values() if fields & {i.column.name, i.caption}}
    seen: set[str] = set()
    for found in named.values():
        if found.caption not in seen:
            seen.add(found.caption)
            yield Saved(found, QUERY_CACHE, text, None)


def _queried(text: Text, known: Identifiers) -> Iterator[Saved]:
    """Constants that a DAX query compares an identifier with."""
    for found in known.values():
        name = re.escape(f"[{found.column.name}]")
        if name not in re.escape(text.text):
            continue
        values = 0
        for pattern in _IN_QUERY:
            for match in re.finditer(pattern.format(name=name), text.text, re.IGNORECASE):
                values += len(_QUOTED.findall(match[1])) if match.groups() else 1
        if values:
            yield Saved(found, "saved query", text, values)
