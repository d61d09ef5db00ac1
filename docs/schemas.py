"""Write the JSON schemas of the files that people edit: ``python docs/schemas.py [--check]``.

They come from the models that the program itself checks by, so that an editor says the same as
``disclint``. ``--check`` writes nothing and exits 1 if a schema is not up to date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from linter.config.folder import SeverityFile
from linter.config.keys import ConfigFile
from linter.config.strict import Strict
from linter.manifest import Manifest
from linter.policy.profile_schema import file_schema
from linter.suppress.baseline import Baseline
from linter.suppress.waivers import WaiverFile

FOLDER = Path(__file__).resolve().parents[1] / "linter" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by its file name."""
    models: dict[str, type[Strict]] = {
        "config": ConfigFile,
        "manifest": Manifest,
        "waivers": WaiverFile,
        "baseline": Baseline,
        "severity": SeverityFile,
    }
    found = {f"{name}.schema.json": {"$schema": DIALECT} | model.model_json_schema() for name, model in models.items()}
    return found | {"profile.schema.json": file_schema()}


def text(schema: dict[str, Any]) -> str:
    """The file: sorted, the same bytes on every run."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def stale() -> list[str]:
    """Names of the files that are missing, differ, or should not be there."""
    wanted = {name: text(schema) for name, schema in schemas().items()}
    there = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.json")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    changed = stale()
    for name in changed:
        print(f"{'differs' if '--check' in arguments else 'written'}: {name}")  # noqa: T201
    if "--check" in arguments:
        return int(bool(changed))
    FOLDER.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / name).write_text(text(schema), "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
