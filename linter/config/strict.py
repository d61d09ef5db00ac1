"""TOML files into strict records: an unknown key, a wrong type or value is one plain line."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from linter.config.globs import checked_glob
from linter.errors import UsageError

Glob = Annotated[str, AfterValidator(checked_glob)]
Said = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
"""Text that says something."""


class Strict(BaseModel):
    """A table of a TOML file. No unknown keys, no converted types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


Model = TypeVar("Model", bound=Strict)


def short(path: Path) -> Path:
    """The path from the current folder where it lies below it, for messages: files in two folders may share a name."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path


def read_toml(path: Path, name: str | None = None) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        UsageError: it is missing, unreadable or not TOML. The message doesn't quote the file.
    """
    where = name or path.name
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where}: not valid TOML{_line(error)}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{where}: not UTF-8 text") from error
    except FileNotFoundError:
        raise UsageError(f"{where}: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{where}: can't be read ({error.strerror})") from error


def validated(model: type[Model], data: dict[str, Any], where: str) -> Model:
    """The data as a record.

    Raises:
        UsageError: naming the file, the key, and what is expected there.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise UsageError(f"{where}: {plain(error, model)}") from None


def plain(error: ValidationError, model: type[BaseModel]) -> str:
    """The first mistake in words; unknown keys first, for they often explain a missing one."""
    mistakes = sorted(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    first = mistakes[0]
    key, context = _path(first["loc"]), first.get("ctx", {})
    match first["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(str(first["loc"][-1]), sorted(_keys(model)), 1)
            return f"unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else "")
        case "missing":
            return f"the key {key!r} is missing"
        case "literal_error":
            return f"{key} must be one of {context['expected'].replace(chr(39), '')}"
        case "string_too_short" | "string_pattern_mismatch":
            wanted = _FORMS.get(str(context.get("pattern")), "text that says something")
            return f"{key} must be {wanted}"
        case "greater_than_equal" | "less_than_equal":
            least = "least" if "ge" in context else "most"
            return f"{key} must be at {least} {context.get('ge', context.get('le'))}"
        case "value_error":
            return f"{key}: {context['error']}" if key else str(context["error"])
        case kind:
            return f"{key} must be {_TYPES.get(kind, 'of another type')}"


_FORMS = {r"^\d{6}$": "a URN of six digits in quotes", r"^[0-9a-f]{64}$": "a SHA-256 of 64 small hex digits",
          r"^[0-9a-f]{32}$": "a fingerprint of 32 small hex digits",
          r"^[A-Z]{2,}\d{3}$": "the code of a rule, such as SC001"}  # fmt: skip
_TYPES = {
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "date_type": "a date such as 2026-09-30, without quotes",
    "date_from_datetime_inexact": "a date without a time",
}


def toml_text(text: str) -> str:
    """A text as TOML writes it, with everything escaped that could break out of its line or deceive a reader."""
    safe = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in text)
    return f'"{safe}"'


def _path(parts: tuple[int | str, ...]) -> str:
    """``source[2].origin``: entries are counted from 1, as people do."""
    return "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in parts).lstrip(".")


def _keys(model: type[BaseModel]) -> set[str]:
    """All keys of a model and of the tables in it."""
    found = set(model.model_fields)
    for entry in model.model_fields.values():
        inner = [entry.annotation, *getattr(entry.annotation, "__args__", ())]
        for kind in inner:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= _keys(kind)
    return found


def _line(error: tomllib.TOMLDecodeError) -> str:
    found = re.search(r"at line (\d+)", str(error))
    return f", line {found[1]}" if found else " at its end"
