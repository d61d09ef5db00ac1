"""Hidden figures beside what has been published: tables and earlier workbooks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.suppression.su006_recoverable_against_published import recoverable_against_published
from linter.engine import LintOptions, lint
from linter.errors import UsageError
from linter.publications.record import PublishedTable
from linter.rules import load_rules
from tests.checks.books import SCHOOLS, book, drawn

DIMS = ("School", "SEN provision")


def hidden_book():
    return book(drawn("v", DIMS, SCHOOLS, hide=lambda k: SCHOOLS[k] < 10))


def national(measure: str = "pupils", value: str = "120", year: tuple[str, ...] = ("2025", "2025", "2025")):
    return PublishedTable(
        "national.csv", "long", {"school": ["Ash", "Birch", "Cedar"], "year": list(year)},
        {measure: ["260", "230", value]},
    )  # fmt: skip


def found(context, *others):
    return list(recoverable_against_published.check(replace(context, shared={"against": others})))


def test_a_published_table_gives_it_away():
    [finding] = found(hidden_book(), national())
    assert finding.evidence["against"] == ("national.csv",)
    assert finding.revealed["certificates"][0].startswith("120 - 24 - 92 = 4")
    assert "120" not in str(finding.evidence)


@pytest.mark.parametrize(
    "other",
    [national(value="c"), national(value="131"), national(year=("2023", "2024", "2025"))],
    ids=["suppressed there", "another year's figures", "a dimension that varies"],
)
def test_nothing_follows(other):
    assert not found(hidden_book(), other)


def test_nothing_in_common_is_said():
    assert [f.severity.label for f in found(hidden_book(), national("sessions"))] == ["note"]


def test_an_earlier_workbook_gives_it_away():
    earlier = book(drawn("w", ("School",), {("Ash",): 260, ("Birch",): 230, ("Cedar",): 120}))
    assert len(found(hidden_book(), earlier)) == 1


def test_what_the_workbook_gives_away_alone_is_not_repeated():
    context = book(drawn("v", DIMS, SCHOOLS, totals=True, hide=lambda k: SCHOOLS[k] < 10))
    assert not found(context, national())


def test_without_anything_published():
    assert not found(hidden_book())


def test_the_engine_reads_what_is_published(tmp_path):
    workbook = Path(__file__).parents[3] / "fixtures" / "tableau" / "wrong" / "northmere_ks4.twbx"
    rule = tuple(r for r in load_rules() if r.code == "SU006")
    published = tmp_path / "published.csv"
    published.write_text("SchoolName,People\nFenwick Lane Academy,120\n", encoding="utf-8")
    result = lint(workbook, LintOptions(against=(published,)), rule)
    assert [f.severity.label for f in result.findings] == ["note"]
    with pytest.raises(UsageError):
        lint(workbook, LintOptions(against=(tmp_path / "none.csv",)), rule)
