"""Every document by the schema of its format: ours, and where it is at hand the standard's own."""

from __future__ import annotations

import json
import os
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree

from linter.reporters.github import GithubReporter
from linter.reporters.gitlab import GitlabReporter
from linter.reporters.interface import Style
from linter.reporters.json_ import JsonReporter
from linter.reporters.jsonl import JsonLinesReporter
from linter.reporters.junit import JunitReporter
from linter.reporters.remarks import Checkout
from linter.reporters.sarif import SarifReporter
from linter.rules import load_rules
from tests.reporters import factory

HERE = Path(__file__).parent
STANDARD = "DISCLINT_SARIF_SCHEMA"
CHECKOUT = Checkout(Path.cwd(), Path.cwd())
STYLE = Style(80)
RUNS = {
    "nothing": factory.run(),
    "every outcome": factory.run(
        factory.result(), factory.clean_result(), factory.unreadable_result(), factory.drawn_result()
    ),
    "one workbook twice": factory.run(factory.result(), factory.result()),
    "many": factory.run(factory.large_result(12, side=4)),
    **{f"hostile {i}": factory.run(factory.hostile_result(text)) for i, text in enumerate(factory.HOSTILE)},
}


@cache
def schema(file: Path) -> jsonschema.protocols.Validator:
    document = json.loads(file.read_text("utf-8-sig"))
    found = jsonschema.validators.validator_for(document)
    found.check_schema(document)
    return found(document)


def shipped(name: str) -> dict[str, Any]:
    return json.loads(resources.files("linter.reporters").joinpath("schemas", name).read_text("utf-8"))


@pytest.fixture(params=list(RUNS))
def run(request):
    return RUNS[request.param]


def test_json(run) -> None:
    jsonschema.Draft202012Validator(shipped("check-v1.schema.json")).validate(json.loads(JsonReporter().render(run)))


def test_json_lines(run) -> None:
    whole = shipped("check-v1.schema.json")
    line = jsonschema.Draft202012Validator({"$ref": "#/$defs/workbook", "$defs": whole["$defs"]})
    lines = JsonLinesReporter().render(run).splitlines()
    assert len(lines) == len(run.results)
    for text in lines:
        line.validate(json.loads(text))


def test_gitlab(run) -> None:
    issues = json.loads(GitlabReporter(CHECKOUT).render(run))
    schema(HERE / "gitlab.schema.json").validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_junit(run) -> None:
    document = etree.fromstring(JunitReporter(STYLE, CHECKOUT).render(run).encode())
    etree.XMLSchema(etree.parse(HERE / "junit.xsd")).assertValid(document)


def test_sarif_as_we_write_it(run) -> None:
    document = json.loads(SarifReporter(load_rules(), CHECKOUT).render(run))
    schema(HERE / "sarif-subset.schema.json").validate(document)


def test_sarif_by_the_standard() -> None:
    """The schema of errata 01, as Microsoft's SARIF Multitool carries it; ``.ci/run`` fetches it."""
    file = os.environ.get(STANDARD)
    if not file:
        pytest.skip(f"the schema of SARIF is not at hand: {STANDARD} doesn't name it")
    standard = json.loads(Path(file).read_text("utf-8-sig"))
    assert "status" in standard["definitions"]["suppression"]["properties"], "not that of errata 01"
    for run in RUNS.values():
        schema(Path(file)).validate(json.loads(SarifReporter(load_rules(), CHECKOUT).render(run)))


def test_github_never_says_more_than_it_shows(run) -> None:
    lines = GithubReporter(STYLE, CHECKOUT).render(run).splitlines()
    for level in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{level} ") for line in lines) <= 10
