"""One workbook -> its result: read, count, judge. Whatever fails is said and makes it incomplete."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import importlib
import time
import traceback
from collections.abc import Callable
from dataclasses import field, replace
from pathlib import Path
from threading import Thread
from typing import Any

from linter.cells.evaluate import evaluate
from linter.cells.loading import Loader
from linter.cells.reachable import Wanted
from linter.cells.supplied import Supplied, supply
from linter.cells.units import Declared
from linter.config.files import Request
from linter.config.resolve import Settled, for_fields, settle
from linter.config.strictest import Given
from linter.data.launch import MEMORY_LIMIT
from linter.data.process import DataProcess
from linter.errors import DataProcessFailed, Unreadable, UsageError
from linter.evidence import Evidence
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.model import Tool, UnreadPart, Workbook
from linter.parsers.tables import Asked, is_table, read_tables, sheet_of
from linter.places import located
from linter.policy.decision import Policy
from linter.policy.profile import Profile
from linter.policy.recipients import not_own_school, own_school
from linter.publications.packs import is_pack, workbook_of
from linter.publications.record import PublishedTable
from linter.records import dataclass
from linter.results import WorkbookResult
from linter.rules import Context, Rule
from linter.suppress.accept import accept
from linter.text import clean

TABLEAU = frozenset({".twb", ".twbx", ".tds", ".tdsx"})
PACKAGED = frozenset({".twbx", ".tdsx"})  # those that hold rows
TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods"})
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LintOptions:
    """What the command line says about a run; manifests and configuration may ask for more.

    ``no_ignores``: waivers and baseline don't count; ``no_baseline``: only the baseline doesn't.
    ``data`` are rows for sources whose own are not in the file. ``timeout`` is seconds per request to
    the data process, ``memory`` bytes it may use. ``against``: workbooks and tables published already.
    ``reach``: how many fields a reader may turn at once.
    """

    audience: str | None = None
    delivery: str | None = None
    profile: str | None = None
    units: tuple[str, ...] = ()
    count_fields: tuple[str, ...] = ()
    not_people: tuple[str, ...] = ()
    as_of: dt.date | None = None
    data: tuple[Supplied, ...] = ()
    config: Request = field(default_factory=Request)
    no_ignores: bool = False
    no_baseline: bool = False
    timeout: float = 300.0
    memory: int = MEMORY_LIMIT
    against: tuple[Path, ...] = ()
    reach: int | None = None

    def settled(self, path: Path) -> Settled:
        """What is in force for a workbook, with what had to be assumed.

        Raises:
            UsageError: a configuration or manifest is not valid; no such audience, delivery or profile;
                a profile not meant for the audience.
        """
        given = Given(
            self.audience, self.delivery, self.profile, self.units, self.count_fields, self.not_people, self.as_of,
            self.reach,
        )  # fmt: skip
        return settle(path, given, self.config)


def lint(path: Path, options: LintOptions, rules: tuple[Rule, ...], progress: Progress | None = None) -> WorkbookResult:
    """Read, recompute and judge one workbook.

    Raises:
        UsageError: the options or a configuration are wrong. Nothing else: bad input is a finding.
    """
    settled = options.settled(path)
    started = time.monotonic()
    result = _recompute(path, options, settled, progress, rules)
    if result.workbook is not None and result.evidence is not None:
        if progress:
            progress("applying the rules")
        policy = for_fields(settled, result.workbook).policy
        policy = _for_recipients(policy, result.workbook, result.evidence)
        shared = {"against": tuple(p for other in options.against for p in _published(other, options, progress))}
        findings = _judge(Context(result.workbook, result.evidence, policy, shared), rules)
        findings = located(findings, result.workbook)
        if not (options.no_ignores or options.config.isolated):
            codes = frozenset(r.code for r in rules)
            findings = accept(
                findings, settled.acceptance, policy, codes,
                workbook=result.workbook, baseline=not options.no_baseline,
            )  # fmt: skip
        result = replace(result, findings=findings)
    return replace(result, seconds=time.monotonic() - started)


def recompute(path: Path, options: LintOptions, progress: Progress | None = None) -> WorkbookResult:
    """The same without rules: only what the data say."""
    return _recompute(path, options, options.settled(path), progress)


def published_file(path: Path) -> Path:
    """The file behind what ``--against`` names: the book of a worksheet, the workbook of a pack.

    Raises:
        UsageError: the workbook of a pack is not there any more, or has changed.
    """
    return workbook_of(path, digest) if is_pack(path) else sheet_of(path)[0]


def _published(path: Path, options: LintOptions, progress: Progress | None) -> tuple[PublishedTable | Context, ...]:
    """What was published before: tables, or a workbook as it was given away, itself or by its pack.

    Raises:
        UsageError: it can't be read: a comparison that was asked for must not be left out silently.
    """
    if is_table(path):
        return read_tables(path, Asked())
    path = published_file(path)
    settled = options.settled(path)
    earlier = _recompute(path, options, settled, progress)
    if earlier.workbook is None or earlier.evidence is None:
        raise UsageError(f"--against {path}: it can't be read")
    return (Context(earlier.workbook, earlier.evidence, settled.policy),)


def _left_out(config: Request) -> tuple[str, ...]:
    return ("no manifest, waiver, ignore or baseline counts, as --isolated asks",) if config.isolated else ()


def _for_recipients(policy: Policy, workbook: Workbook, evidence: Evidence) -> Policy:
    """A pack that gives schools their own pupils is judged as such where the data bear that out."""
    declaration = policy.declaration
    if declaration is None or not own_school(declaration, policy.audience):
        return policy
    return replace(policy, own_school=not not_own_school(declaration, workbook, evidence))


def _recompute(
    path: Path, options: LintOptions, settled: Settled, progress: Progress | None, rules: tuple[Rule, ...] = ()
) -> WorkbookResult:
    policy = settled.policy
    declared = Declared(settled.units, settled.count_fields, settled.not_people)
    shell = WorkbookResult(
        path=str(path), kind=_tool(path), sha256="", audience=policy.audience.value, delivery=policy.delivery.value,
        profile=policy.profile.name,
        assumptions=(*policy.assumptions, *(s.told for s in options.data), *_left_out(options.config)),
        findings=(), threshold=policy.profile.threshold,
        configuration=settled.facts, scale=policy.profile,
    )  # fmt: skip
    try:
        shell = replace(shell, sha256=digest(path))
        with DataProcess(path, timeout=options.timeout, memory=options.memory) as process:
            workbook = _distinct_visuals(_read(path, shell.sha256, options.data, process, progress))
            Thread(target=_prepare, args=(rules,)).start()  # while the data process is at work
            if progress:
                progress("counting people")
            loader = Loader(workbook, path, process)
            dominance = policy.profile.dominance
            largest = max(2, dominance.largest) if dominance else 0  # the p-percent rule looks at two
            today = options.as_of or dt.date.today()  # noqa: DTZ011 - the reader's own day
            settled = for_fields(settled, workbook)
            profile = settled.policy.profile
            reach = Wanted(profile.threshold, settled.reach, roles=_roles(profile)) if rules else None
            evidence = evaluate(loader, declared, today, largest, reach)
        return replace(
            shell, workbook=loader.workbook, evidence=evidence, threshold=profile.threshold,
            configuration=settled.facts, scale=profile,
        )  # fmt: skip
    except UsageError:
        raise
    except Unreadable as error:
        return replace(shell, findings=(_unreadable(error),))
    except DataProcessFailed as error:
        return replace(shell, findings=(_unreadable(Unreadable(str(error))),))
    except RecursionError:
        return replace(shell, findings=(_unreadable(Unreadable("it is nested too deeply to be read")),))
    except Exception as error:  # noqa: BLE001 - one bad file must not end the run, and messages may quote it
        return replace(shell, findings=(_failed(error),), internal_error=True)


def _prepare(rules: tuple[Rule, ...]) -> None:
    """Import what rules will need. Where that fails, the rule says so when it is asked."""
    for needed in {rule.needs for rule in rules} - {""}:
        with contextlib.suppress(Exception):
            importlib.import_module(needed)


def _roles(profile: Profile) -> frozenset[str]:
    """The parts of a ratio that the profile looks at."""
    parts = profile.percentages
    asked = {"value": True, "numerator": parts.numerator, "denominator": parts.denominator}
    return frozenset(role for role, wanted in asked.items() if wanted)


def _read(
    path: Path, digest: str, data: tuple[Supplied, ...], process: DataProcess, progress: Progress | None
) -> Workbook:
    """Parse the workbook; of a Power BI file, the model's metadata come from the data process."""
    if progress:
        progress("reading")
    if _tool(path) == "tableau":
        if path.suffix.lower() in PACKAGED:
            process.expect_hyper()
        from linter.parsers.tableau import read  # noqa: PLC0415 - heavy, and one tool needs one reader

        workbook = supply(read(path, digest), data)
        if any(t.store for s in workbook.sources for t in s.tables):
            try:
                process.open_hyper()
            except (DataProcessFailed, Unreadable) as error:
                workbook = replace(
                    workbook, unread=(*workbook.unread, UnreadPart("extracts", str(error), blocks_data=True))
                )
        return workbook
    from linter.parsers.powerbi import model_file  # noqa: PLC0415
    from linter.parsers.powerbi import read as read_powerbi  # noqa: PLC0415

    metadata: dict[str, Any] | Unreadable | None = None
    model = model_file(path)
    if model is not None:
        try:
            metadata = process.open_model(model)
        except DataProcessFailed as error:
            metadata = Unreadable(str(error), part="DataModel")
        except Unreadable as error:
            metadata = error
    workbook = supply(read_powerbi(path, digest, metadata), data)
    if data and not isinstance(metadata, dict):
        process.open_tables()
    return workbook


def _distinct_visuals(workbook: Workbook) -> Workbook:
    """Old files repeat or lack the ids of visuals; results are kept by id, so each needs its own."""
    seen: dict[str, int] = {}
    visuals = []
    for visual in workbook.visuals:
        seen[visual.id] = seen.get(visual.id, 0) + 1
        times = seen[visual.id]
        visuals.append(visual if times == 1 else replace(visual, id=f"{visual.id}~{times}"))
    return replace(workbook, visuals=tuple(visuals))


def _judge(context: Context, rules: tuple[Rule, ...]) -> tuple[Finding, ...]:
    """Run every rule; one that crashes is a finding itself and never silences the others."""
    findings: list[Finding] = []
    for rule in rules:
        try:
            findings += list(rule.check(context))
        except Exception as error:  # noqa: BLE001 - rules may come from third parties
            findings.append(_crashed(rule, error))
    known = {f.fingerprint for f in findings}  # a rule may name what follows before it is known to have fired
    kept = (replace(f, related=tuple(r for r in f.related if r in known)) for f in findings)
    return tuple(sorted(kept, key=lambda f: f.sort_key))


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


_PROJECT_PARTS = (".report", ".semanticmodel", ".dataset")


def _project_files(path: Path) -> list[tuple[str, Path]]:
    """The files of a project with their names in it, sorted. A ``.pbip`` only points to the folders beside it."""
    if path.is_dir():
        found = [path]
    else:
        found = [p for p in path.parent.iterdir() if p.is_dir() and p.suffix.lower() in _PROJECT_PARTS]
    root = path if path.is_dir() else path.parent
    files = [p for folder in found for p in folder.rglob("*") if p.is_file()]
    return sorted((p.relative_to(root).as_posix(), p) for p in [*files, *([] if path.is_dir() else [path])])


def digest(path: Path) -> str:
    """SHA-256 of a file; of a project, over its files' names and contents."""
    total = hashlib.sha256()
    try:
        if path.is_dir() or path.suffix.lower() == ".pbip":
            for name, file in _project_files(path):
                total.update(name.encode() + b"\0")
                total.update(hashlib.sha256(file.read_bytes()).digest())
        elif path.exists() and not path.is_file():
            raise Unreadable("this is neither a file nor a folder")  # a pipe would block for ever
        else:
            with path.open("rb") as stream:
                while block := stream.read(1 << 20):
                    total.update(block)
    except FileNotFoundError:
        raise Unreadable("there is no such file") from None
    except OSError as error:
        raise Unreadable(f"the file can't be opened ({error.strerror})") from None
    return total.hexdigest()
