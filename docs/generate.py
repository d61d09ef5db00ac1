"""Write the generated pages: ``python docs/generate.py [--check]``.

The pages come from the program itself: the rules' docstrings, the profiles, the text of ``--help``,
the picture of a report and the examples. ``--check`` writes nothing and exits 1 if a page is not up to date.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from unittest import mock

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

import checks
from linter import cli
from linter.policy.profile import Profile, Source, load_profile, shipped
from linter.reporters.catalogue import page_markdown
from linter.rules import Rule, code_order

HERE = Path(__file__).resolve().parent
PICTURED = "fixtures/tableau/wrong/northmere_ks4.twbx"
PICTURE = "images/check.svg"
COLUMNS = 100
EXAMPLES = {"html": "report.html", "markdown": "report.md", "concise": "report.txt", "json": "report.json",
            "sarif": "report.sarif"}  # fmt: skip
"""Reports on the pictured workbook, by format."""

FAMILIES = {
    "SC": "Small counts",
    "SU": "Suppression",
    "DR": "Drill-down and single persons",
    "NPD": "National Pupil Database",
    "EX": "Exposure: what the file carries",
    "MF": "Declarations",
    "ME": "Coverage: what was not checked",
}

_RULES_HEAD = """\
# Rules

Severity is that for the public by file; the audience and the delivery can lower it, never raise it.
`disclint explain CODE` shows the same pages offline.
"""
_PROFILES_HEAD = """\
# Profiles

A profile is the risk appetite of one body of guidance, as data. Where nobody says, readers outside the
authority are judged by `strict` and internal ones by `internal`. A profile whose source was not read at
its publisher's is marked as not verified.
"""


def pages() -> dict[str, Callable[[], str]]:
    """How to write each generated file, by its path below ``docs/``."""
    rules = sorted(checks.RULES, key=lambda rule: code_order(rule.code))
    written: dict[str, Callable[[], str]] = {
        f"rules/{rule.code}.md": functools.partial(page_markdown, rule) for rule in rules
    }
    return written | {
        "rules/index.md": functools.partial(rule_index, rules),
        "cli.md": commands,
        "profiles.md": profiles,
        PICTURE: picture,
        **{f"examples/{file}": functools.partial(example, name) for name, file in EXAMPLES.items()},
    }


def rule_index(rules: Iterable[Rule]) -> str:
    """The table of rules, by family."""
    order = list(FAMILIES)
    parts = [_RULES_HEAD]
    for family, members in groupby(sorted(rules, key=lambda r: order.index(r.family)), key=lambda r: r.family):
        rows = [
            (f"[{r.code}]({r.code}.md)", r.name, r.severity.label, r.confidence.value, r.status, r.since, r.summary)
            for r in members
        ]
        head = ("code", "name", "severity", "confidence", "status", "since", "finds")
        parts.append(f"## {FAMILIES[family]}\n\n{table(head, rows)}")
    return "\n".join(parts)


def commands() -> str:
    """The ``--help`` text of the program and of each command."""
    texts = dict(_helps())
    return "# Commands\n\n" + "\n".join(f"## {name}\n\n```text\n{text.strip()}\n```\n" for name, text in texts.items())


def _helps(*command: str) -> Iterator[tuple[str, str]]:
    """A command with its help, then the commands below it."""
    text = _help(*command)
    yield " ".join(("disclint", *command)), text
    for name in re.findall(r"^  ([a-z-]+) ", text.partition("Commands:\n")[2], re.MULTILINE):
        yield from _helps(*command, name)


def _help(*command: str) -> str:
    """The help of a command as in a terminal of 80 columns, from this process: a start for each takes seconds."""
    kept = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "NO_COLOR"}}
    printed = io.StringIO()
    with mock.patch.dict(os.environ, kept | {"COLUMNS": "80"}, clear=True), contextlib.redirect_stdout(printed):
        code = cli.run([*command, "--help"])
    if code != 0:
        raise ValueError(f"disclint {' '.join(command)} --help ended with {code}")
    return printed.getvalue()


def profiles() -> str:
    """The shipped profiles: their numbers side by side, then the sources of each."""
    known = [load_profile(name) for name in shipped()]
    head = ("", *(f"`{p.name}`" for p in known))
    rows = [(label, *(fact(p) for p in known)) for label, fact in _FACTS.items()]
    return "\n".join([_PROFILES_HEAD, table(head, rows), *(_profile(p) for p in known)])


_FACTS: dict[str, Callable[[Profile], str]] = {
    "small means": lambda p: f"1 to {p.threshold}",
    "small in": lambda p: "; ".join(f"{subject}: 1 to {t}" for subject, t in p.thresholds.items()) or "-",
    "small where a field has the code": lambda p: (
        "; ".join(f"{code}: 1 to {t}" for code, t in p.field_thresholds.items()) or "-"
    ),
    "zeros disclose": lambda p: _yes(p.zeros_disclosive),
    "groups sharing an attribute, below": lambda p: str(p.group_limit),
    "sensitive classes, groups of any size": lambda p: ", ".join(p.sensitive_classes) or "-",
    "least width of a reader's interval": lambda p: str(p.width),
    "parts of a percentage": lambda p: ", ".join(
        part for part in ("numerator", "denominator", "difference") if getattr(p.percentages, part)
    ),
    "decimals of a percentage": lambda p: str(p.percentages.decimals),
    "rounding": lambda p: f"to {p.rounding.base}" if p.rounding else "-",
    "dominance": lambda p: (
        f"{p.dominance.largest} largest above {p.dominance.share:g}%, p {p.dominance.p_percent:g}%"
        if p.dominance
        else "-"
    ),
    "suppression symbol": lambda p: " ".join(f"`{s}`" for s in p.symbols.suppressed),
    "for": lambda p: ", ".join(p.audiences),
    "errors fail": lambda p: _yes(p.fails),
    "source verified": lambda p: _yes(p.verified),
}


def _profile(profile: Profile) -> str:
    extends = f" Extends `{profile.extends}`." if profile.extends else ""
    sources = "".join(f"- {_source(source)}\n" for source in profile.sources)
    return f"## {profile.name}\n\n{profile.title}. {profile.description}{extends}\n\n{sources}"


def _source(source: Source) -> str:
    where = f"<{source.address}>" if "://" in source.address else f"address {source.address}"
    return f"{source.publisher}: {source.title} ({source.date}; {where}; {source.confidence} confidence). {source.says}"


def picture() -> str:
    """The report on a bundled workbook, drawn from the output of the real command."""
    shown = disclint("check", "--color", "always", PICTURED, columns=COLUMNS, ends=1)
    shown = shown.replace(str(Path(PICTURED)), PICTURED)  # the same picture on every system
    console = Console(record=True, file=io.StringIO(), width=COLUMNS, force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(shown))
    svg = console.export_svg(title=f"disclint check {PICTURED}", theme=MONOKAI, unique_id="disclint")
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # nothing is fetched from elsewhere
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def example(name: str) -> str:
    """The report on the bundled workbook in that format."""
    return _examples()[name]


@functools.cache
def _examples() -> dict[str, str]:
    """All of them, from one run of the real command."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, file) for name, file in EXAMPLES.items()}
        asked = [word for name, file in files.items() for word in ("--output", f"{name}={file}")]
        disclint("check", "--quiet", *asked, PICTURED, ends=1)
        return {name: file.read_text("utf-8") for name, file in files.items()}


@functools.cache
def disclint(*arguments: str, columns: int = 80, ends: int = 0) -> str:
    """What the command prints, run from the root of the repository.

    Raises:
        ValueError: it ended with another exit code than ``ends``.
    """
    kept = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "NO_COLOR"}}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "linter", *arguments],
        cwd=HERE.parent,
        env=kept | {"COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    if done.returncode != ends:
        raise ValueError(f"disclint {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return done.stdout


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _yes(fact: bool) -> str:  # noqa: FBT001
    return "yes" if fact else "no"


def leftovers() -> list[str]:
    """Pages of rules that there no longer are."""
    known = pages()
    found = (f"rules/{path.name}" for path in sorted((HERE / "rules").glob("*.md")))
    return [page for page in found if page not in known]


def up_to_date(page: str, text: str) -> bool:
    """Whether the file holds that text."""
    path = HERE / page
    return path.is_file() and path.read_text("utf-8") == text


def main(arguments: list[str]) -> int:
    """Write or compare every page."""
    checking = "--check" in arguments
    changed = [(page, text) for page, write in pages().items() if not up_to_date(page, text := write())]
    for page, text in changed:
        sys.stdout.write(f"{'not up to date' if checking else 'written'}: docs/{page}\n")
        if not checking:
            (HERE / page).parent.mkdir(parents=True, exist_ok=True)
            (HERE / page).write_text(text, "utf-8", newline="\n")
    gone = leftovers()
    for page in gone:
        sys.stdout.write(f"{'left over' if checking else 'removed'}: docs/{page}\n")
        if not checking:
            (HERE / page).unlink()
    return int(checking and bool(changed or gone))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
