"""What the how-to pages say of CI systems, packs and figures is what there is."""

import json
import re
from pathlib import Path

import pytest
import yaml

from linter.pack.record import FILES

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs/how-to"
YAML = [
    (page.name, text)
    for page in sorted(HOW_TO.glob("*.md"))
    for text in re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
]


def page(name):
    return (HOW_TO / name).read_text("utf-8")


def first_column(text):
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([\w.-]+)`", cell)}


@pytest.mark.parametrize(("name", "text"), YAML, ids=[f"{n}-{i}" for i, (n, _) in enumerate(YAML)])
def test_yaml_examples_are_yaml(name, text):
    assert yaml.safe_load(text)


def test_the_inputs_of_the_action():
    declared = set(yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"])
    assert first_column(page("github.md")) == declared
    (workflow,) = (yaml.safe_load(t) for n, t in YAML if n == "github.md" and "jobs" in t)
    used = workflow["jobs"]["disclint"]["steps"][-1]
    assert used["uses"].startswith("your-organisation/disclint@v")
    assert set(used["with"]) <= declared


def test_the_parameters_of_the_azure_template():
    template = yaml.safe_load((ROOT / "templates/azure-pipelines.yml").read_text("utf-8"))
    declared = {p["name"] for p in template["parameters"]}
    assert first_column(page("azure-devops.md")) == declared
    (example,) = (yaml.safe_load(t) for n, t in YAML if n == "azure-devops.md")
    assert set(example["steps"][-1]["parameters"]) <= declared


def test_the_variables_of_the_gitlab_template():
    declared = set(yaml.safe_load((ROOT / "templates/gitlab-ci.yml").read_text("utf-8"))["variables"])
    assert first_column(page("gitlab.md")) - {"DISCLINT_AUDIENCE"} == declared
    (example,) = (yaml.safe_load(t) for n, t in YAML if n == "gitlab.md" and "include" in t)
    assert set(example["variables"]) == declared


def test_the_hook_of_the_example():
    (config,) = (yaml.safe_load(t) for n, t in YAML if n == "pre-commit.md")
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert config["repos"][0]["hooks"] == [{"id": hook["id"]}]


def test_the_files_of_a_pack():
    assert first_column(page("sign-off.md")) == set(FILES)


def figures():
    """The table of the page, with its column of hidden cells."""
    text = (ROOT / "docs/explanation/two-hidden-cells.md").read_text("utf-8")
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
    return [row for row in rows if "---" not in row[0]]


def test_every_row_and_column_hides_none_or_two():
    body = [row[1:-1] for row in figures()[1:-1]]
    hidden = [[cell == "c" for cell in row] for row in body]
    for line in (*hidden, *zip(*hidden, strict=True)):
        assert sum(line) != 1


def test_and_one_still_follows(disclint, tmp_path):
    """The claim of the page, by the program itself, and the figure that it names."""
    (tmp_path / "t.csv").write_text("".join(",".join(row) + "\n" for row in figures()), "utf-8")
    outcome = disclint(
        "table",
        tmp_path / "t.csv",
        "--dims",
        "school,group",
        "--suppressed",
        "c",
        "--show-values",
        "--output-format",
        "json",
    )
    found = json.loads(outcome.out)
    assert [(r["cell"], r["value"]) for r in found["recoverable"]] == [({"school": "Birch", "group": "Mixed"}, 7)]
    text = (ROOT / "docs/explanation/two-hidden-cells.md").read_text("utf-8")
    assert "Birch, Mixed is 25 - 18 = **7**" in text
