"""The JSON schemas of disclint's files, for editors that complete and check TOML."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from linter.errors import UsageError


def write_schemas(folder: Path) -> tuple[str, ...]:
    """Copy the shipped schemas into a folder, made if need be; their names.

    Raises:
        UsageError: they can't be written.
    """
    names = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for schema in sorted(resources.files("linter").joinpath("schemas").iterdir(), key=lambda file: file.name):
            if schema.name.endswith(".schema.json"):
                (folder / schema.name).write_bytes(schema.read_bytes())
                names.append(schema.name)
    except OSError as error:
        raise UsageError(f"--schemas {folder}: can't be written ({error.strerror})") from error
    return tuple(names)


def directive(file: Path, folder: Path, kind: str) -> str:
    """The comment by which an editor finds the schema of a TOML file: its path from that file's folder."""
    schema = folder.absolute() / f"{kind}.schema.json"
    try:
        where = Path(os.path.relpath(schema, file.absolute().parent)).as_posix()
    except ValueError:  # another drive
        where = schema.as_uri()
    return f"#:schema {where if '/' in where else f'./{where}'}\n"
