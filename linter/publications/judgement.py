"""What the audit of published tables means: findings, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field

from linter.findings import Confidence, EvidenceValue, Severity
from linter.policy.masking import band
from linter.policy.profile import Profile
from linter.publications.audit import TableAudit
from linter.publications.symbols import NOT_APPLICABLE
from linter.records import dataclass
from linter.text import listing, plural

_OWN_MEANING = frozenset({"low", "k", "u", "[low]", "[u]"})


@dataclass(frozen=True, slots=True)
class TableFinding:
    """One finding on a table, or on several together (``table`` None)."""

    rule: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    fix: str
    table: int | None = None
    evidence: dict[str, EvidenceValue] = field(default_factory=dict)


def findings(audit: TableAudit, profile: Profile) -> list[TableFinding]:
    """Everything that is wrong with the tables, worst first."""
    found = [*_recoverable(audit), *_against(audit), *_narrow(audit, profile), *_small(audit, profile)]
    found += [*_symbols(audit, profile), *_unrounded(audit, profile)]
    return sorted(found, key=lambda f: (-f.severity, f.rule))


def _recoverable(audit: TableAudit) -> Iterator[TableFinding]:
    own = [r for r in audit.recoverable if not r.only_with_others]
    if not own:
        return
    hidden = sum(int(t.hidden.sum()) for t in audit.tables)
    one = len(audit.tables) == 1
    rule, name = ("SU001", "recoverable-in-visual") if one else ("SU002", "recoverable-across-visuals")
    where = "from what it shows" if one else "from the tables together"
    yield TableFinding(
        rule, name, Severity.ERROR, Confidence.HIGH,
        f"{plural(len(own), 'hidden figure')} of {hidden:,} {'follows' if len(own) == 1 else 'follow'} {where}.",
        _mend(audit), evidence={"recoverable": len(own), "hidden": hidden, "mend_cells": _cells(audit)},
    )  # fmt: skip


def _mend(audit: TableAudit) -> str:
    advice = "Hide a second figure beside each one in its row and column of totals, with the same symbol"
    if audit.mend == () and audit.by_percentage:
        return "Hide the percentage of every hidden count as well, or merge categories."
    if audit.mend is not None:
        number = plural(len(audit.mend), "further figure")
        advice += f": hiding {number} as well would do (a plan that passes the audit, not the smallest)"
    if audit.by_percentage:
        advice += ", and hide the percentage of every hidden count"
    return f"{advice}; or merge categories, or leave out the totals."


def _cells(audit: TableAudit) -> int | None:
    return None if audit.mend is None else len(audit.mend)


def _against(audit: TableAudit) -> Iterator[TableFinding]:
    leaked = [r for r in audit.recoverable if r.only_with_others]
    if leaked:
        many = "follow" if len(leaked) > 1 else "follows"
        yield TableFinding(
            "SU006", "recoverable-against-published", Severity.ERROR, Confidence.HIGH,
            f"{plural(len(leaked), 'hidden figure')} {many} together with what has been published.",
            "Hide what the other publication gives away, or publish at the grain it has.",
            evidence={"recoverable": len(leaked)},
        )  # fmt: skip


def _narrow(audit: TableAudit, profile: Profile) -> Iterator[TableFinding]:
    if not audit.narrow:
        return
    pinned = sum(1 for n in audit.narrow if n.low == n.high)
    more = f", {pinned:,} of them exactly" if pinned else ""
    yield TableFinding(
        "SU003", "narrow-interval", Severity.ERROR if pinned else Severity.WARNING, Confidence.HIGH,
        f"{plural(len(audit.narrow), 'hidden figure')} can be placed within fewer than {profile.width} values{more}.",
        "Hide further figures beside them, larger ones, or merge categories.",
        evidence={"narrow": len(audit.narrow), "pinned": pinned},
    )  # fmt: skip


def _small(audit: TableAudit, profile: Profile) -> Iterator[TableFinding]:
    for i, (count, table) in enumerate(zip(audit.small, audit.tables, strict=True)):
        if count:
            yield TableFinding(
                "SC001", "small-count", Severity.ERROR if profile.fails else Severity.WARNING, Confidence.MEDIUM,
                f"{plural(count, 'figure')} of {table.values.size:,} {'is' if count == 1 else 'are'} "
                f"{band(1, profile)} and shown.",
                f"Suppress them with {listing(list(profile.symbols.suppressed)) or 'a symbol'}, and further figures "
                "so that none follows.", i, {"small": count, "threshold": profile.threshold},
            )  # fmt: skip


def _symbols(audit: TableAudit, profile: Profile) -> Iterator[TableFinding]:
    legacy = {s.casefold() for s in profile.symbols.legacy}
    for i, table in enumerate(audit.tables):
        used: Counter[str] = Counter()
        for symbol, times in table.symbols.items():
            if symbol.casefold() not in NOT_APPLICABLE | _OWN_MEANING:
                used[symbol] += times
        old = sorted(s for s in used if s.casefold() in legacy or s == "blank")
        if len(used) < 2 and not old:
            continue
        reasons = []
        if len(used) > 1:
            several = listing(sorted(used), 6)
            reasons.append(f"{len(used)} symbols hide figures ({several}), so that readers may tell why")
        if old:
            reasons.append(f"{listing(old, 6)} {'is' if len(old) == 1 else 'are'} out of use")
        yield TableFinding(
            "SU005", "telling-symbols", Severity.WARNING, Confidence.MEDIUM, f"{'; '.join(reasons)}.",
            "Use one symbol for primary and secondary suppression: "
            f"{listing(list(profile.symbols.suppressed)) or 'c'}.",
            i, {"symbols": tuple(sorted(used))},
        )  # fmt: skip


def _unrounded(audit: TableAudit, profile: Profile) -> Iterator[TableFinding]:
    if profile.rounding is None:
        return
    base = profile.rounding.base
    for i, table in enumerate(audit.tables):
        shown = table.values[~table.hidden]
        odd = int((shown % base != 0).sum())
        if odd:
            yield TableFinding(
                "SC007", "unrounded", Severity.WARNING, Confidence.HIGH,
                f"{plural(odd, 'figure')} of {len(shown):,} {'is' if odd == 1 else 'are'} not rounded to {base}.",
                f"Round every figure to {base}, totals on their own.", i, {"unrounded": odd, "base": base},
            )  # fmt: skip
