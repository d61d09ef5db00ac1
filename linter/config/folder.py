"""The policy folder of the disclosure team: profiles, severities, names of the authority's own exports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from linter.config.files import Configured
from linter.config.keys import Level
from linter.config.strict import Strict, read_toml, validated
from linter.errors import UsageError
from linter.findings import Severity
from linter.policy.vocabulary import learned

VOCABULARY, SEVERITIES = "npd_vocabulary.txt", "severity.toml"


class SeverityFile(Strict):
    """``severity.toml`` of the policy folder: the most that a rule's findings are worth."""

    at_most: dict[str, Level] = Field(default={})


def policy_folder(config: Configured) -> Path | None:
    """The folder that the configuration names; None if it names none.

    Raises:
        UsageError: it is not there.
    """
    if config.outer.policy is None:
        return None
    folder = Path(config.outer.policy)
    if not folder.is_dir():
        raise UsageError(f"{config.outer_name}: policy: there is no folder {folder.name!r}")
    return folder


def vocabulary(folder: Path | None) -> frozenset[str]:
    """Field names learned from the authority's own exports, as ``linter.policy.vocabulary`` compares them.

    Raises:
        UsageError: the file can't be read.
    """
    file = folder / VOCABULARY if folder else None
    if file is None or not file.is_file():
        return frozenset()
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file.name}: can't be read as UTF-8 text") from error
    return learned(line for line in lines if not line.startswith("#"))


def caps(folder: Path | None) -> dict[str, Severity]:
    """The most that findings of a rule are worth, by the rule's code.

    Raises:
        UsageError: ``severity.toml`` is not valid.
    """
    file = folder / SEVERITIES if folder else None
    if file is None or not file.is_file():
        return {}
    return levels(validated(SeverityFile, read_toml(file), file.name).at_most)


def levels(named: Mapping[str, Level]) -> dict[str, Severity]:
    """Severities by their words."""
    return {rule: Severity[level.upper()] for rule, level in named.items()}
