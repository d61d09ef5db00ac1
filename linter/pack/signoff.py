"""The sheet that the data protection officer signs: what is released, to whom, what was not checked, what was found.

All text goes through ``clean``: it comes from the workbook, the manifest and the waivers.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from linter import __version__
from linter.errors import Unreadable
from linter.pack.layout import DECISION, add_footer, add_form, add_table, new_document, printed
from linter.policy.declaration import Declaration
from linter.reporters.reading import (
    fold,
    following,
    name,
    open_findings,
    place,
    sentence,
    suppressed_findings,
    tally,
    unchecked,
    verdict,
)
from linter.reporters.remarks import gap_text
from linter.text import listing, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from docx.document import Document

    from linter.findings import Finding
    from linter.pack.record import Checked
    from linter.policy.declaration import DeclaredSource

ROWS = 200
"""Findings that the sheet lists; the rest is counted and stands in the report."""

_BEYOND = (
    "No program checks whether what was declared is true, whether free text names somebody, or whether the "
    "release is lawful and fair. That is for those who sign."
)


def sheet_bytes(checked: Checked, seal: str) -> bytes:
    """The document, with the seal of the pack it belongs to."""
    document = new_document(f"Disclosure check of {checked.name}", f"disclint {__version__}", checked.day)
    result = checked.result
    outcome = verdict(result, checked.run.fail_on, checked.left_out)
    document.add_heading("Disclosure check before publication", 0)
    document.add_paragraph(checked.name, "Subtitle")
    document.add_paragraph().add_run(outcome.text).bold = True
    document.add_heading("What is released, to whom and why")
    add_table(document, (), list(_facts(checked)), (4.5, 12.5))
    document.add_heading("What was not checked")
    for line in _gaps(checked):
        document.add_paragraph(line, "List Bullet")
    _found(document, open_findings(result))
    _accepted(document, suppressed_findings(result))
    document.add_heading("What this sheet belongs to")
    lines = [("Workbook, SHA-256", result.sha256), ("Pack, seal", seal)]
    add_table(document, (), [*lines, ("Checked on", f"{checked.day} with disclint {__version__}")], (3.4, 13.6))
    document.add_heading(DECISION)
    add_form(document)
    add_footer(document, f"{checked.name}, seal {seal[:16]}")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def sheet_text(content: bytes) -> str:
    """The printed text of a sheet: everything before the decision, which people fill in.

    Raises:
        Unreadable: it is no such document.
    """
    try:
        return printed(content)
    except Unreadable:
        raise
    except Exception as error:  # the reader raises whatever its zip and XML readers do
        raise Unreadable("it can't be read as a document") from error


def _facts(checked: Checked) -> Iterator[tuple[str, str]]:
    """Who, what and why, as declared; what nobody declared is said to be missing."""
    result, policy = checked.result, checked.settled.policy
    said = policy.declaration or Declaration("")
    profile = result.profile if policy.profile.verified else f"{result.profile} (its source is not verified)"
    third = [
        f"{t.name} ({t.role.replace('_', ' ')}{', ' + t.contract if t.contract else ''})" for t in said.third_parties
    ]
    basis = [t for t in (said.lawful_basis, said.article9_condition) if t]
    dpia = " of ".join(str(t) for t in (said.dpia_ref, said.dpia_date) if t)
    pairs = [
        ("Title", " ".join(t for t in (said.title, said.version) if t)),
        ("Owner", ", ".join(t for t in (said.owner, said.team) if t)),
        ("Readers", ": ".join(t for t in (result.audience, _several((*said.recipients, *said.urns))) if t)),
        ("Delivery", result.delivery.replace("_", " ")),
        ("Judged by", f"{profile}; small is 1 to {result.threshold}"),
        ("Data", _several(_source(s) for s in said.sources)),
        ("Lawful basis", "; ".join(basis)),
        ("Impact assessment", dpia),
        ("Third parties", _several(third)),
        ("To be deleted by", str(said.delete_by or "")),
        ("Prepared by", said.prepared_by),
    ]
    for label, text in pairs:
        yield label, sentence(text) or "not declared"


def _source(source: DeclaredSource) -> str:
    origin = (source.origin or "").replace("_", " ")
    facts = (origin, source.dataset, source.vintage, source.release_stage, source.agreement)
    told = ", ".join(f for f in facts if f)
    return f"{source.name}{f' ({told})' if told else ''}"


def _several(texts: Iterable[str]) -> str:
    return listing(list(dict.fromkeys(t for t in texts if t)), 20)


def _gaps(checked: Checked) -> Iterator[str]:
    """What the outcome doesn't speak for, the gravest first."""
    result = checked.result
    gaps = unchecked(result)
    for gap in gaps[:ROWS]:
        yield gap_text(gap) + (f" ({listing(gap.named, 6)})" if gap.places else "")
    if len(gaps) > ROWS:
        yield f"{plural(len(gaps) - ROWS, 'more gap')}: see the report."
    if not gaps:
        yield "Every visual and every part of the file was read and recomputed."
    if checked.left_out:
        yield f"Rules that were left out: {listing([name(code) for code in checked.left_out], 40)}."
    if result.assumptions:
        yield f"Assumed, because nobody declared it: {sentence(listing(list(result.assumptions), 20))}."
    yield _BEYOND


def _found(document: Document, found: list[Finding]) -> None:
    document.add_heading("What was found")
    if not found:
        document.add_paragraph("Nothing.")
        return
    document.add_paragraph("Errors must be mended, warnings decided on, notes known. Numbers of people are bands.")
    causes = fold(found)
    rows = [
        (f.severity.label, f"{name(f.rule)} {name(f.name)}", _where(f), _what(f, more), sentence(f.fix))
        for f, more in causes[:ROWS]
    ]
    add_table(document, ("Severity", "Rule", "Where", "What", "How to mend it"), rows, (2.0, 2.6, 3.2, 4.9, 4.3))
    if len(causes) > ROWS:
        rest = tally(f for cause, more in causes[ROWS:] for f in (cause, *more))
        document.add_paragraph(f"Not listed here: {rest}. They stand in the report.")


def _what(finding: Finding, followers: list[Finding]) -> str:
    """One cause is one row; what follows from it is counted there."""
    said = sentence(finding.message)
    return f"{said} {following(followers)}." if followers else said


def _accepted(document: Document, accepted: list[Finding]) -> None:
    document.add_heading("What was accepted")
    if not accepted:
        document.add_paragraph("Nothing: no waiver, no baseline.")
        return
    rows = [
        (f"{f.severity.label}: {name(f.rule)} {name(f.name)}", _where(f), sentence(f.message), *_excuse(f))
        for f in accepted[:ROWS]
    ]
    head = ("Rule", "Where", "What", "Accepted by, and why", "Until")
    add_table(document, head, rows, (2.8, 3.2, 4.5, 4.3, 2.2))
    if len(accepted) > ROWS:
        document.add_paragraph(f"{plural(len(accepted) - ROWS, 'more accepted finding')}: see the report.")


def _excuse(finding: Finding) -> tuple[str, str]:
    excuse = finding.suppression
    if excuse is None:
        raise ValueError(finding.rule)  # only accepted findings come here
    return f"{excuse.kind}: {sentence(excuse.reason)}", sentence(excuse.expires or "no end")


def _where(finding: Finding) -> str:
    return place(finding.location.page, finding.location.visual) or "workbook"
