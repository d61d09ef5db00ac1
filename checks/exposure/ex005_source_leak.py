"""EX005: connections and queries name people, servers or secrets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field

from checks.exposure.leaks import KINDS, Kind, Leak, of_connection, of_server, of_text, unrevealing
from checks.reach import main_part, mend
from linter.findings import Finding, Severity
from linter.location import Location
from linter.model import Connection, Source, Table, Workbook
from linter.records import dataclass
from linter.rules import Context, rule
from linter.text import listing, plural

_PICTURE, _PUBLISHED = "picture on ", "where it was published"
_WORDS: dict[Kind, str] = {
    "credential": "A credential",
    "user name": "A person's user name",
    "server": "A server name",
    "path": "A path",
}


@dataclass(slots=True)
class _Found:
    """Leaks of one kind in one part: their masked forms and the tables or texts that carry them."""

    forms: dict[str, None] = field(default_factory=dict)
    carriers: dict[str, None] = field(default_factory=dict)
    internal: bool = False
    places: int = 0

    def add(self, leak: Leak, *carriers: str) -> None:
        """One more place."""
        self.forms[leak.masked] = None
        self.internal |= leak.internal
        self.places += 1
        self.carriers |= dict.fromkeys(carriers)


@rule("EX005", "source-leak", severity=Severity.WARNING)
def source_leak(context: Context) -> Iterator[Finding]:
    """Connections and queries carry user names, credentials, servers or file paths.

    ## What it checks
    Connection details, query texts (M, SQL, saved DAX), web addresses, files of pictures on dashboards and
    the Tableau server that a workbook was published to: user names in paths of home folders and personal
    sites, user names of connections, passwords, keys and tokens, server names and file shares, absolute
    paths. The kind and the part are named, the value is masked. Passwords and keys are errors by
    themselves, user names and internal servers warnings, the rest notes.

    ## Why it matters
    A path names the officer who made the workbook and often the extract that it came from; a key in a
    query opens the source itself.

    ## Example that fires
    A table loaded from C:/Users/NAME/Documents/Nexus extracts/pupil.csv.

    ## The same, mended
    A table loaded from a path below a parameter, with rows that may be shared.

    ## How to fix it
    Tableau: Data > Edit Connection to a neutral place, then Extract and remove the connection's user.
    Power BI: put the folder into a parameter, or publish from an aggregated source; store credentials
    in the data source settings, never in M.

    ## When a waiver is fair
    The path or account is that of a service and names no person.

    ## Limits
    Names in file names are not recognised. Secrets are recognised by the word before them.

    ## Sources
    Tableau: connection elements. Power BI: partitions, expressions and data sources of the model.
    """
    workbook = context.workbook
    by_part: dict[str, dict[Kind, _Found]] = defaultdict(lambda: defaultdict(_Found))
    for source in workbook.sources:
        _add_source(source, by_part[main_part(workbook, source)])
    for text in workbook.texts:
        if text.where == "server address":
            for leak in of_server(text.text):
                by_part[text.part][leak.kind].add(leak, _PUBLISHED)
        elif text.where.startswith(("query ", "saved query", _PICTURE)):
            for leak in of_text(text.text):
                by_part[text.part][leak.kind].add(leak, unrevealing(text.where, "a query"))
    for control in workbook.controls:
        for leak in of_text(control.target or "") if control.kind == "url_action" else ():
            by_part[control.part][leak.kind].add(leak, unrevealing(control.caption, "a link"))
    for part, kinds in by_part.items():
        for kind in KINDS:
            if kind in kinds:
                yield _finding(context, _where(workbook, part, kinds[kind]), kind, kinds[kind])


def _add_source(source: Source, found: dict[Kind, _Found]) -> None:
    """The leaks of a source: by table where the table's query has them, else by connection."""
    named: set[str] = set()
    for table in source.tables:
        for leak in of_text(table.origin):
            named.add(leak.masked)
            found[leak.kind].add(leak, unrevealing(table.caption, "a table"))
    for connection in source.connections:
        carriers = [unrevealing(t.caption, "a table") for t in _loaded_by(source, connection)]
        for leak in of_connection(connection):
            if leak.masked not in named:  # a model's connections are read from the queries of its tables
                found[leak.kind].add(leak, *carriers)


def _loaded_by(source: Source, connection: Connection) -> list[Table]:
    """The tables whose queries name what a connection opens; all of them where none says so."""
    tables = [t for t in source.tables if not t.generated]
    opened = connection.server or connection.path
    return [t for t in tables if opened and opened in t.origin] or tables


def _where(workbook: Workbook, part: str, found: _Found) -> Location:
    """The query of the first table that carries it, where a text file of a project defines that."""
    of_model = part in {main_part(workbook, s) for s in workbook.sources}
    loads = {p.field: p for p in workbook.places if p.of == "load" and of_model}
    load = next((loads[name] for name in found.carriers if name in loads), None)
    return Location(load.part, line=load.line) if load else Location(part)


def _finding(context: Context, where: Location, kind: Kind, found: _Found) -> Finding:
    carriers = list(found.carriers)
    severity = Severity.ERROR if kind == "credential" else Severity.WARNING
    if kind == "path" or (kind == "server" and not found.internal):
        severity = Severity.NOTE
    return source_leak.finding(
        context,
        f"{_WORDS[kind]} stands in {plural(found.places, 'place')}"
        f"{f' ({listing(carriers, 6)})' if carriers else ''}: {listing(list(found.forms), 3)}.",
        where,
        mend(
            context.workbook,
            "Data > Edit Connection to a neutral folder or account, then extract; keep passwords out of custom and "
            f"initial SQL.{_elsewhere(carriers)}",
            "Put the folder into a parameter (Manage Parameters); credentials belong in Data source settings.",
        ),
        severity=severity,
        evidence={"kind": kind, "tables": tuple(carriers), "places": found.places, "masked": tuple(found.forms)},
        fields=[kind, *carriers],
    )


def _elsewhere(carriers: list[str]) -> str:
    """The way out of what a connection doesn't hold."""
    pictures = any(name.startswith(_PICTURE) for name in carriers)
    said = " Insert pictures again from a neutral folder." if pictures else ""
    if _PUBLISHED in carriers:
        said += " Take xml:base and repository-location out of the .twb in a text editor."
    return said
