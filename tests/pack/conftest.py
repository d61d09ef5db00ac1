"""Packs of hand-made results, written as the command writes them."""

import dataclasses

import pytest

from linter.config.files import Request
from linter.config.resolve import Given, settle
from linter.pack.record import Checked
from linter.policy.declaration import Declaration, DeclaredSource, ThirdParty
from linter.results import Run
from linter.rules import load_rules
from tests.reporters import factory

DECLARED = Declaration(
    "ks4.pbix.disclint.toml",
    title="Key stage 4, school packs",
    owner="Data and Insight",
    recipients=("All schools",),
    sources=(
        DeclaredSource("Pupil", "npd_via_nexus", "KS4", "2024/25", "final", agreement="DSA-7"),
        DeclaredSource("Calendar", "other"),
    ),
    lawful_basis="UK GDPR article 6(1)(e)",
    dpia_ref="DPIA-2026-014",
    third_parties=(ThirdParty("A Printer", "processor", "C-1"),),
    prepared_by="A Builder",
)


@pytest.fixture
def checked(tmp_path):
    """Turn results into what a pack is made from; the workbook is a file that has that hash."""

    def make(result=None, *, declared=DECLARED, left_out=(), inputs=(), content=b"workbook"):
        from linter.pack.seal import hashed

        workbook = tmp_path / "ks4.pbix"
        workbook.write_bytes(content)
        result = dataclasses.replace(result or factory.result(), path=str(workbook), sha256=hashed(content))
        settled = settle(workbook, Given(), Request(isolated=True))
        policy = dataclasses.replace(settled.policy, declaration=declared)
        settled = dataclasses.replace(settled, policy=policy)
        return Checked(Run((result,), factory.run().fail_on), settled, load_rules(), tuple(left_out), tuple(inputs))

    return make
