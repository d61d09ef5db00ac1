"""NPD002: something computed from an NPD field is on a visual, filter or control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.npd.fields import printed
from checks.npd.shown import finding, shown_tables
from checks.reach import mend
from linter.findings import Confidence, Finding, Severity
from linter.rules import Context, rule
from linter.text import listing


@rule("NPD002", "npd-derived-shown", severity=Severity.ERROR, confidence=Confidence.MEDIUM)
def npd_derived_shown(context: Context) -> Iterator[Finding]:
    """A calculation, measure, group, bin, set or query step that derives from an NPD field is shown.

    ## What it checks
    Every field on a visual, filter or control is followed down to its base columns, through
    calculated fields, measures that call measures, groups, bins, sets, calculated columns and tables,
    and through the steps of the query (Power Query, the select lists of custom SQL) that renamed,
    split, combined or computed a column. The chain is printed, from what the reader sees down to the
    NPD field.

    ## Why it matters
    A band, an index or a percentage made of NPD data is NPD data: a new name changes nothing about
    the permission under which it may be shown.

    ## Example that fires
    A bar chart of Progress band, a calculation over Points, which is KS4_ATT8 renamed in Power Query.

    ## The same, mended
    The band computed from figures that DfE publishes.

    ## How to fix it
    Take the derived field off the visual, or keep the workbook internal. Changing its name is no
    remedy. Replace the source by one that may be shared, and declare its origin.

    ## When a waiver is fair
    DfE has published the derived figure itself, or agreed to its publication in writing.

    ## Limits
    Steps inside a database, a dataflow or a script are not in the file and can't be followed.

    ## Sources
    DfE NPD data tables and data item lists (Open Government Licence v3).
    """
    for shown in shown_tables(context, derived=True):
        chains = [printed(chain) for chain in shown.chains]
        one = len(shown.fields) == 1
        found = finding(
            npd_derived_shown,
            context,
            shown,
            f"{listing(shown.fields, 6)} {'derives' if one else 'derive'} from NPD fields of {shown.caption} and "
            f"{'is' if one else 'are'} on {listing(shown.places)}: {'; '.join(chains[:3])}"
            f"{f' and {len(chains) - 3} more' if len(chains) > 3 else ''}.",
            mend(
                context.workbook,
                "Drag the derived fields off the sheets and delete them in the Data pane; or declare the origin "
                "if the authority collected the data.",
                "Remove the derived measures and columns from the visuals and the model; or declare the origin "
                "if the authority collected the data.",
            ),
        )
        yield replace(found, evidence={**found.evidence, "chains": tuple(chains)})
