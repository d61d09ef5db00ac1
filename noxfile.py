"""The jobs of this repository: ``nox -l`` lists them, ``nox -s NAME`` runs one."""

from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "floors", "tests", "docs"]
LOCK = Path("requirements.lock")
LOCK_HEAD = """\
# Exact versions the tests run with, on Python 3.11 and later; a constraints file: pip install -c requirements.lock ...
# Written by `nox -s lock`. What only another system needs (such as colorama on Windows) is not pinned.
"""


def install(session: nox.Session) -> None:
    """The project as it stands here and its development tools, in the locked versions."""
    session.install("-q", "-c", str(LOCK), "-e", ".[dev]")


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and the form of the sources."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    install(session)
    session.run("mypy", *session.posargs)


@nox.session
def floors(session: nox.Session) -> None:
    """Imports only go down."""
    install(session)
    session.run("lint-imports", "--no-logo")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """The fast suite."""
    install(session)
    session.run("pytest", "-q", "-n", "2", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """What the fast suite leaves out: whole real workbooks, every format."""
    install(session)
    session.run("pytest", "-q", "-n", "2", "-m", "slow", *session.posargs)


@nox.session
def nightly(session: nox.Session) -> None:
    """Everything that is compared with brute force, with many more examples; and every way to install it."""
    install(session)
    session.run("pytest", "-n", "auto", "tests/disclosure", "--hypothesis-profile=nightly", *session.posargs)
    profile = {"HYPOTHESIS_PROFILE": "nightly"}
    session.run("pytest", "-n", "auto", "-m", "", "tests/cells", "tests/oracle", "tests/hostile", env=profile)
    anew = {"DISCLINT_TEST_WHEEL": "1", "DISCLINT_TEST_INSTALLS": "1"}
    session.run("pytest", "-q", "tests/wheel", "tests/integrations", env=anew)


@nox.session
def docs(session: nox.Session) -> None:
    """Write the generated pages; ``nox -s docs -- --check`` compares them."""
    install(session)
    session.run("python", "docs/generate.py", *session.posargs)


@nox.session
def wheel_test(session: nox.Session) -> None:
    """Build the wheel, install it alone, run it elsewhere."""
    install(session)
    session.run("pytest", "-q", "tests/wheel", env={"DISCLINT_TEST_WHEEL": "1"})


@nox.session
def bench(session: nox.Session) -> None:
    """What the work costs, as ratios, and how much of the samples is recomputed."""
    install(session)
    for script in sorted(Path("benchmarks").glob("[a-z]*.py")):
        session.run("python", "-m", f"benchmarks.{script.stem}")


@nox.session(python="3.11")
def lock(session: nox.Session) -> None:
    """Write requirements.lock from the newest versions that go together."""
    session.install("-q", ".[dev]", "setuptools>=70")  # which Python 3.12 and later no longer bring
    frozen = session.run(
        "python", "-m", "pip", "freeze", "--all", "--exclude", "disclint", "--exclude", "pip", silent=True
    )
    pins = (line for line in frozen.splitlines() if "==" in line)
    needed = (f'{pin}; python_version >= "3.12"' if pin.startswith("setuptools==") else pin for pin in pins)
    LOCK.write_text(LOCK_HEAD + "".join(f"{pin}\n" for pin in needed), "utf-8", newline="\n")
