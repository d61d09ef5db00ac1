"""The command line in this process."""

from tests.cli.conftest import disclint  # noqa: F401 - a fixture
