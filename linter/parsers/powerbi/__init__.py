"""Power BI reports and models: ``read`` turns a file or a project folder into a ``Workbook``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from linter.container import CACHE, DATA_MODEL, SCHEMA, Cache, Parts, Project, is_text, model_file, opened
from linter.errors import Unreadable
from linter.json_tree import decode, mapping, mappings, text
from linter.model import Connection, Source, Store, Text, UnreadPart, Workbook
from linter.parsers.powerbi import connections, legacy, pbir, places, report, texts
from linter.parsers.powerbi.catalogue import Catalogue, build
from linter.parsers.powerbi.expressions import Reader
from linter.parsers.powerbi.model import Delivery, Model
from linter.parsers.powerbi.record import ReportRecord, with_unique_ids

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["model_file", "read"]

_WHOLE = "Model/definition/model.tmdl"
_DECODE_FIX = "open the file in Power BI Desktop and save it again"


def read(path: Path, sha256: str, metadata: Mapping[str, list[dict[str, Any]]] | Unreadable | None) -> Workbook:
    """Read a .pbix, a .pbit, a .pbip or a project folder.

    Args:
        path: the file or folder.
        sha256: its digest, handed through.
        metadata: what the data process says of the model in it, without any row that may be typed into
            it; ``Unreadable`` if reading it failed; None when there is none.

    Raises:
        Unreadable: the container itself can't be read. Damaged or unknown parts inside do not
            raise, they stand in ``Workbook.unread``.
    """
    with opened(path) as parts:
        unread = [UnreadPart(name, reason) for name, reason in getattr(parts, "refused", ())]
        record = with_unique_ids(_report(parts, unread))
        model, source = _model(parts, metadata, record, unread)
        older = _mashup(metadata, unread)
        known = dict.fromkeys((*source.connections, *connections.of_queries(query.text for query in older)))
        source = replace(source, connections=tuple(known))
        shown = report.translate(record, model)
        queries, lost = texts.of_queries(parts)
        return Workbook(
            tool="powerbi",
            path=str(path),
            sha256=sha256,
            sources=(source,),
            pages=shown.pages,
            visuals=shown.visuals,
            controls=shown.controls,
            settings=shown.settings,
            states=shown.states,
            texts=(*texts.of_report(record), *queries, *model.queries, *older),
            unread=(*unread, *model.unread, *record.unread, *shown.unread, *lost),
            version=_version(parts),
            ignores=(*model.ignores, *report.ignores(record)),
            places=(*model.places, *places.of_report(record, Reader(model))) if is_text(parts) else (),
            files=parts.files(path) if isinstance(parts, Project) else {},
        )


def _report(parts: Parts, unread: list[UnreadPart]) -> ReportRecord:
    if isinstance(parts, Cache):
        return ReportRecord("", {})
    part = parts.find("Report/Layout") or parts.find("Report/report.json")
    try:
        if part is None:
            return pbir.read(parts)
        return legacy.read(parts.read(part), part, lined=is_text(parts))
    except Unreadable as error:
        unread.append(UnreadPart(error.part or "Report", error.reason, error.fix or _DECODE_FIX))
        return ReportRecord("Report", {})


def _model(
    parts: Parts, metadata: Catalogue | Unreadable | None, record: ReportRecord, unread: list[UnreadPart]
) -> tuple[Model, Source]:
    """The model as far as it is known, and as a source of the workbook."""
    if isinstance(metadata, Unreadable):
        return _unknown(record, unread, "unreadable", metadata.reason, metadata.fix or _DECODE_FIX, part=metadata.part)
    if metadata is not None:
        if metadata.get("Table") is None:  # nothing but the queries of an older file
            return _without_model(parts, record, unread)
        inside = parts.find(DATA_MODEL)
        if inside or isinstance(parts, Cache) or parts.find(CACHE):
            return _stored(metadata, record, Store("vertipaq", inside or CACHE, beside=inside is None))
        return _written(parts, metadata, record, unread)
    return _without_model(parts, record, unread)


def _stored(catalogue: Catalogue, record: ReportRecord, store: Store) -> tuple[Model, Source]:
    """A model with stored rows, unless all of its tables are live."""
    model = build(catalogue, store, "").with_measures(record.measures)
    if model.tables and all(t.unread for t in model.tables if not t.generated):
        return model, model.source("live", next(t.unread for t in model.tables if t.unread) or "")
    return model, model.source("embedded", "")


def _written(
    parts: Parts, catalogue: Catalogue, record: ReportRecord, unread: list[UnreadPart]
) -> tuple[Model, Source]:
    """A model without stored rows: its tables are at hand as far as their rows are typed into it."""
    reason = "a template holds no rows" if parts.find(SCHEMA) else "the project holds no rows"
    model = build(catalogue, None, reason).with_measures(record.measures)
    lacking = [t for t in model.tables if t.store is None and not (t.generated or t.calculated)]
    if not lacking and any(t.store for t in model.tables):
        return model, model.source("embedded", "")
    whys = [t.unread for t in lacking if t.unread]
    reason = reason if reason in whys or not whys else whys[0]
    loads = [model.loads[t.id] for t in lacking if t.unread == reason and t.id in model.loads]
    part, line = loads[0] if loads else (parts.find(SCHEMA) or "Model", None)
    if len({part for part, _ in loads}) > 1:
        part, line = parts.find(_WHOLE) or part, None
    fix = "check the report that is made from it, with its rows"
    unread.append(UnreadPart(part, reason, fix, blocks_data=True, line=line))
    return model, model.source("template", reason)


def _without_model(parts: Parts, record: ReportRecord, unread: list[UnreadPart]) -> tuple[Model, Source]:
    if parts.find(DATA_MODEL) or parts.find(SCHEMA):
        return _unknown(record, unread, "unreadable", "the data model was not decoded", _DECODE_FIX)
    remote = _connections(parts, unread)
    if remote or parts.find("Report/definition.pbir"):
        reason = "the report is connected live to a model elsewhere: its rows are not in the file"
        fix = "download the model as .pbix from the service and check that as well"
        return _unknown(record, unread, "live", reason, fix, remote=remote)
    return _unknown(record, unread, "missing", "there is no data model in the file", _DECODE_FIX)


def _unknown(
    record: ReportRecord,
    unread: list[UnreadPart],
    delivery: Delivery,
    reason: str,
    fix: str,
    *,
    part: str = "",
    remote: tuple[Connection, ...] = (),
) -> tuple[Model, Source]:
    """No model to ask: the report's own words for tables and columns are taken as they are."""
    unread.append(UnreadPart(part or DATA_MODEL, reason, fix, blocks_data=True))
    model = Model(known=False).with_measures(record.measures)
    model = replace(model.with_referenced(report.referenced(record), reason), connections=remote)
    return model, model.source(delivery, reason)


def _connections(parts: Parts, unread: list[UnreadPart]) -> tuple[Connection, ...]:
    part = parts.find("Connections")
    if part is None:
        return ()
    try:
        tree = mapping(decode(parts.read(part), part), "the list of connections")
        return tuple(
            connections.of_string(text(item.get("ConnectionString")), text(item.get("ConnectionType")))
            for item in mappings(tree.get("Connections"), "the list of connections")
        )
    except Unreadable as error:
        unread.append(UnreadPart(part, error.reason))
        return ()


def _mashup(metadata: Catalogue | Unreadable | None, unread: list[UnreadPart]) -> tuple[Text, ...]:
    """The queries of an older file, which keeps them beside the model."""
    found = [] if metadata is None or isinstance(metadata, Unreadable) else metadata.get("Mashup") or []
    unread += [UnreadPart(str(row["Part"]), str(row["Problem"])) for row in found if row.get("Problem")]
    return tuple(
        Text(DATA_MODEL, f"query {row['Part']!r}", str(row["Expression"])) for row in found if "Expression" in row
    )


def _version(parts: Parts) -> str:
    part = parts.find("Version")
    try:
        return parts.read(part).decode("utf-16-le", errors="replace").strip("\0\ufeff ") if part else ""
    except Unreadable:  # the version is only shown, nothing rests on it
        return ""
