"""One workbook -> its result: read, count, judge. Whatever fails is said and makes it incomplete."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from linter.archive import Archive
from linter.cells.evaluate import evaluate
from linter.cells.loading import Loader
from linter.cells.units import Declared
from linter.data.process import MEMORY_LIMIT, DataProcess
from linter.errors import DataProcessFailed, Unreadable, UsageError
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.model import Tool, UnreadPart, Workbook
from linter.policy.audience import Audience, Delivery
from linter.policy.decision import Policy
from linter.policy.profile import DEFAULT, load_profile
from linter.results import WorkbookResult
from linter.rules import Context, Rule
from linter.text import clean

TABLEAU = frozenset({".twb", ".twbx", ".tds", ".tdsx"})
Progress = Callable[[str], None]
Choice = TypeVar("Choice", Audience, Delivery)


@dataclass(frozen=True, slots=True)
class LintOptions:
    """What the command line and the configuration say about a run.

    ``timeout`` is seconds per request to the data process, ``memory`` bytes it may use.
    """

    audience: str | None = None
    delivery: str | None = None
    profile: str | None = None
    units: tuple[str, ...] = ()
    count_fields: tuple[str, ...] = ()
    not_people: tuple[str, ...] = ()
    as_of: dt.date | None = None
    timeout: float = 300.0
    memory: int = MEMORY_LIMIT

    def policy(self) -> Policy:
        """The policy in force, with what had to be assumed.

        Raises:
            UsageError: no such audience, delivery or profile, or a profile not meant for the audience.
        """
        assumptions = []
        if self.audience is None:
            assumptions.append("audience")
        if self.delivery is None:
            assumptions.append("delivery")
        audience = member(Audience, self.audience or Audience.PUBLIC, "an audience")
        delivery = member(Delivery, self.delivery or Delivery.FILE, "a delivery")
        default = DEFAULT if audience.external else "internal"
        profile = load_profile(self.profile or default)
        if not profile.allows(audience):
            raise UsageError(f"profile {profile.name!r} is not meant for the audience {audience.value!r}")
        return Policy(profile, audience, delivery, tuple(assumptions))

    def declared(self) -> Declared:
        """What the owner declared about units."""
        return Declared(self.units, self.count_fields, self.not_people)


def lint(path: Path, options: LintOptions, rules: tuple[Rule, ...], progress: Progress | None = None) -> WorkbookResult:
    """Read, recompute and judge one workbook.

    Raises:
        UsageError: the options are wrong. Nothing else: bad input is a finding.
    """
    policy = options.policy()
    started = time.monotonic()
    result = _recompute(path, options, policy, progress)
    if result.workbook is not None and result.evidence is not None:
        if progress:
            progress("applying the rules")
        context = Context(result.workbook, result.evidence, policy)
        result = replace(result, findings=_judge(context, rules))
    return replace(result, seconds=time.monotonic() - started)


def recompute(path: Path, options: LintOptions, progress: Progress | None = None) -> WorkbookResult:
    """The same without rules: only what the data say."""
    return _recompute(path, options, options.policy(), progress)


def _recompute(path: Path, options: LintOptions, policy: Policy, progress: Progress | None) -> WorkbookResult:
    shell = WorkbookResult(
        path=str(path), kind=_tool(path), sha256="", audience=policy.audience.value, delivery=policy.delivery.value,
        profile=policy.profile.name, assumptions=policy.assumptions, findings=(), threshold=policy.profile.threshold,
    )  # fmt: skip
    try:
        shell = replace(shell, sha256=_digest(path))
        with DataProcess(timeout=options.timeout, memory=options.memory) as process:
            workbook = _distinct_visuals(_read(path, shell.sha256, process, progress))
            if progress:
                progress("counting people")
            loader = Loader(workbook, path, process)
            evidence = evaluate(loader, options.declared(), options.as_of or dt.date.today())  # noqa: DTZ011 - the reader's own day
        return replace(shell, workbook=workbook, evidence=evidence)
    except Unreadable as error:
        return replace(shell, findings=(_unreadable(error),))
    except DataProcessFailed as error:
        return replace(shell, findings=(_unreadable(Unreadable(str(error))),))
    except RecursionError:
        return replace(shell, findings=(_unreadable(Unreadable("it is nested too deeply to be read")),))
    except Exception as error:  # noqa: BLE001 - one bad file must not end the run, and messages may quote it
        return replace(shell, findings=(_failed(error),), internal_error=True)


def _read(path: Path, digest: str, process: DataProcess, progress: Progress | None) -> Workbook:
    """Parse the workbook; of a Power BI file, the model's metadata come from the data process."""
    if progress:
        progress("reading")
    if _tool(path) == "tableau":
        from linter.parsers.tableau import read  # noqa: PLC0415 - heavy, and one tool needs one reader

        workbook = read(path, digest)
        if any(t.store for s in workbook.sources for t in s.tables):
            try:
                process.open_hyper()
            except (DataProcessFailed, Unreadable) as error:
                workbook = replace(
                    workbook, unread=(*workbook.unread, UnreadPart("extracts", str(error), blocks_data=True))
                )
        return workbook
    from linter.parsers.powerbi import read as read_powerbi

    metadata: dict[str, Any] | Unreadable | None = None
    if _has_model(path):
        try:
            metadata = process.open_model(path)
        except DataProcessFailed as error:
            metadata = Unreadable(str(error), part="DataModel")
        except Unreadable as error:
            metadata = error
    return read_powerbi(path, digest, metadata)


def _distinct_visuals(workbook: Workbook) -> Workbook:
    """Old files repeat or lack the ids of visuals; results are kept by id, so each needs its own."""
    seen: dict[str, int] = {}
    visuals = []
    for visual in workbook.visuals:
        seen[visual.id] = seen.get(visual.id, 0) + 1
        times = seen[visual.id]
        visuals.append(visual if times == 1 else replace(visual, id=f"{visual.id}~{times}"))
    return replace(workbook, visuals=tuple(visuals))


def _has_model(path: Path) -> bool:
    if path.suffix.lower() == ".abf":
        return True
    if path.is_dir():
        return False
    with Archive.open(path) as archive:
        return archive.find("DataModel") is not None


def _judge(context: Context, rules: tuple[Rule, ...]) -> tuple[Finding, ...]:
    """Run every rule; one that crashes is a finding itself and never silences the others."""
    findings: list[Finding] = []
    for rule in rules:
        try:
            findings += list(rule.check(context))
        except Exception as error:  # noqa: BLE001 - rules may come from third parties
            findings.append(_crashed(rule, error))
    return tuple(sorted(findings, key=lambda f: f.sort_key))


def _crashed(rule: Rule, error: Exception) -> Finding:
    return Finding(
        "ME003", "rule-crashed", Severity.ERROR, Confidence.HIGH,
        f"Rule {rule.code} failed ({type(error).__name__}), so what it checks was not checked.",
        Location(part=""), "Report this with the file's structure, never with its data.",
        evidence={"crashed": rule.code}, fields=(rule.code,), coverage=True,
    )  # fmt: skip


def _failed(error: Exception) -> Finding:
    """An error of disclint itself on one file: where it happened, and nothing of the file."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    return Finding(
        "ME003", "rule-crashed", Severity.ERROR, Confidence.HIGH,
        f"disclint failed on this file ({type(error).__name__} at {where}), so nothing of it was checked.",
        Location(part=""), "Report this with the file's structure, never with its data.",
        evidence={"error": type(error).__name__, "where": where}, coverage=True,
    )  # fmt: skip


def _unreadable(error: Unreadable) -> Finding:
    return Finding(
        "ME001", "part-unread", Severity.ERROR, Confidence.HIGH,
        f"The file can't be read: {clean(error.reason)}.", Location(part=clean(error.part)),
        error.fix or "Open it in its own tool, save it again and check the result.", coverage=True,
    )  # fmt: skip


def _tool(path: Path) -> Tool:
    return "tableau" if path.suffix.lower() in TABLEAU else "powerbi"


def member(kind: type[Choice], value: str, what: str) -> Choice:
    """The member of an enumeration by its value.

    Raises:
        UsageError: no such member; the message lists those there are.
    """
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"{value!r} is not {what}: choose one of {', '.join(m.value for m in kind)}") from None


def _digest(path: Path) -> str:
    """SHA-256 of a file; of a project folder, over its files' names and contents."""
    total = hashlib.sha256()
    try:
        if path.is_dir():
            for file in sorted(p for p in path.rglob("*") if p.is_file()):
                total.update(file.relative_to(path).as_posix().encode() + b"\0")
                total.update(hashlib.sha256(file.read_bytes()).digest())
        else:
            with path.open("rb") as stream:
                while block := stream.read(1 << 20):
                    total.update(block)
    except FileNotFoundError:
        raise Unreadable("there is no such file") from None
    except OSError as error:
        raise Unreadable(f"the file can't be opened ({error.strerror})") from None
    return total.hexdigest()
