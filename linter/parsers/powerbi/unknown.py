"""What an enhanced report (PBIR) holds that is not read: files and properties beyond the published schemas.

Source: https://github.com/microsoft/json-schemas, fabric/item/report/definition: visualContainer up to 2.13.0,
visualConfiguration up to 2.8.0, page up to 2.1.0, report up to 3.3.0. These schemas admit no further property.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from linter.errors import Unreadable
from linter.json_tree import decode, dig
from linter.model import UnreadPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.container import Parts

ROOT = "Report/definition/"
_FIX = "see by hand what it changes, or use a newer version of disclint"
_FILES = re.compile(
    r"(version|report|reportExtensions|pages/pages|pages/[^/]+/page|pages/[^/]+/visuals/[^/]+/(visual|mobile)"
    r"|bookmarks/bookmarks|bookmarks/[^/]+\.bookmark)\.json"
)
_EVERYWHERE = {"$schema", "annotations"}
_KEYS = {
    "report": _EVERYWHERE | {
        "themeCollection", "filterConfig", "objects", "reportSource", "publicCustomVisuals", "resourcePackages",
        "organizationCustomVisuals", "dataSourceVariables", "settings", "slowDataSourceSettings", "layoutOptimization",
    },
    "page": _EVERYWHERE | {
        "name", "displayName", "displayOption", "height", "width", "filterConfig", "pageBinding", "objects", "type",
        "visibility", "visualInteractions", "autoPageGenerationConfig", "howCreated",
    },
    "container": _EVERYWHERE | {
        "name", "position", "visual", "visualGroup", "parentGroupName", "filterConfig", "isHidden", "howCreated",
    },
    "visual": {
        "visualType", "autoSelectVisualType", "query", "expansionStates", "objects", "visualContainerObjects",
        "syncGroup", "drillFilterOtherVisuals",
    },
    "query": {"sortDefinition", "options", "queryState", "isDrillDisabled"},
    "well": {"showAll", "projections", "fieldParameters"},
    "projection": {"field", "queryRef", "nativeQueryRef", "displayName", "format", "active", "hidden"},
}  # fmt: skip


def strange(parts: Parts) -> list[UnreadPart]:
    """The files and properties that no published schema has, each property once."""
    found: dict[str, UnreadPart] = {}
    for part in parts.names():
        if not part.startswith(ROOT):
            continue
        if _FILES.fullmatch(part.removeprefix(ROOT)) is None:
            found[part] = UnreadPart(part, "what this file means in a report is not known", _FIX)
        for kind, tree in _objects(parts, part):
            for word in [key for key in tree if key not in _KEYS[kind]]:
                reason = f"what {word!r} means in a {kind} of a report is not known"
                found.setdefault(f"{kind} {word}", UnreadPart(part, reason, _FIX))
    return list(found.values())


def _objects(parts: Parts, part: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file whose properties the schemas list, with their kind; damaged files are told elsewhere."""
    kind = {"report.json": "report", "page.json": "page", "visual.json": "container"}.get(part.rpartition("/")[2])
    try:
        tree = decode(parts.read(part), part) if kind else None
    except Unreadable:
        return
    wells = dig(tree, "visual", "query", "queryState")
    roles = list(wells.values()) if isinstance(wells, dict) else []
    lists = [well.get("projections") for well in roles if isinstance(well, dict)]
    projections = [p for listed in lists if isinstance(listed, list) for p in listed]
    for named, objects in (
        (kind, [tree]),
        ("visual", [dig(tree, "visual")]),
        ("query", [dig(tree, "visual", "query")]),
        ("well", roles),
        ("projection", projections),
    ):
        yield from ((named, item) for item in objects if named and isinstance(item, dict))
