"""What the README promises can be done as it stands there."""

import re
import tomllib
from pathlib import Path

import pytest

from docs import generate

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PROSE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def powershell(line):
    """The same line in PowerShell 5, which has no ``&&``."""
    line = re.sub(r"\.venv/bin/(\w+)", r".venv\\Scripts\\\1", line.replace("python3", "python"))
    return line.replace(" && ", "; ")


def test_two_lines_set_it_up_and_test_it():
    setup, test = blocks("sh")[:2]
    assert setup.count("\n") == test.count("\n") == 1
    assert re.fullmatch(
        r"python3 -m venv \.venv && \.venv/bin/pip install .* && \.venv/bin/disclint check .*", setup.strip()
    )
    assert re.fullmatch(r"\.venv/bin/pip install .*\[dev\].* && \.venv/bin/pytest .*", test.strip())


def test_powershell_does_the_same():
    assert blocks("powershell")[:2] == [powershell(line) for line in blocks("sh")[:2]]


def test_the_lines_name_what_is_there():
    named = re.findall(r"[\w/.-]+\.(?:twbx|pbix|lock)\b", "".join(blocks("sh")[:2]))
    assert len(named) == 3  # the lock twice, one workbook
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    assert [t for t in targets if "://" not in t and not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_headings_that_are_there(page):
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text("utf-8")):
        if "://" not in target:
            text = (page.parent / target if target else page).read_text("utf-8")
            assert anchor in {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def slug(heading):
    """The anchor that GitHub and GitLab give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_links_elsewhere_are_safe_and_no_wider_than_needed():
    addresses = {a for page in PROSE for a in re.findall(r"\]\((\w+://[^)\s]+)", page.read_text("utf-8"))}
    assert [a for a in addresses if not a.startswith("https://")] == []


def test_every_page_is_reached_from_the_index():
    index = (ROOT / "docs/index.md").read_text("utf-8")
    pages = [p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")]
    unreached = [p for p in pages if not p.startswith("rules/") and p not in {"index.md", "examples/report.md"}]
    assert [p for p in unreached if f"({p})" not in index] == []
    assert "(docs/index.md)" in README


def test_options_and_commands_exist():
    known = generate.commands()
    said = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert sorted(option for option in said if option not in known) == []
    code = "\n".join([*re.findall(r"`([^`\n]+)`", README), *blocks("sh")])
    commands = set(re.findall(r"\bdisclint ([a-z]+)", code))
    assert {"check", "cells", "explain"} <= commands
    assert sorted(name for name in commands if f"## disclint {name}\n" not in known) == []


def test_lock_pins_everything_that_is_declared():
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [p for p in pins if not re.fullmatch(r"[\w.-]+==[\w.]+(; python_version >= \"3\.\d+\")?", p)] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    wanted = {normal(re.match(r"[\w.-]+", requirement)[0]) for requirement in declared}
    assert sorted(wanted - {normal(pin.partition("==")[0]) for pin in pins}) == []


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()
