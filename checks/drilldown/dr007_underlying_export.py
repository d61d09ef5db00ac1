"""DR007: readers can export rows or regroup them."""

from __future__ import annotations

from collections.abc import Iterator

from checks.subjects import people_unit
from linter.evidence import is_supplied
from linter.findings import Finding, Severity
from linter.location import Location
from linter.rules import Context, rule
from linter.text import listing


@rule("DR007", "underlying-export", severity=Severity.WARNING)
def underlying_export(context: Context) -> Iterator[Finding]:
    """Readers may export or view the rows behind a visual, or regroup them by fields of their choice.

    ## What it checks
    Power BI: the report's export setting (underlying data allowed, or never set), personalised
    visuals, Q&A, key influencers, decomposition trees, and line charts that find anomalies, which they
    explain by fields of the model. Tableau: a packaged workbook always lets its holder download it and
    use View Data; this is named once.

    ## Why it matters
    A visual without small cells protects nobody if its rows come with it, or if the reader can split
    it by any other field.

    ## Example that fires
    A report in which readers may export data with summarised and underlying data.

    ## The same, mended
    Export limited to summarised data, personalisation off, and only aggregated tables in the model.

    ## How to fix it
    Power BI Desktop: File > Options and settings > Options > Current file > Report settings > Export
    data: summarised data only, and Personalise visuals off. Tableau: publish without the download
    and View Data permissions, from an extract of aggregated rows.

    ## When a waiver is fair
    The embedded rows are themselves publishable.

    ## Limits
    Settings of the tenant or server are not in the file and can be looser or stricter.

    ## Sources
    Power BI: export settings as Power BI Desktop writes them in the report's own settings. Tableau: the
    permissions Download Workbook and View Underlying Data.
    """
    workbook = context.workbook
    people = any(people_unit(context, s, t) for s in workbook.sources for t in s.tables)
    severity = None if people else Severity.NOTE
    if workbook.tool == "tableau":
        stores = [t.store for s in workbook.sources for t in s.tables if t.store and not is_supplied(t)]
        if stores:
            yield underlying_export.finding(
                context,
                "Whoever holds the packaged workbook can download its data and use View Data on every mark.",
                Location(stores[0].member),
                "Embed aggregated rows only; on a server, deny Download Workbook and View Underlying Data.",
                severity=Severity.NOTE,
                evidence={"reach": "download and view data"},
            )
        return
    if not workbook.visuals:
        return  # a model by itself has no report that could allow anything
    ways = []
    if workbook.settings.export == "underlying":
        ways.append("export of underlying data is allowed")
    if workbook.settings.export == "unstated":
        ways.append("the export setting is not set, which allows underlying data")
    if workbook.settings.personalise:
        ways.append("readers may personalise visuals")
    regroup = [c for c in workbook.controls if c.kind == "regroup"]
    if regroup:
        names = list(dict.fromkeys(c.caption for c in regroup))
        ways.append(f"readers may regroup with {listing(names)}")
    if ways:
        yield underlying_export.finding(
            context,
            f"Rows can be reached from the views: {listing(ways)}.",
            Location(workbook.settings.part or "report settings", line=workbook.settings.line),
            "Options > Current file > Report settings: export summarised data only, personalise visuals off; "
            "remove visuals that regroup.",
            severity=severity,
            evidence={"ways": tuple(ways), "export": workbook.settings.export},
            fields=ways,  # who accepts one way has not accepted the next
        )
