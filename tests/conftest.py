"""Shared by all suites: how hard property tests look, and the real command.

``HYPOTHESIS_PROFILE=nightly`` asks for the long run.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("small", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "small"))


@pytest.fixture(scope="session")
def command():
    """Run the installed ``disclint`` script as a user would, without anything from this process's path."""
    script = shutil.which("disclint", path=str(Path(sys.executable).parent))
    if script is None:
        pytest.skip("the disclint script is not installed beside this Python")

    def run(*arguments, cwd, timeout=120, **environment):
        clean = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "NO_COLOR", "FORCE_COLOR"}}
        return subprocess.run(
            [script, *map(str, arguments)], cwd=cwd, env={**clean, **environment}, capture_output=True,
            timeout=timeout, check=False, encoding="utf-8", errors="surrogateescape",
        )  # fmt: skip

    return run


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs in this process put a question about the same bytes to a data process only once."""
    from linter import engine
    from tests.remembered import Remembering

    monkeypatch.setattr(engine, "DataProcess", Remembering)
