"""Published tables and examples of others, with answers that are known."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from linter.disclosure.mending import mend
from linter.disclosure.published import audit_published
from linter.disclosure.recovery import audit
from linter.disclosure.tables import Table, link
from tests.samples import reference_dir


def case(*parts: str) -> Path:
    root = reference_dir()
    path = None if root is None else root.joinpath(*parts)
    if path is None or not path.exists():
        pytest.skip(f"the shared reference {'/'.join(parts)} is not here")
    return path


def hierarchy(path: Path, top: str = "Total") -> dict[str, str]:
    """Child -> parent of a tau-ARGUS hierarchy file, where ``@`` marks the depth."""
    parents, trail = {}, [top]
    for line in path.read_text().splitlines():
        code = line.lstrip("@")
        depth = len(line) - len(code)
        trail = [*trail[: depth + 1], code.strip()]
        parents[code.strip()] = trail[depth]
    return parents


def tau_argus_output(path: Path) -> list[tuple[str, str, float, int]]:
    with path.open(newline="") as lines:
        return [
            (a.strip(), b.strip(), 0.0 if value == "-" else float(value), int(status))
            for a, b, value, status in csv.reader(lines)
        ]


def protected(path: Path, hierarchies: dict[str, dict[str, str]]) -> Table:
    rows = tau_argus_output(path)
    return Table(
        {"a": [r[0] for r in rows], "b": [r[1] for r in rows]},
        [r[2] for r in rows],
        [r[3] in {3, 11} for r in rows],
        hierarchies=hierarchies,
        absent="zero",
    )


def test_two_tables_each_safe_alone_leak_together():
    expected = json.loads(case("sdc_cases", "sdctable", "linked_tables_expected.json").read_text())
    with case("sdc_cases", "sdctable", "linked_tables.csv").open(newline="") as lines:
        counts = {row["region"]: int(row["n"]) for row in csv.DictReader(lines)}
    hidden = set(expected["primary_suppressed"])
    tables = []
    for spec in expected["tables"]:
        parents = {child: total for total, children in spec["totals"].items() for child in children}
        values = dict(counts)
        for total in [t for t in spec["totals"] if t != "Total"] + ["Total"]:
            values[total] = sum(values[child] for child in spec["totals"][total])
        labels = list(values)
        tables.append(
            Table(
                {"region": labels},
                [values[label] for label in labels],
                [label in hidden for label in labels],
                hierarchies={"region": parents},
            )
        )
    for table in tables:
        assert not audit(link([table]).system).claims
    found = audit(link(tables).system)
    assert [found.system.name(claim.cell) for claim in found.claims] == ["region=K"]
    assert found.claims[0].value == 3
    proof = found.proof(found.claims[0].cell)
    assert set(proof.values()) <= {Fraction(1), Fraction(-1)}
    assert found.derivation(found.claims[0].cell) == (
        "16 - 7 - 6 = 3: [region=county-2] - [region=N] - [region=BIG] = [region=K]"
    )


def naive_pattern(counts: list[list[int]], hidden: list[list[str]], rows: list[str], cols: list[str]) -> Table:
    full = np.array(counts)
    labels = [(r, c) for r in [*rows, "Total"] for c in [*cols, "Total"]]

    def value(r: str, c: str) -> float:
        picked = full if r == "Total" else full[[rows.index(r)]]
        return float((picked if c == "Total" else picked[:, [cols.index(c)]]).sum())

    return Table(
        {"row": [r for r, _ in labels], "col": [c for _, c in labels]},
        [value(r, c) for r, c in labels],
        [[r, c] in hidden for r, c in labels],
    )


def test_naive_complementary_suppression_is_recovered():
    facts = json.loads(case("sdc_cases", "rmoriedata", "naive_complementary.json").read_text())
    hidden = facts["primary"] + facts["complementary_by_tool"]
    found = audit(link([naive_pattern(facts["counts"], hidden, facts["rows"], facts["cols"])]).system)
    named = {found.system.name(c.cell): int(c.value) for c in found.claims}
    expected = facts["audit_expected"]["exactly_recoverable"]
    assert named == {"row={}, col={}".format(*cell.split(",")): value for cell, value in expected.items()}
    assert found.derivation(next(iter(found.by_cell))).split(":")[0].count("=") == 1
    safe = facts["audit_expected"]["safe_pattern_example"]
    assert not audit(link([naive_pattern(facts["counts"], safe, facts["rows"], facts["cols"])]).system).claims
    second = facts["second_table"]
    both = naive_pattern(second["counts"], second["primary_threshold5"], facts["rows"], facts["cols"])
    assert {int(c.value) for c in audit(link([both]).system).claims} == {3, 2}


@pytest.mark.parametrize(
    ("table", "hierarchies", "hidden"),
    [("simple2d/Simple2D.txt", {"b": "simple2d/region2.hrc"}, 21), ("test_1/test_1.txt", {"a": None}, 416)],
)
def test_tables_protected_by_tau_argus_give_nothing_away(table: str, hierarchies: dict[str, str | None], hidden: int):
    folder = case("sdc_cases", "checktauargus")
    parents = {}
    for dimension, file in hierarchies.items():
        name = file or "test_1/nace_divisions.hrc"
        parents[dimension] = hierarchy(folder / name)
    linked = link([protected(folder / table, parents)])
    assert (linked.system.state == 1).sum() == hidden
    found = audit(linked.system)
    assert not found.inconsistent
    assert not found.claims
    assert not found.uncertified


def exclusions() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, list[str]]:
    with case("dfe_open_data", "exclusions_by_reason.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    indicators = list(rows[0])[11:]
    text = np.array([[row[i] for i in indicators] for row in rows])
    hidden = text == "x"
    values = np.where(hidden, "0", text).astype(float)
    place = [
        "/".join(row[k] for k in ("geographic_level", "region_code", "old_la_code", "new_la_code", "la_name"))
        for row in rows
    ]
    dimensions = {
        "period": np.array([row["time_period"] for row in rows]),
        "place": np.array(place),
        "school_type": np.array([row["school_type"] for row in rows]),
    }
    return dimensions, values, hidden, indicators


def test_cells_alone_in_their_equation_on_a_real_table():
    """Primary suppression without secondary: only counts are asserted, never values."""
    dimensions, values, hidden, indicators = exclusions()
    table = Table(dimensions, values, hidden, measures=indicators, name="exclusions")
    found = audit_published([table], tolerance=0.01)
    authority = np.char.startswith(dimensions["place"], "local authority")
    claimed = [f.figure for f in found.recoverable if authority[f.figure[1]]]
    assert len(claimed) == 6995
    assert {found.recovery.by_cell[f.cell].method for f in found.recoverable} == {"step"}


def test_plans_cost_no_more_than_the_published_patterns():
    """Frequencies hidden besides the primary one; the pattern of OPT is proved to be the cheapest, ours is not."""
    with case("sdc_cases", "sdctable", "microdata1_table.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    patterns = json.loads(case("sdc_cases", "sdctable", "test_protectTable_expected.json").read_text())
    primary = next(i for i, row in enumerate(rows, 1) if (row["region"], row["gender"]) == ("A", "female"))
    costs = {
        name: sum(float(rows[i - 1]["freq"]) for i in cells if i != primary)
        for name, cells in patterns["expected_not_publishable"].items()
    }
    table = Table(
        {"region": [r["region"] for r in rows], "gender": [r["gender"] for r in rows]},
        [float(r["freq"]) for r in rows],
        [i == primary for i in range(1, len(rows) + 1)],
        totals="total",
    )
    plan = mend(link([table]).system)
    assert plan.passes
    assert plan.cost == costs["OPT"] < costs["GAUSS"]
    facts = json.loads(case("sdc_cases", "rmoriedata", "naive_complementary.json").read_text())
    rows_, cols, safe = facts["rows"], facts["cols"], facts["audit_expected"]["safe_pattern_example"]
    known = naive_pattern(facts["counts"], [], rows_, cols)
    labels = list(zip(known.dimensions["row"], known.dimensions["col"], strict=True))
    cost = sum(known.values[labels.index((r, c))] for r, c in safe if [r, c] not in facts["primary"])
    plan = mend(link([naive_pattern(facts["counts"], facts["primary"], rows_, cols)]).system)
    assert plan.passes
    assert plan.cost <= cost


@pytest.mark.parametrize(
    ("table", "hierarchies"),
    [
        ("simple2d/Simple2D.txt", {"b": "simple2d/region2.hrc"}),
        ("test_1/test_1.txt", {"a": "test_1/nace_divisions.hrc"}),
    ],
)
def test_plans_for_the_primary_cells_of_tau_argus_are_cheaper_than_its_own(table: str, hierarchies: dict[str, str]):
    """tau-ARGUS protects ranges besides exact values, which costs more: the comparison is one-sided."""
    folder = case("sdc_cases", "checktauargus")
    full = protected(folder / table, {d: hierarchy(folder / file) for d, file in hierarchies.items()})
    rows = tau_argus_output(folder / table)
    plan = mend(link([replace(full, hidden=[r[3] == 3 for r in rows])], tolerance=1).system, budget=60)
    assert plan.passes
    assert 0 < plan.cost <= sum(r[2] for r in rows if r[3] == 11)
