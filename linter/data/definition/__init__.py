"""A semantic model as it is written down: a template, a project's files, the queries of an older file.

Rows may be typed into it, so that only the data process reads it; ``linter.data.typed`` keeps these there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linter.container import BIM, MASHUP, SCHEMA, is_text, opened
from linter.errors import Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from linter.container import Parts

Catalogue = dict[str, list[dict[str, Any]]]


def described(path: Path) -> Catalogue:
    """The catalogue rows of the model in a template or project; only its older queries where there is no model.

    Raises:
        Unreadable: damaged.
    """
    with opened(path) as parts:
        return {**_model(parts), "Mashup": _mashup(parts)}


def older_queries(path: Path) -> list[dict[str, Any]]:
    """The queries that an older .pbix keeps beside its model; none of a data cache."""
    with opened(path) as parts:
        return _mashup(parts)


def tells_cases_apart(collation: object) -> bool:
    """Whether a collation, such as ``Latin1_General_100_BIN2_UTF8``, does; models without one don't."""
    name = str(collation or "").upper()
    return "_CS" in name or "_BIN" in name


def _model(parts: Parts) -> Catalogue:
    from linter.data.definition import template, tmdl

    schema = parts.find(SCHEMA) or parts.find(BIM)
    if schema is not None:
        return template.catalogue(parts.read(schema), schema, lined=is_text(parts))
    files = [name for name in parts.names() if name.startswith("Model/definition/") and name.endswith(".tmdl")]
    texts = {name: parts.read(name).decode("utf-8-sig", "replace") for name in files}
    return template.rows(tmdl.model(texts)) if texts else {}


def _mashup(parts: Parts) -> list[dict[str, Any]]:
    """The text of the section with all queries, or why it can't be read."""
    part = parts.find(MASHUP)
    if part is None:
        return []
    from linter.data.definition import mashup

    try:
        return [{"Part": part, "Expression": mashup.section(parts.read(part), part)}]
    except Unreadable as error:
        return [{"Part": part, "Problem": error.reason}]
