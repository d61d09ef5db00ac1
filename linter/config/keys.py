"""The keys of a configuration file, and who may set which of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from linter.config.strict import Glob, Said, Strict
from linter.manifest import AudienceName, DeliveryName, Manifest

Level = Literal["note", "warning", "error"]
OUTERMOST = frozenset(
    {
        "policy", "waivers", "baseline", "inline_ignores", "second_person", "waiver_days", "review_days",
        "select", "ignore", "extend_select", "fail_on", "reach", "severity",
    }
)  # fmt: skip
"""Keys that only the outermost file of a repository may set."""
RUN_WIDE = frozenset({"select", "ignore", "extend_select", "fail_on", "reach"})
"""Of these, what the command line may replace: it has options of its own for them."""
PROTECTED = OUTERMOST - RUN_WIDE
LOOSENING = frozenset({"policy", "waivers", "baseline", "inline_ignores", "waiver_days"})
"""Of the protected, what could silence findings: where a repository has a configuration, its own to say."""


def never_accepted(rule: str) -> bool:
    """Findings that neither a baseline nor an author's ignore may take over.

    Gaps (ME), and a declaration that the data contradict (MF007): accepting that would let
    ``people = false`` over rows of persons silence every count for good.
    """
    return rule.startswith("ME") or rule == "MF007"


def _open_to_authors(code: str) -> str:
    if never_accepted(code):
        raise ValueError(f"{code} can't be ignored")
    return code


AuthorsCode = Annotated[str, Field(pattern=r"^[A-Z]{2,}\d{3}$"), AfterValidator(_open_to_authors)]


class WorkbookEntry(Manifest):
    """The manifest of the workbooks that match a pattern, below the folder of the file."""

    path: Glob


class ConfigFile(Strict):
    """The keys of ``disclint.toml`` and of ``[tool.disclint]`` in ``pyproject.toml``."""

    extend: Said | None = None
    audience: AudienceName | None = None
    minimum_audience: AudienceName | None = None
    delivery: DeliveryName | None = None
    profile: Said | None = None
    policy: Said | None = None
    waivers: Said | None = None
    baseline: Said | None = None
    inline_ignores: list[AuthorsCode] = Field(default=[])
    second_person: bool = False
    waiver_days: int = Field(default=365, ge=1, le=36500)
    review_days: int | None = Field(default=None, ge=1, le=36500)
    select: list[Said] = Field(default=[])
    ignore: list[Said] = Field(default=[])
    extend_select: list[Said] = Field(default=[])
    fail_on: Literal["error", "warning", "never"] = "error"
    reach: int | None = Field(default=None, ge=1, le=5)
    severity: dict[str, Level] = Field(default={})
    workbook: list[WorkbookEntry] = Field(default=[])


def stricter(one: AudienceName, other: AudienceName) -> AudienceName:
    """The wider audience of two."""
    order: list[AudienceName] = ["internal", "schools", "partners", "public"]
    return max(one, other, key=order.index)
