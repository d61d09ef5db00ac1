"""Run the shell steps of a CI definition as its runner does: by bash, with the variables it sets."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass

import pytest


@dataclass
class Done:
    """One step."""

    code: int
    out: str
    err: str


def bash(text, cwd, environment, options=("-e", "-o", "pipefail")):
    """The step, from a file as runners do it."""
    found = shutil.which("bash")
    if found is None:
        pytest.skip("bash is not installed")
    file = cwd.parent / "step.sh"
    file.write_text(text, "utf-8", newline="\n")
    done = subprocess.run(
        [found, "--noprofile", "--norc", *options, str(file)], cwd=cwd, env=environment, capture_output=True,
        check=False, encoding="utf-8", timeout=600,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def installed_at(home, script):
    """What the step that installs leaves behind: an environment with this command in it."""
    folder = home / ("Scripts" if os.name == "nt" else "bin")
    folder.mkdir(parents=True)
    (folder / script.name).symlink_to(script)


def no_expressions(text):
    """Whether a script is free of expressions, which would put a user's text into it."""
    return not re.search(r"\$\{\{|\$\([A-Z]\w*\.", text)
