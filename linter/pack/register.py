"""One row for the register of releases: the header is the same for every workbook and stays so.

What a spreadsheet would take for a formula is defused: texts come from workbooks and manifests.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from linter import __version__
from linter.findings import Severity
from linter.policy.declaration import Declaration
from linter.reporters.reading import NOT_CHECKED, open_findings, suppressed_findings
from linter.text import clean, inert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.pack.record import Checked

COLUMNS = (
    "workbook", "sha256", "kind", "title", "version", "owner", "team", "audience", "recipients", "delivery",
    "profile", "profile_verified", "datasets", "vintages", "agreements", "lawful_basis", "dpia", "dpia_date",
    "delete_by", "prepared_by", "approved_by", "approved_on", "status", "complete", "errors", "warnings", "notes",
    "accepted", "visuals", "not_checked", "rules_left_out", "checked_on", "disclint",
)  # fmt: skip
"""New columns are added at the end only: a register is kept for years."""

_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def register(checked: Checked) -> str:
    """The header and the row. Begins with a byte order mark, without which Excel misreads names."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    values = row(checked)
    writer.writerow([safe(values[column]) for column in COLUMNS])
    return _BYTE_ORDER_MARK + stream.getvalue()


def safe(value: object) -> str:
    """A cell that no spreadsheet evaluates."""
    return "" if value is None else inert(clean(str(value), 1000))


def row(checked: Checked) -> dict[str, object]:
    """The cells by column. ``status`` is that of the JSON report: pass or fail by --fail-on."""
    result, policy = checked.result, checked.settled.policy
    said = policy.declaration or Declaration("")
    found, coverage = open_findings(result), result.coverage
    counts = {s: sum(f.severity == s for f in found) for s in Severity}
    return {
        "workbook": checked.name,
        "sha256": result.sha256,
        "kind": result.kind,
        "title": said.title,
        "version": said.version,
        "owner": said.owner,
        "team": said.team,
        "audience": result.audience,
        "recipients": _joined((*said.recipients, *said.urns)),
        "delivery": result.delivery,
        "profile": result.profile,
        "profile_verified": _yes(fact=policy.profile.verified),
        "datasets": _joined(s.dataset for s in said.sources),
        "vintages": _joined(s.vintage for s in said.sources),
        "agreements": _joined(s.agreement for s in said.sources),
        "lawful_basis": said.lawful_basis,
        "dpia": said.dpia_ref,
        "dpia_date": said.dpia_date,
        "delete_by": said.delete_by,
        "prepared_by": said.prepared_by,
        "approved_by": said.approved_by,
        "approved_on": said.approved_on,
        "status": "fail" if result.fails(checked.run.fail_on) else "pass",
        "complete": _yes(fact=result.complete),
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "notes": counts[Severity.NOTE],
        "accepted": len(suppressed_findings(result)),
        "visuals": coverage.visuals,
        "not_checked": sum(coverage.by_status.get(s, 0) for s in NOT_CHECKED),
        "rules_left_out": _joined(checked.left_out),
        "checked_on": checked.day,
        "disclint": __version__,
    }


def _joined(texts: Iterable[str]) -> str:
    """Each text once, in order."""
    return "; ".join(dict.fromkeys(t for t in texts if t))


def _yes(*, fact: bool) -> str:
    return "yes" if fact else "no"
