"""Errors a user can act on. Each becomes one clear line naming file and part, never a traceback."""

from __future__ import annotations


class DisclintError(Exception):
    """Base of all errors raised on purpose."""


class UsageError(DisclintError):
    """The command line, the configuration or the manifest is wrong (exit 2)."""


class Unreadable(DisclintError):
    """An input or a part of it can't be read; the run goes on and ends incomplete (exit 3).

    Args:
        reason: one sentence for the user.
        part: the part inside the file, empty for the file itself.
        fix: what the user can do about it.
    """

    def __init__(self, reason: str, *, part: str = "", fix: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.part = part
        self.fix = fix


class DataProcessFailed(DisclintError):
    """The child process that holds the rows crashed, hung or ran out of memory."""
