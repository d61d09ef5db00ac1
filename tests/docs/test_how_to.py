"""The examples of the how-to pages are what the program takes, by its models and by the shipped schemas."""

import datetime as dt
import json
import re
import shlex
import tomllib
from pathlib import Path

import jsonschema
import pytest

from docs import generate, schemas
from linter.config.folder import SeverityFile
from linter.config.keys import ConfigFile
from linter.config.strict import validated
from linter.manifest import Manifest
from linter.policy.profile import load_profile, shipped
from linter.suppress.baseline import Baseline
from linter.suppress.waivers import WaiverFile
from tests.config import test_strict

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs/how-to").glob("*.md"))
MODELS = {"manifest": Manifest, "config": ConfigFile, "waivers": WaiverFile, "severity": SeverityFile}
EXAMPLES = [
    (page.name, kind, text)
    for page in PAGES
    for kind, text in re.findall(r"^```toml (\w+)\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
]


def schema(name: str):
    return json.loads((schemas.FOLDER / f"{name}.schema.json").read_text("utf-8"))


def plain(value):
    """TOML as an editor hands it to a JSON schema: dates are text."""
    return json.loads(json.dumps(value, default=lambda day: day.isoformat()))


def valid(name: str, data) -> bool:
    checker = jsonschema.Draft202012Validator(schema(name), format_checker=jsonschema.FormatChecker())
    return checker.is_valid(plain(data))


def test_the_schemas_are_up_to_date():
    assert schemas.stale() == [], "run `python docs/schemas.py`"
    for name in schemas.schemas():
        jsonschema.Draft202012Validator.check_schema(schema(name.removesuffix(".schema.json")))


def test_every_kind_of_file_has_an_example():
    assert {kind for _, kind, _ in EXAMPLES} == {*MODELS, "profile"}
    files = {name.removesuffix(".schema.json") for name in schemas.schemas()}
    assert files == {*MODELS, "profile", "baseline"}, "and every schema is of a kind with an example"


@pytest.mark.parametrize(("page", "kind", "text"), EXAMPLES, ids=[f"{p}-{k}" for p, k, _ in EXAMPLES])
def test_examples_are_taken(page, kind, text, tmp_path):
    assert valid(kind, tomllib.loads(text))
    if kind == "profile":
        (tmp_path / "ours.toml").write_text(text, "utf-8")
        assert load_profile("ours", tmp_path).name == "ours"
    else:
        validated(MODELS[kind], tomllib.loads(text), page)


def test_the_baseline_example():
    (text,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs/how-to/baseline.md").read_text("utf-8"), re.DOTALL)
    assert Baseline.model_validate(json.loads(text)).text() == text
    assert valid("baseline", json.loads(text))
    assert not valid("baseline", json.loads(text) | {"lines": []})


def test_the_manifests_of_the_fixtures():
    files = sorted((ROOT / "fixtures").rglob("*.disclint.toml"))
    assert len(files) >= 2
    assert [f.name for f in files if not valid("manifest", tomllib.loads(f.read_text("utf-8")))] == []


def test_the_schema_of_profiles_takes_the_shipped_ones_and_no_others():
    folder = ROOT / "linter/policy/profiles"
    profiles = {name: tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in shipped()}
    assert [name for name, data in profiles.items() if not valid("profile", data)] == []
    strict = profiles["strict"]
    for wrong in ({"treshold": 5}, {"threshold": "9"}, {"threshold": 0}, {"audiences": ["all"]}, {"source": []}):
        assert not valid("profile", strict | wrong)
    assert not valid("profile", {k: v for k, v in strict.items() if k != "verified"})


# What a JSON schema can't say.
BY_MODEL_ONLY = (
    "declared twice",
    "needs the URNs",
    "no empty part",
    "a path below",
    "write folders",
    "of its own",
    "without a time",
)


WRONG = [("manifest", *w) for w in test_strict.WRONG_MANIFESTS] + [("config", *w) for w in test_strict.WRONG_CONFIGS]
SAID_BY_SCHEMA = [
    (kind, text)
    for kind, text, said in WRONG
    if not any(words in said for words in BY_MODEL_ONLY) and "embargo_until" not in text  # to a schema dates are text
]


@pytest.mark.parametrize(("kind", "text"), SAID_BY_SCHEMA)
def test_an_editor_refuses_what_the_program_refuses(kind, text):
    assert not valid(kind, tomllib.loads(text))


def test_the_command_lines_exist():
    known = generate.commands()
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            for line in block.replace("\\\n", " ").strip().splitlines():
                words = shlex.split(line)
                assert words[0] == "disclint"
                assert words[1].startswith("-") or f"## disclint {words[1]}" in known
                assert all(word in known for word in words if word.startswith("--"))


def test_dates_of_examples_are_dates():
    assert any(
        isinstance(v, dt.date)
        for _, k, t in EXAMPLES
        if k == "manifest"
        for v in tomllib.loads(t).get("legal", {}).values()
    )
