"""Names of National Pupil Database fields, and whether a column of a workbook is one of them.

The names are ``data/npd_fields.tsv`` (sources and licences: ``data/NPD_SOURCES.md``); how they are
compared is ``data/npd_matching.toml``. A name is no proof of origin: a local authority holds many of
the same fields from its own census. What is said here is that a column *looks like* an NPD field.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from linter.findings import Confidence
from linter.policy.identifiers import decisive_kind
from linter.policy.names import upn_is_login
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

How = Literal["exact", "normalised", "pattern", "prefix", "without prefix", "own export", "values"]
Grade = Literal["strong", "specific", "prefix", "base", "generic"]

_TERM = r"_(?:(?:spr|sum|aut)(?:ing|mer|umn)?_?(?:\d{2}|\d{4})|(?:ab|ex)\d{2}(?:\d{2})?)$"
_YEARED = r"^(KS[1-5]F(?:NPD|AAT)|ABS|CFR|NSPD|SCAP|LEA)\d{2}_"
_TERM_TEMPLATE = r"(_\[n\])?_(\[term\]|ab|ex|SPR)\[yy\]$"


@dataclass(frozen=True, slots=True)
class NpdField:
    """One name of the vocabulary with DfE's codes, empty where none is known."""

    name: str
    tables: tuple[str, ...]
    identifiability: str = ""  # 1 (instant identifier) to 5
    sensitivity: str = ""  # A (strictest) to E
    old_tier: str = ""  # 1 to 4
    origin: Literal["declared", "inherited", ""] = ""


@dataclass(frozen=True, slots=True)
class NpdMatch:
    """A column that looks like an NPD field.

    ``field`` is None where only a pattern or a table's prefix tells. ``neighbours`` are the NPD-only
    names of the same table that bear it out, ``place`` the word for the NPD in the name of its source,
    file or table; ``valued``: its values bear it out.
    """

    name: str
    field: NpdField | None
    how: How
    confidence: Confidence
    neighbours: tuple[str, ...] = ()
    place: str = ""
    valued: bool = False

    @property
    def why(self) -> str:
        """What makes it look like one, in words, with DfE's own codes where the vocabulary has them."""
        said = [_HOW[self.how].format(name=self.name)]
        said += [f"beside {', '.join(self.neighbours)}"] if self.neighbours else []
        said += [f"its source, file or table speaks of {self.place}"] if self.place else []
        said += ["its values are valid"] if self.valued else []
        known = self.field
        if known is not None and known.identifiability and known.sensitivity:
            said.append(f"identifiability {known.identifiability}, sensitivity {known.sensitivity}")
        return "; ".join(said)

    @property
    def restricted(self) -> bool:
        """A field of children in need or looked after, or coded B or stricter."""
        prefixed = re.match(r"(?i)(cin|cla)[_ ]", self.name) is not None
        if self.field is None:
            return prefixed
        field = self.field
        return prefixed or field.sensitivity in {"A", "B"} or set(field.tables) <= _lists().restricted


def match(
    name: str,
    neighbours: Iterable[str] = (),
    *,
    table: str = "",
    place: str = "",
    values: Mapping[str, float] | None = None,
    local: frozenset[str] = frozenset(),
) -> NpdMatch | None:
    """Compare a column with the NPD names; None where it does not look like one.

    Generic names (LA, URN, Sex, DOB) and names without their table's prefix count only beside an
    NPD-only name of the same table.

    Args:
        name: the column, as physically named or as captioned.
        neighbours: the other columns of the same table.
        table: its table, which tells a pupil number from a user principal name.
        place: names of its source, files and databases; a word for the NPD there counts as one
            NPD-only neighbour where two more names of the table could be the NPD's.
        values: shares by identifier kind from ``identifiers.value_evidence``, if the rows were read.
        local: names learned from the authority's own exports, as ``learned`` gives them.
    """
    plain = bare(name)
    candidate = _alone(plain, local)
    if candidate is None and decisive_kind(values or {}) == "upn":
        candidate = _Candidate(_lists().by_key["upn"], "values", "specific")  # by another name
    if candidate is None:
        return None
    others = sorted({bare(n) for n in neighbours} - {plain})
    login = upn_is_login(table, others)
    if _key(plain) in _UPN_KEYS and (login or decisive_kind(values or {}) not in {None, "upn"}):
        return None
    beside = {other: _alone(other, local) for other in others if not (login and _key(other) in _UPN_KEYS)}
    strong = tuple(n for n, c in beside.items() if c and c.grade == "strong")
    anchors = strong + tuple(n for n, c in beside.items() if c and c.grade == "specific")
    said = _said_of_npd(place) if sum(c is not None for c in beside.values()) >= _ALIKE else ""
    confidence = _confidence(candidate.grade, bool(strong), bool(anchors or said))
    if confidence is None:
        return None
    if _key(plain) in _UPN_KEYS and not any(beside.values()):
        confidence = Confidence.MEDIUM  # three letters: let something of the NPD's stand beside them
    valued = _key(plain) in _UPN_KEYS and decisive_kind(values or {}) == "upn"
    return NpdMatch(name, candidate.field, candidate.how, confidence, anchors[:3], said, valued)


def learned(names: Iterable[str]) -> frozenset[str]:
    """Header names of an export as ``match`` compares them: letters and digits, case folded."""
    return frozenset(filter(None, (_key(bare(name)) for name in names)))


def npd_fields() -> tuple[NpdField, ...]:
    """The whole vocabulary in the order of the file."""
    return tuple(_lists().by_name.values())


_HOW: dict[How, str] = {
    "exact": "{name} is its very name",
    "normalised": "{name} is its name, written another way or with a term and year",
    "pattern": "only NPD names are made like {name}",
    "prefix": "{name} has the prefix of an NPD table",
    "without prefix": "{name} is its name without the table's prefix",
    "own export": "{name} is in the authority's own exports",
    "values": "the values of {name} are valid UPNs",
}
_OF_NPD = re.compile(r"(?<![a-z])(npd|nexus|ncer|national[ _-]pupil[ _-]database)(?![a-z])", re.IGNORECASE)
_ALIKE = 2  # so many more names of the table must be possible NPD names: Nexus and NPD mean other things too
_SHORT = 6  # letters and digits: a code this short (LARES, READAT) means other things elsewhere
_UPN_KEYS = frozenset({"upn", "formerupn"})


@dataclass(frozen=True, slots=True)
class _Candidate:
    field: NpdField | None
    how: How
    grade: Grade


@dataclass(frozen=True, slots=True)
class _Lists:
    by_name: Mapping[str, NpdField]
    by_key: Mapping[str, NpdField]
    by_base: Mapping[str, NpdField]  # without the table's prefix
    strong: re.Pattern[str]
    sure: re.Pattern[str]
    weak: re.Pattern[str]
    generic: frozenset[str]
    restricted: frozenset[str]


def _confidence(grade: Grade, strong: bool, anchored: bool) -> Confidence | None:  # noqa: FBT001
    """How sure a candidate is, with and without NPD-only names beside it."""
    if grade == "strong":
        return Confidence.HIGH
    if grade == "specific":
        return Confidence.HIGH if anchored else Confidence.MEDIUM
    if grade == "prefix":
        return Confidence.MEDIUM if anchored else Confidence.LOW
    if not anchored:
        return None
    return Confidence.MEDIUM if strong else Confidence.LOW


@functools.lru_cache(maxsize=256)
def _said_of_npd(place: str) -> str:
    """The word for the NPD in names of sources, files and tables."""
    found = _OF_NPD.search(place)
    return found[1] if found else ""


def _alone(name: str, local: frozenset[str] = frozenset()) -> _Candidate | None:
    """What the name says by itself. A learned name counts as much as a listed one without a prefix."""
    listed = _listed(name)
    if _key(name) not in local or (listed and listed.grade in {"strong", "specific"}):
        return listed
    plain = _key(name) in _lists().generic or len(_key(name)) <= _SHORT
    return _Candidate(listed.field if listed else None, "own export", "generic" if plain else "specific")


@functools.lru_cache(maxsize=65536)
def _listed(name: str) -> _Candidate | None:
    """What the shipped lists say about a name."""
    lists = _lists()
    short = re.sub(_TERM, "", name, flags=re.IGNORECASE)
    short = re.sub(_YEARED, r"\1[yy]_", short, flags=re.IGNORECASE)
    dated = short != name
    if dated and _key(short) not in lists.by_key:
        short = re.sub(r"_\d{1,2}$", "", short)  # the number of an exclusion: Reason_1_ex17
    key = _key(short)
    field = lists.by_key.get(key)
    if lists.strong.search(key):
        return _Candidate(field, "exact" if field and name == field.name else "pattern", "strong")
    if field:
        known = re.sub(_TERM_TEMPLATE, "", field.name)
        how: How = "exact" if name.casefold() == known.casefold() else "normalised"
        return _Candidate(field, how, _grade(short, key, field, dated=dated))
    if re.match(lists.sure, short):
        return _Candidate(None, "prefix", "prefix")
    if re.match(r"KS[1-5][ A-Z]", short):  # KS2Score, KS4 Points: a phase of schooling, no more
        return _Candidate(None, "prefix", "base")
    base = lists.by_base.get(key)
    return _Candidate(base, "without prefix", "base") if base and len(key) > 3 else None


def _grade(short: str, key: str, field: NpdField, *, dated: bool) -> Grade:
    """A known name: its prefix or its term and year make it the NPD's own; plain words make it generic."""
    lists = _lists()
    if re.match(lists.sure, short):
        return "strong"
    plain = re.sub(r"^\w+\[yy\]_", "", re.sub(lists.weak, "", short))
    if key in lists.generic or _key(plain) in lists.generic or len(_key(plain)) <= _SHORT:
        if key in _UPN_KEYS:
            return "strong"
        return "specific" if dated else "generic"
    return "strong" if dated or (field.name.casefold() == short.casefold() and plain != short) else "specific"


def bare(name: str) -> str:
    """A name without what tools add: ``UPN (Pupils.csv)``, ``[UPN]``, ``Extract.UPN``."""
    name = re.sub(r"\s*\([^()]*\)\s*$", "", name.strip()) or name
    return name.strip("[]").strip()


def _key(name: str) -> str:
    return _OTHER.sub("", name.casefold())


_OTHER = re.compile(r"[^a-z0-9]+")


@functools.cache
def _lists() -> _Lists:
    folder = resources.files("linter.policy").joinpath("data")
    rules: dict[str, Any] = tomllib.loads(folder.joinpath("npd_matching.toml").read_text(encoding="utf-8"))
    lines = folder.joinpath("npd_fields.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")][1:]
    sure, weak = _prefix(rules["prefixes"]["sure"]), _prefix(rules["prefixes"]["weak"])
    by_name: dict[str, NpdField] = {}
    by_key: dict[str, NpdField] = {}
    by_base: dict[str, NpdField] = {}
    for name, tables, identifiability, sensitivity, tier, origin in rows:
        listed_in = tuple(tables.split(";"))
        field = NpdField(name, listed_in, identifiability, sensitivity, tier, _origin(origin))
        by_name[name] = field
        short = re.sub(_TERM_TEMPLATE, "", name)
        key = _key(short)
        by_key[key] = _merged(by_key.get(key), field)
        if sure.search(short):
            by_base.setdefault(_key(sure.sub("", short)), field)
    generic = frozenset(map(_key, rules["generic"]["names"]))
    strong = re.compile("|".join(rules["strong"]))
    restricted = frozenset(rules["restricted"]["tables"])
    return _Lists(by_name, by_key, by_base, strong, sure, weak, generic, restricted)


def _prefix(names: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(names)})_", re.IGNORECASE)


def _origin(text: str) -> Literal["declared", "inherited", ""]:
    return "declared" if text == "declared" else "inherited" if text == "inherited" else ""


def _merged(known: NpdField | None, new: NpdField) -> NpdField:
    """Two spellings of one name: all tables, and the codes of the one that DfE declared."""
    if known is None:
        return new
    rank = {"declared": 0, "inherited": 1, "": 2}
    best = min(known, new, key=lambda field: rank[field.origin])
    return replace(best, tables=tuple(sorted({*known.tables, *new.tables})))
