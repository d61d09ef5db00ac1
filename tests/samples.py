"""Where the real sample workbooks lie: beside the repository, or nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared"


def samples_dir() -> Path | None:
    """The folder of sample workbooks (``tableau``, ``powerbi``), or None where it is absent."""
    return _existing("samples")


def reference_dir() -> Path | None:
    """The folder of reference data, or None where it is absent."""
    return _existing("reference")


def sample(*parts: str) -> Path:
    """The sample file at that path below ``samples_dir()``; skips the test where it is absent."""
    root = samples_dir()
    if root is None or not root.joinpath(*parts).exists():
        pytest.skip(f"the shared sample {'/'.join(parts)} is not here")
    return root.joinpath(*parts)


def _existing(name: str) -> Path | None:
    folder = _BESIDE / name
    return folder if folder.is_dir() else None
