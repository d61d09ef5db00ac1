"""NPD001: an NPD field is on a visual, filter or control."""

from __future__ import annotations

from collections.abc import Iterator

from checks.npd.shown import finding, shown_tables
from checks.reach import mend
from linter.findings import Confidence, Finding, Severity
from linter.rules import Context, rule
from linter.text import listing


@rule("NPD001", "npd-field-shown", severity=Severity.ERROR, confidence=Confidence.MEDIUM)
def npd_field_shown(context: Context) -> Iterator[Finding]:
    """A field that looks like one of the National Pupil Database is on a visual, filter or tooltip.

    ## What it checks
    The columns that every visual, filter and control uses as they are, by caption and physical name,
    so that a rename in the workbook changes nothing: exact and normalised NPD names, names with term or
    year endings or table prefixes, and generic names only beside an NPD-only name in the same table.
    What is computed from such fields is NPD002's.

    ## Why it matters
    Nexus may show NPD data unsuppressed to officers of the authority; once exported and visible to
    schools, third parties or the public, that permission does not apply, and the DfE's rules do.

    ## Example that fires
    A school dashboard with KS2_READMRK on a tooltip.

    ## The same, mended
    The same dashboard over the school's own assessment data, declared as collected by the authority.

    ## How to fix it
    Replace the field by one from data that may be shared, or keep the workbook internal. In Tableau:
    Replace References; in Power BI: remove the column in Power Query.

    ## When a waiver is fair
    Seldom. Where the authority collected the data itself under the same name, declare the source's
    origin in the manifest: the finding is then a note, and NPD004 watches for contradictions.

    ## Limits
    A name is evidence of origin, not proof. The confidence and the way of matching are stated.

    ## Sources
    DfE NPD data tables and data item lists (Open Government Licence v3).
    """
    for shown in shown_tables(context, derived=False):
        one = len(shown.columns) == 1
        named = [column.named for column in shown.columns.values()]
        yield finding(
            npd_field_shown,
            context,
            shown,
            f"{listing(named, 10)} of {shown.caption} "
            f"{'looks like an NPD field and is' if one else 'look like NPD fields and are'} "
            f"on {listing(shown.places)}{'; its source is declared not to come from there' if shown.own else ''}.",
            mend(
                context.workbook,
                "Data pane: right-click the field > Replace References, then hide it and refresh; or declare "
                "the source's origin if the authority collected it.",
                "Delete the columns in Power Query (Choose Columns) and what shows them; or declare the origin "
                "if the authority collected it.",
            ),
        )
