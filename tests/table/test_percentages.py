"""Percentages, rates and means beside hidden counts: what they are of, and what they give away."""

from __future__ import annotations

from pathlib import Path

import pytest

from linter.parsers.tables import Asked, read_table
from linter.publications.audit import TableAudit, audit_tables
from linter.publications.figures import figures
from linter.publications.percentages import quotients

ROWS = [("Ash", 26, 12), ("Birch", 41, 17), ("Cedar", 30, 8), ("Dale", 55, 21), ("Elm", 63, 30)]
HEAD = "School,Pupils,Eligible,Percentage eligible\n"


def written(path: Path, decimals: int = 1, hidden: tuple[str, ...] = ("Ash", "Birch")) -> Path:
    lines = [
        f"{name},{n},{'c' if name in hidden else k},{100 * k / n:.{decimals}f}" for name, n, k in ROWS
    ]  # fmt: skip
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def audited(path: Path, **more: object) -> TableAudit:
    table = read_table(path, Asked(("School",), ("Pupils", "Eligible", "Percentage eligible")))
    return audit_tables([table], threshold=9, width=9, **more)


def test_a_percentage_beside_its_base_gives_hidden_counts_away(tmp_path):
    found = audited(written(tmp_path / "a.csv"))
    assert [(r.cell["School"], r.value) for r in found.recoverable] == [("Ash", 12), ("Birch", 17)]
    assert found.recoverable[0].exact.startswith("46.2% of 26 is 12: ")
    assert not any(c.isdigit() for c in found.recoverable[0].certificate)
    assert found.by_percentage == 2
    assert any("is read as the percentage of 'Eligible' in 'Pupils'" in note for note in found.notes)


def test_hidden_percentages_give_nothing_away(tmp_path):
    path = written(tmp_path / "a.csv")
    path.write_text(path.read_text("utf-8").replace("46.2", "c").replace("41.5", "c"), "utf-8")
    assert not audited(path).recoverable


def test_a_column_that_its_table_does_not_bear_out_is_not_read(tmp_path):
    path = written(tmp_path / "a.csv")
    path.write_text(path.read_text("utf-8").replace("26.7", "26.9"), "utf-8")
    found = audited(path)
    assert not found.recoverable
    assert any("no figures of the table explain Percentage eligible" in said for said in found.incomplete)


def test_too_few_figures_to_explain_a_percentage_beside_hidden_ones_are_told(tmp_path):
    (tmp_path / "a.csv").write_text(HEAD + "Ash,26,c,46.2\nElm,20,5,25.0\nOak,30,6,20.0\n", "utf-8")
    found = audited(tmp_path / "a.csv")
    assert not found.recoverable
    assert found.incomplete


def test_percentages_in_full_precision_are_read(tmp_path):
    lines = [f"{name},{n},{'c' if name == 'Ash' else k},{100 * k / n!r}" for name, n, k in ROWS]
    (tmp_path / "a.csv").write_text(HEAD + "\n".join([*lines, "Fir,13,1,7.692307692307693"]), "utf-8")
    assert [r.value for r in audited(tmp_path / "a.csv").recoverable] == [12]


def test_a_mean_of_amounts_with_pence_gives_no_amount_away(tmp_path):
    text = "School,Pupils,Spend,Spend mean\nA,20,100.25,5.0\nB,30,95.5,3.2\nC,40,130.75,3.3\nD,10,c,20.0\n"
    (tmp_path / "a.csv").write_text(text, "utf-8")
    found = audit_tables([read_table(tmp_path / "a.csv", Asked())], threshold=9, width=9)
    assert not found.recoverable
    assert found.incomplete


@pytest.mark.parametrize(("base", "pinned"), [("<10", True), ("c", False)])
def test_a_percentage_of_two_hidden_counts(tmp_path, base, pinned):
    lines = [f"{name},{n},{k},{100 * k / n:.1f}" for name, n, k in ROWS]
    (tmp_path / "a.csv").write_text(HEAD + "\n".join([*lines, f"Fir,{base},c,14.3"]), "utf-8")
    found = audited(tmp_path / "a.csv")
    assert sorted((n.low, n.high) for n in found.narrow) == ([(1, 1), (7, 7)] if pinned else [])
    assert bool(found.incomplete) is not pinned


@pytest.mark.parametrize(("whole", "of"), [(100, 100), (1, 1), (1000, 1000)])
def test_percentages_proportions_and_rates(tmp_path, whole, of):
    lines = [f"{name},{n},{k},{whole * k / n:.4f}" for name, n, k in ROWS]
    (tmp_path / "a.csv").write_text("School,Pupils,Eligible,Rate\n" + "\n".join(lines), "utf-8")
    table = read_table(tmp_path / "a.csv", Asked(("School",)))
    (found,) = quotients(figures(table, frozenset(), asked=False))
    assert (found.of, found.decimals) == (of, 4)


def test_a_share_of_the_total_by_a_dimension(tmp_path):
    counts = {"White": 61, "Asian": 17, "Black": 13, "Mixed": 9}
    lines = [f"{name},{'c' if name in {'Mixed', 'Black'} else n},{n / 1:.1f}" for name, n in counts.items()]
    text = "Group,Pupils,Percentage\n" + "\n".join(lines) + "\nTotal,100,100.0\n"
    (tmp_path / "a.csv").write_text(text, "utf-8")
    found = audit_tables([read_table(tmp_path / "a.csv", Asked(("Group",)))], threshold=9, width=9)
    assert not found.recoverable  # two figures bear it out: too few to be sure, which is said
    assert any("explain Percentage" in said for said in found.incomplete)
    more = {"White": 41, "Asian": 17, "Black": 13, "Other": 20, "Mixed": 9}
    lines = [f"{name},{'c' if name in {'Mixed', 'Black'} else n},{n:.1f}" for name, n in more.items()]
    (tmp_path / "b.csv").write_text("Group,Pupils,Percentage\n" + "\n".join(lines) + "\nTotal,100,100.0\n", "utf-8")
    found = audit_tables([read_table(tmp_path / "b.csv", Asked(("Group",)))], threshold=9, width=9)
    assert {(r.cell["Group"], r.value) for r in found.recoverable} == {("Black", 13), ("Mixed", 9)}
    assert any("its total by 'Group'" in note for note in found.notes)


def test_a_mean_beside_a_shown_sum_gives_the_count(tmp_path):
    rows = [("Ash", 7, 331), ("Birch", 41, 1650), ("Cedar", 30, 1011), ("Dale", 55, 2290)]
    lines = [f"{name},{'c' if n < 10 else n},{s},{s / n:.2f}" for name, n, s in rows]
    (tmp_path / "a.csv").write_text("School,Pupils,Points,Average points\n" + "\n".join(lines), "utf-8")
    found = audit_tables([read_table(tmp_path / "a.csv", Asked(("School",)))], threshold=9, width=9)
    assert [(r.measure, r.value) for r in found.recoverable] == [("Pupils", 7)]
