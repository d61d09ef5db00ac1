"""MF003: what has to be declared before people outside the authority read it, and isn't."""

from __future__ import annotations

from collections.abc import Iterator

from checks.npd.npd004_npd_undeclared import without_manifest
from linter.findings import Finding, Severity
from linter.location import Location
from linter.policy.declaration import Declaration
from linter.rules import Context, rule
from linter.text import clean, listing

_PEOPLE = frozenset({"key", "rows", "count_field"})


@rule("MF003", "declaration-missing", severity=Severity.WARNING)
def declaration_missing(context: Context) -> Iterator[Finding]:
    """The workbook leaves the authority, and its manifest doesn't say all that has to be on record.

    ## What it checks
    Workbooks about people for external readers: an owner, the origin of each data source about people
    (with dataset, vintage, release stage and agreement for NPD data), the lawful basis, the data
    protection impact assessment with its date, how long the workbook is kept, who approved it and
    when, the contract of each third party, and for partners who they are.

    ## Why it matters
    Transparency registers and the DPO's decision rest on these entries. An officer who asks a year
    later where the figures came from finds the answer beside the file.

    ## Example that fires
    A school pack whose manifest says `audience = "schools"` and nothing else.

    ## The same, mended
    The same with [[source]], [legal], [retention] and [approval] filled in.

    ## How to fix it
    `disclint init WORKBOOK` writes a manifest with every question; fill it in and have it signed.

    ## When a waiver is fair
    The register is kept elsewhere; name the entry.

    ## Limits
    Whether an entry is true is for the person who signs.

    ## Sources
    ICO guidance on DPIAs; the contract of disclint on manifests.
    """
    if not context.policy.external or not _about_people(context):
        return
    declaration = context.policy.declaration
    if declaration is None and context.policy.assumptions:
        return  # nothing at all was declared: MF001 says so, and its mend writes the manifest
    if declaration is None:
        missing: tuple[str, ...] = ("manifest",)
        message = "No manifest says where its data come from, on what ground they are used and who approved it."
    else:
        missing = tuple(_missing(context, declaration))
        message = f"{clean(declaration.where)} doesn't say {listing(list(missing), 12)}."
    if missing:
        yield declaration_missing.finding(
            context,
            message,
            Location(""),
            "Fill in the manifest beside the workbook; `disclint init` writes one to start from.",
            evidence={"missing": missing},
            related=without_manifest(context),
        )


def _about_people(context: Context) -> bool:
    return any(unit.kind in _PEOPLE for unit in context.evidence.units.values())


def _missing(context: Context, declaration: Declaration) -> Iterator[str]:
    """The keys that are missing, as they are written in the manifest."""
    for source in context.workbook.sources:
        for table in source.tables:
            unit = context.evidence.units.get((source.id, table.id))
            if unit and unit.kind in _PEOPLE and not table.generated and declaration.source(source, table) is None:
                yield f"where {clean(table.caption)} comes from"
    for said in declaration.sources:
        wanted = {"dataset": said.dataset, "vintage": said.vintage, "release_stage": said.release_stage,
                  "agreement": said.agreement}  # fmt: skip
        absent = [key for key, value in wanted.items() if not value]
        if said.origin == "npd_via_nexus" and absent:
            yield f"{listing(absent)} of {clean(said.name)}"
    for party in declaration.third_parties:
        if not party.contract:
            yield f"the contract with {clean(party.name)}"
    if context.policy.audience == "partners" and not (declaration.third_parties or declaration.recipients):
        yield "recipients.names or third_party"
    wanted_of_all: dict[str, object] = {
        "owner": declaration.owner,
        "legal.lawful_basis": declaration.lawful_basis,
        "legal.dpia_ref": declaration.dpia_ref,
        "legal.dpia_date": declaration.dpia_date,
        "retention.delete_by": declaration.delete_by,
        "approval.approved_by": declaration.approved_by,
        "approval.date": declaration.approved_on,
    }
    yield from (key for key, value in wanted_of_all.items() if not value)
