"""Explore-education-statistics downloads: data file, and metadata file beside it where there is one.

Layout: DfE analysts' guide, "Open data standards": time_period and time_identifier, geographic_level
with its code and name columns, then filters and indicators. Early files say ``year`` and ``level``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from linter.errors import UsageError
from linter.parsers.tables.grid import Grid, read_grid
from linter.publications.record import PublishedTable
from linter.publications.symbols import read

_TIME = ("time_period", "year")
_LEVEL = ("geographic_level", "level")
_PERIODS = ("time_identifier", "term")
_PLACES: dict[str, tuple[str, ...]] = {
    # level -> its own columns, the name first
    "national": ("country_name", "country", "country_code"),
    "regional": ("region_name", "region_code"),
    "local authority": ("la_name", "new_la_code", "old_la_code"),
    "local authority district": ("lad_name", "lad_code"),
    "parliamentary constituency": ("pcon_name", "pcon_code"),
    "local enterprise partnership": ("local_enterprise_partnership_name", "local_enterprise_partnership_code"),
    "mat": ("trust_name", "trust_id"),
    "multi academy trust": ("trust_name", "trust_id"),
    "school": ("school_name", "school_urn", "school_laestab"),
    "provider": ("provider_name", "provider_ukprn"),
    "institution": ("institution_name", "institution_id"),
    "ward": ("ward_name", "ward_code"),
    "planning area": ("planning_area_name", "planning_area_code"),
}
_ABOVE = {
    "school": "local authority", "provider": "local authority", "local authority": "regional", "regional": "national",
}  # fmt: skip
_OTHER = frozenset({
    "region_name", "region_code", "opportunity_area_name", "opportunity_area_code", "sponsor_name", "sponsor_id",
    "rsc_region_lead_name", "lsip_name", "lsip_code", "english_devolved_area_name", "english_devolved_area_code",
})  # fmt: skip
LOCATION, TIME = "location", "time"
_NO_METADATA = "no metadata file: filters and indicators were told apart by their values"


def is_ees(grid: Grid) -> bool:
    """Whether a header is that of an explore-education-statistics data file."""
    return any(n in grid.header for n in _TIME) and any(n in grid.header for n in _LEVEL)


def read_ees(path: Path, grid: Grid, also: frozenset[str]) -> PublishedTable:
    """The table of a data file.

    Raises:
        UsageError: the metadata file names columns that are not there, or there are no indicators.
    """
    level = next(n for n in _LEVEL if n in grid.header)
    period = next(n for n in _TIME if n in grid.header)
    identifier = next((n for n in _PERIODS if n in grid.header), None)
    fixed = {level, period, *_OTHER, *(c for names in _PLACES.values() for c in names)}
    fixed |= {identifier} if identifier else set()
    meta = _metadata(path)
    rest = [n for n in grid.header if n not in fixed]
    if meta is None:
        indicators = [n for n in rest if _figures(grid, n, also)]
        filters = [n for n in rest if n not in indicators]
        groups: Mapping[str, str] = {}
    else:
        indicators = [n for n, row in meta.items() if row.get("col_type", "").strip().lower() == "indicator"]
        filters = [n for n, row in meta.items() if row.get("col_type", "").strip().lower() == "filter"]
        groups = {n: g for n in filters if (g := meta[n].get("filter_grouping_column", "").strip())}
    unknown = [n for n in [*indicators, *filters, *groups.values()] if n not in grid.header]
    if unknown:
        raise UsageError(f"{path}: the metadata file names {unknown[0]!r}, which is no column")
    if not indicators:
        raise UsageError(f"{path}: no indicator was found among its columns")
    for name in indicators:
        if not _figures(grid, name, also):
            raise UsageError(f"{path}: indicator {name!r} holds text that is no known symbol; see --suppressed")
    levels = [text.strip().casefold() for text in grid.column(level)]
    places, parents = _places(grid, levels)
    dimensions: dict[str, Sequence[str]] = {TIME: _times(grid, period, identifier), LOCATION: places}
    for name in filters:
        if name in groups.values():
            continue
        labels = grid.column(name)
        dimensions |= _by_group(name, labels, grid.column(groups[name])) if name in groups else {name: labels}
    top = {p for p, at in zip(places, levels, strict=True) if at == "national"}
    return PublishedTable(
        str(path), "explore education statistics", dimensions, {n: grid.column(n) for n in indicators},
        totals={LOCATION: top.pop()} if len(top) == 1 else {}, hierarchies={LOCATION: parents}, level=levels,
        notes=grid.notes if meta is not None else (*grid.notes, _NO_METADATA),
    )  # fmt: skip


def _metadata(path: Path) -> dict[str, dict[str, str]] | None:
    """Rows of the metadata file by column name; None if there is no such file."""
    beside = path.with_name(f"{path.stem}.meta{path.suffix}")
    if not beside.is_file():
        return None
    found = read_grid(beside)
    if "col_name" not in found.header or "col_type" not in found.header:
        raise UsageError(f"{beside}: no metadata file: it lacks col_name or col_type")
    rows = [dict(zip(found.header, row, strict=True)) for row in found.rows]
    return {row["col_name"]: row for row in rows}


def _figures(grid: Grid, name: str, also: frozenset[str]) -> bool:
    readings = [read(text, also) for text in set(grid.column(name))]
    return all(r is not None for r in readings)


def _times(grid: Grid, period: str, identifier: str | None) -> list[str]:
    times = grid.column(period)
    kinds = grid.column(identifier) if identifier else []
    if len({k.casefold() for k in kinds}) < 2:
        return times
    return [f"{time} {kind}" for time, kind in zip(times, kinds, strict=True)]


def _places(grid: Grid, levels: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The location of each row, and the nearest location above it that has rows of its own."""
    columns = {n: grid.column(n) for names in _PLACES.values() for n in names if n in grid.header}

    def label(row: int, level: str) -> str:
        names = _PLACES.get(level, tuple(columns))
        parts = [columns[n][row] for n in names if n in columns and columns[n][row] not in {"", ".", ":", "z"}]
        codes = "/".join(dict.fromkeys(parts[1:]))
        return (f"{parts[0]} ({codes})" if codes else parts[0]) if parts else level

    places = [label(row, level) for row, level in enumerate(levels)]
    present = set(places)
    parents: dict[str, str] = {}
    for row, level in enumerate(levels):
        above = _ABOVE.get(level)
        while above is not None:
            if (parent := label(row, above)) in present and parent != places[row]:
                parents.setdefault(places[row], parent)
                break
            above = _ABOVE.get(above)
    return places, parents


def _by_group(name: str, labels: Sequence[str], groups: Sequence[str]) -> dict[str, Sequence[str]]:
    """A filter whose items fall into groups that each divide the whole: one dimension per group."""
    found = [g for g in dict.fromkeys(groups) if g.casefold() not in {"total", "all", ""}]
    return {
        f"{name}: {group}": [label if own == group else "Total" for label, own in zip(labels, groups, strict=True)]
        for group in found
    } or {name: labels}
