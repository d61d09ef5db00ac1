import json

import pytest


def test_rules_as_text(disclint, fake) -> None:
    outcome = disclint("rules")
    assert outcome.code == 0
    assert "SC001  small-count     error     stable   A count of people is small." in outcome.out
    assert "4 rules." in outcome.out


def test_rules_as_json(disclint, fake) -> None:
    document = json.loads(disclint("rules", "--output-format", "json").out)
    assert [rule["code"] for rule in document["rules"]] == ["DR001", "ME001", "SC001", "SC002"]
    assert document["rules"][1]["coverage"] is True
    assert document["rules"][3]["status"] == "preview"


@pytest.mark.parametrize("wanted", ["SC001", "sc001", "small-count"])
def test_explain_by_code_or_name(disclint, fake, wanted) -> None:
    outcome = disclint("explain", wanted)
    assert outcome.code == 0
    assert "SC001 small-count" in outcome.out
    assert "Every cell." in outcome.out
    assert "##" not in outcome.out


def test_explain_in_other_formats(disclint, fake) -> None:
    markdown = disclint("explain", "SC001", "--output-format", "markdown").out
    assert markdown.startswith("# SC001 small-count\n")
    assert "## What it checks\nEvery *cell*." in markdown
    document = json.loads(disclint("explain", "SC001", "--output-format", "json").out)
    assert document["summary"] == "A count of people is small."
    assert document["doc"].endswith("Every *cell*.")


@pytest.mark.parametrize(
    ("wanted", "hint"), [("SC01", "SC001"), ("smal-count", "small-count"), ("ZZ9", "disclint rules")]
)
def test_an_unknown_rule_gets_a_hint(disclint, fake, wanted, hint) -> None:
    outcome = disclint("explain", wanted)
    assert (outcome.code, outcome.out) == (2, "")
    assert hint in outcome.err
    assert outcome.err.count("\n") == 1
