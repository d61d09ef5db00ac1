"""Power BI reports and models: ``read`` turns a file or a project folder into a ``Workbook``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from linter.errors import Unreadable
from linter.formulas.inline_rows import without_rows
from linter.model import Connection, Source, Store, Text, UnreadPart, Workbook
from linter.parsers.powerbi import connections, legacy, mashup, pbir, places, report, template, texts, tmdl
from linter.parsers.powerbi.catalogue import Catalogue, build
from linter.parsers.powerbi.container import CACHE, Cache, Parts, Project, is_text, model_file, opened
from linter.parsers.powerbi.expressions import Reader
from linter.parsers.powerbi.json_tree import decode, mapping, mappings, text
from linter.parsers.powerbi.model import Delivery, Model
from linter.parsers.powerbi.record import ReportRecord, with_unique_ids

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["model_file", "read"]

DATA_MODEL, SCHEMA, BIM = "DataModel", "DataModelSchema", "Model/model.bim"
_DECODE_FIX = "open the file in Power BI Desktop and save it again"


def read(path: Path, sha256: str, metadata: Mapping[str, list[dict[str, Any]]] | Unreadable | None) -> Workbook:
    """Read a .pbix, a .pbit, a .pbip or a project folder.

    Args:
        path: the file or folder.
        sha256: its digest, handed through.
        metadata: what ``linter.data.vertipaq`` says of the model (of a project: of its
            ``cache.abf``); ``Unreadable`` if decoding it failed; None when there is none to decode.

    Raises:
        Unreadable: the container itself can't be read. Damaged or unknown parts inside do not
            raise, they stand in ``Workbook.unread``.
    """
    with opened(path) as parts:
        unread = [UnreadPart(name, reason) for name, reason in getattr(parts, "refused", ())]
        record = with_unique_ids(_report(parts, unread))
        model, source = _model(parts, metadata, record, unread)
        older = _mashup(parts, unread)
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
            unread=(*unread, *record.unread, *shown.unread, *lost),
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
        return _unknown(record, unread, "unreadable", metadata.reason, metadata.fix or _DECODE_FIX)
    if metadata is not None:
        inside = parts.find(DATA_MODEL)
        store = Store("vertipaq", inside or CACHE, beside=inside is None)
        return _known(metadata, record, store, "", "embedded")
    try:
        catalogue = _catalogue(parts)
    except Unreadable as error:
        return _unknown(record, unread, "unreadable", error.reason, error.fix, part=error.part or SCHEMA)
    if catalogue is not None:
        reason = "a template holds no rows" if parts.find(SCHEMA) else "the project holds no rows"
        fix = "check the report that is made from it, with its rows"
        unread.append(UnreadPart(parts.find(SCHEMA) or "Model", reason, fix, blocks_data=True))
        return _known(catalogue, record, None, reason, "template")
    return _without_model(parts, record, unread)


def _catalogue(parts: Parts) -> Catalogue | None:
    """The description of the model where one lies beside the report, None where there is none.

    Raises:
        Unreadable: damaged.
    """
    schema = parts.find(SCHEMA) or parts.find(BIM)
    if schema is not None:
        return template.catalogue(parts.read(schema), schema, lined=is_text(parts))
    files = [name for name in parts.names() if name.startswith("Model/") and name.endswith(".tmdl")]
    if not files:
        return None
    return template.rows(tmdl.model({name: parts.read(name).decode("utf-8-sig", "replace") for name in files}))


def _known(
    catalogue: Catalogue, record: ReportRecord, store: Store | None, absent: str, delivery: Delivery
) -> tuple[Model, Source]:
    model = build(catalogue, store, absent).with_measures(record.measures)
    if delivery == "embedded" and model.tables and all(t.unread for t in model.tables if not t.generated):
        delivery, absent = "live", next(t.unread for t in model.tables if t.unread) or ""
    return model, model.source(delivery, absent)


def _without_model(parts: Parts, record: ReportRecord, unread: list[UnreadPart]) -> tuple[Model, Source]:
    if parts.find(DATA_MODEL):
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
    part: str = DATA_MODEL,
    remote: tuple[Connection, ...] = (),
) -> tuple[Model, Source]:
    """No model to ask: the report's own words for tables and columns are taken as they are."""
    unread.append(UnreadPart(part, reason, fix, blocks_data=True))
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


def _mashup(parts: Parts, unread: list[UnreadPart]) -> tuple[Text, ...]:
    """The queries of an older file, which keeps them beside the model."""
    part = parts.find("DataMashup")
    if part is None:
        return ()
    try:
        return (Text(DATA_MODEL, f"query {part!r}", without_rows(mashup.section(parts.read(part), part))[0]),)
    except Unreadable as error:
        unread.append(UnreadPart(part, error.reason))
        return ()


def _version(parts: Parts) -> str:
    part = parts.find("Version")
    try:
        return parts.read(part).decode("utf-16-le", errors="replace").strip("\0\ufeff ") if part else ""
    except Unreadable:  # the version is only shown, nothing rests on it
        return ""
