"""The JSON schema of a profile's file, for editors."""

from __future__ import annotations

from typing import Any

from linter.policy.audience import Audience
from linter.policy.profile import CODES, KEYS, OWN, Dominance, Percentages, Rounding, Source
from linter.policy.typed import JSON, record_schema


def file_schema() -> dict[str, Any]:
    """The JSON schema of a profile's file, made from the same tables that ``load_profile`` checks by."""
    records: dict[str, type] = {"percentages": Percentages, "rounding": Rounding, "dominance": Dominance}
    properties: dict[str, Any] = {key: {"type": JSON[kind]} for key, kind in KEYS.items()}
    properties |= {key: record_schema(kind) for key, kind in records.items()}
    properties["source"] = {"type": "array", "minItems": 1, "items": record_schema(Source)}
    properties["audiences"]["items"] = {"enum": [audience.value for audience in Audience]}
    properties["sensitive_classes"]["items"] = {"enum": list("ABCDE")}
    properties["bands"]["items"] = {"type": "integer"}
    properties["thresholds"]["additionalProperties"] = {"type": "integer", "minimum": 1}
    properties["field_thresholds"] |= {
        "propertyNames": {"enum": list(CODES)},
        "additionalProperties": {"type": "integer", "minimum": 1},
    }
    words = {"type": "array", "items": {"type": "string"}}
    properties["symbols"] = {
        "type": "object",
        "properties": {"suppressed": words, "legacy": words},
        "additionalProperties": False,
    }
    for key in ("threshold", "width"):
        properties[key]["minimum"] = 1
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Profile",
        "description": "A disclosure profile. What `extends` names may hold the keys that are not required.",
        "type": "object",
        "properties": properties,
        "required": list(OWN),
        "additionalProperties": False,
    }
