"""Tables of TOML files into records, with exact types: true is not a number, 9.0 is not a count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import MappingProxyType
from typing import Any, TypeVar

from linter.errors import UsageError

T = TypeVar("T")
_PLAIN: Mapping[type, str] = MappingProxyType(
    {
        str: "text",
        int: "a whole number",
        bool: "true or false",
        float: "a number",
        list: "a list",
        dict: "a table",
    }
)
JSON: Mapping[type, str] = MappingProxyType(
    {str: "string", int: "integer", bool: "boolean", float: "number", list: "array", dict: "object"}
)
"""What JSON schemas call these types."""
_SIMPLE: Mapping[str, type] = MappingProxyType({"str": str, "int": int, "bool": bool, "float": float})


def typed(value: object, kind: type, key: str, where: str) -> None:
    """Check one value.

    Raises:
        UsageError: it is of another type; the message names file and key, never the value.
    """
    fits = type(value) is kind or (kind is float and type(value) is int)
    if not fits:
        raise UsageError(f"{where}: {key} must be {_PLAIN[kind]}")


def strings(value: Any, key: str, where: str) -> tuple[str, ...]:
    """A list of texts. Raises ``UsageError`` as ``typed`` does."""
    typed(value, list, key, where)
    for item in value:
        typed(item, str, key, where)
    return tuple(value)


def record(kind: type[T], data: Any, key: str, where: str) -> T:
    """A table as a record of simple fields.

    Raises:
        UsageError: unknown or missing keys, or wrong types.
    """
    typed(data, dict, key, where)
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    for name, value in data.items():
        if name not in known:
            raise UsageError(f"{where}: unknown key '{key}.{name}'")
        typed(value, _SIMPLE[str(known[name].type)], f"{key}.{name}", where)
    missing = [name for name, f in known.items() if f.default is MISSING and name not in data]
    if missing:
        raise UsageError(f"{where}: the key '{key}.{missing[0]}' is missing")
    return kind(**data)


def record_schema(kind: type) -> dict[str, Any]:
    """The JSON schema of a table that ``record`` reads."""
    named = {f.name: f for f in fields(kind)}
    return {
        "type": "object",
        "properties": {name: {"type": JSON[_SIMPLE[str(f.type)]]} for name, f in named.items()},
        "required": [name for name, f in named.items() if f.default is MISSING],
        "additionalProperties": False,
    }
