"""MF005: nobody has read the profile's source at its publisher's."""

from __future__ import annotations

from collections.abc import Iterator

from linter.findings import Finding, Severity
from linter.location import Location
from linter.rules import Context, rule


@rule("MF005", "profile-unverified", severity=Severity.NOTE)
def profile_unverified(context: Context) -> Iterator[Finding]:
    """The profile in force rests on a source that was not read at its publisher's.

    ## What it checks
    `verified` in the profile, for external readers.

    ## Why it matters
    A threshold that everybody quotes and nobody has read may be out of date.

    ## Example that fires
    `--profile ons-srs --audience public`.

    ## The same, mended
    A profile of the policy folder that extends it, with the sentence that the disclosure team read,
    its address, and `verified = true`.

    ## How to fix it
    Read the source, put the sentence into a profile of your own, and choose that one.

    ## When a waiver is fair
    The source is not public and the team knows it.

    ## Limits
    Who verified it is not recorded here.

    ## Sources
    The contract of disclint on profiles.
    """
    profile = context.policy.profile
    if context.policy.external and not profile.verified:
        yield profile_unverified.finding(
            context,
            f"The source of profile {profile.name} was not read at its publisher's, so its numbers are unconfirmed.",
            Location(""),
            "Confirm the numbers with the disclosure team and keep them in a profile of your own.",
            evidence={"profile": profile.name, "sources": tuple(s.title for s in profile.sources)},
            fields=(profile.name,),
        )
