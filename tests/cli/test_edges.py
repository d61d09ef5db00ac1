"""Every shipped profile's numbers at their edges: generated workbooks through the real command."""

import json
from pathlib import Path

import pytest

from linter import cli
from linter.policy.profile import Profile, load_profile, shipped
from tests.policy.cases import Case, write, write_hidden

pytest.importorskip("tableauhyperapi", reason="the extract needs an engine that is not on this system")
LOCAL = """
title = "Ours"
description = "Ours, with groups of up to four more than the threshold."
extends = "strict"
verified = false
group_limit = 14
[field_thresholds]
B = 12
[[source]]
title = "Agreement"
publisher = "Council"
address = "shared drive"
date = "2025-01-01"
confidence = "medium"
says = "So many."
"""


def edges(profile: Profile) -> list[Case]:
    """One, t and t + 1 people, and nobody, behind counts and behind each part of a share."""
    t, limit = profile.threshold, profile.group_limit
    base = profile.rounding.base if profile.rounding else 5
    return [
        Case("one", {"F": (1, 0)}),
        Case("t", {"F": (t, 0)}),
        Case("t + 1", {"F": (t + 1, 0)}),
        Case("nobody", {"N": (400, 0), "K": (300, 0), "E": (0, 0)}, "SENprovision"),
        Case("part t", {"F": (300, t)}, measure="share"),
        Case("part t + 1", {"F": (300, t + 1)}, measure="share"),
        Case("part none", {"F": (300, 0)}, measure="share"),
        Case("whole t", {"F": (t, 0)}, measure="share"),
        Case("whole t + 1", {"F": (t + 1, 0)}, measure="share"),
        Case("rest t", {"F": (300, 300 - t)}, measure="share"),
        Case("rest t + 1", {"F": (300, 299 - t)}, measure="share"),
        Case("limit", {"F": (limit, 0)}, measure="share"),
        Case("alike in SEN", {"N": (0, 0), "K": (300, 0)}, "SENprovision"),
        Case("alike in FSM", {"no": (0, 0), "yes": (300, 0)}, "FSMeligible"),
        Case("rounded", {"F": (8 * base, 0)}),
        Case("one over", {"F": (8 * base + 1, 0)}),
        Case("one under", {"F": (8 * base - 1, 0)}),
    ]


def expected(profile: Profile) -> dict[str, set[str]]:
    """What must fire on each of them, by the numbers of the profile alone."""
    parts = profile.percentages
    wanted: dict[str, set[str]] = {case.name: set() for case in edges(profile)}
    wanted["one"] |= {"SC001"}
    wanted["t"] |= {"SC001"}
    wanted["part t"] |= {"SC002"} if parts.numerator else set()
    wanted["whole t"] |= {"SC002"} if parts.denominator else set()
    wanted["rest t"] |= {"SC002"} if parts.difference else set()
    for name, sensitivity in (("alike in SEN", "D"), ("alike in FSM", "C")):
        wanted[name] |= {"SC003"} if sensitivity in profile.sensitive_classes else set()
    zeros = {"nobody", "alike in SEN", "alike in FSM"} if profile.zeros_disclosive else set()
    for name in zeros:
        if name != "alike in FSM" or "C" in profile.sensitive_classes:
            wanted[name] |= {"SC004"}
    if profile.rounding:
        base = profile.rounding.base
        counts = {c.name: [people for people, _ in c.groups.values()] for c in edges(profile) if c.measure == "people"}
        for name, people in counts.items():
            wanted[name] |= {"SC007"} if any(n % base for n in people) else set()
    return wanted


def fired(folder: Path, cases: list[Case], capsys: pytest.CaptureFixture[str], *options: str):
    """The rules of the family SC that fire on each sheet of a generated workbook, and the workbook's object."""
    path = write(folder / "edges.twbx", cases)
    code = cli.run(
        ["check", str(path), "--delivery", "file", "--select", "SC", "--output-format", "json", "-q", *options]
    )
    out, err = capsys.readouterr()
    assert (code in {0, 1}, err) == (True, ""), err
    (found,) = json.loads(out)["workbooks"]
    assert {v["status"] for v in found["visuals"]} == {"evaluated"}
    seen: dict[str, set[str]] = {case.name: set() for case in cases}
    for finding in found["findings"]:
        seen[finding["location"]["visual_id"]].add(finding["rule"])
    return seen, found


@pytest.mark.parametrize("name", shipped())
def test_the_numbers_of_a_profile_at_their_edges(tmp_path, capsys, name) -> None:
    profile = load_profile(name)
    audience = "schools" if profile.allows("schools") else "internal"
    seen, found = fired(tmp_path, edges(profile), capsys, "--profile", name, "--audience", audience)
    assert seen == expected(profile)
    assert found["configuration"]["threshold"] == str(profile.threshold)
    worth = {f["severity"] for f in found["findings"] if f["rule"] == "SC001"}
    assert worth == ({"error"} if profile.fails else {"warning"})


@pytest.mark.parametrize("name", [n for n in shipped() if load_profile(n).width > 3])
def test_the_width_of_what_a_reader_can_infer_at_its_edge(tmp_path, capsys, name) -> None:
    """Two hidden counts with the sum n may each be 0 to n: n + 1 values, and the width is the fewest allowed."""
    profile = load_profile(name)
    path = write_hidden(tmp_path / "edges.twbx", [profile.width - 2, profile.width - 1], profile.threshold + 1)
    audience = "schools" if profile.allows("schools") else "internal"
    command = ["check", str(path), "--delivery", "file", "--select", "SU003", "--output-format", "json", "-q"]
    cli.run([*command, "--profile", name, "--audience", audience])
    out, err = capsys.readouterr()
    assert err == ""
    found = [f for f in json.loads(out)["workbooks"][0]["findings"] if f["rule"] == "SU003"]
    assert [f["location"]["visual"] for f in found] == [str(profile.width - 2)]


def around(t: int, column: str = "Sex") -> list[Case]:
    return [Case(str(n), {"F" if column == "Sex" else "yes": (n, 0)}, column) for n in (1, t, t + 1)]


@pytest.mark.parametrize(
    ("profile", "dataset", "t"),
    [
        ("dfe-performance", "KS4 destinations", 10),
        ("dfe-exclusions", "CIN census", 5),
        ("dfe-exclusions", "CLA", 5),
        ("nhs-round5", "CLA", 7),
        ("strict", "CIN census", 9),
    ],
)
def test_a_declared_dataset_moves_the_edge(tmp_path, capsys, profile, dataset, t) -> None:
    manifest = (
        f'audience = "schools"\nprofile = "{profile}"\n[[source]]\nname = "Pupil"\n'
        f'origin = "npd_via_nexus"\ndataset = "{dataset}"\n'
    )
    (tmp_path / "edges.twbx.disclint.toml").write_text(manifest, "utf-8")
    seen, found = fired(tmp_path, around(t), capsys)
    assert {name: "SC001" in rules for name, rules in seen.items()} == {"1": True, str(t): True, str(t + 1): False}
    raised = t > load_profile(profile).threshold
    assert found["configuration"]["threshold"].startswith(str(t))
    assert ("raised from" in found["configuration"]["threshold"]) is raised


def test_a_field_of_a_stricter_code_moves_the_edge_where_it_is_shown(tmp_path, capsys) -> None:
    """DfE's sensitivity B: safeguarding. In the file but on no visual, it moves nothing."""
    options = ("--profile", "dfe-exclusions", "--audience", "schools")
    seen, found = fired(tmp_path, around(5, "LookedAfter"), capsys, *options)
    assert {name: "SC001" in rules for name, rules in seen.items()} == {"1": True, "5": True, "6": False}
    assert found["configuration"]["threshold"] == "5 (raised from 2 by LookedAfter (B))"
    seen, found = fired(tmp_path, around(2), capsys, *options)
    assert {name: "SC001" in rules for name, rules in seen.items()} == {"1": True, "2": True, "3": False}
    assert found["configuration"]["threshold"] == "2"


def test_the_limit_of_groups_and_the_codes_of_a_local_profile(tmp_path, capsys) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy/ours.toml").write_text(LOCAL, "utf-8")
    (tmp_path / "disclint.toml").write_text('policy = "policy"\nprofile = "ours"\n', "utf-8")
    sizes = [Case(str(n), {"F": (n, 0)}, measure="share") for n in (9, 10, 13, 14)]
    seen, _ = fired(tmp_path, sizes, capsys, "--audience", "schools")
    assert seen == {"9": {"SC002"}, "10": {"SC003"}, "13": {"SC003"}, "14": set()}
    seen, found = fired(tmp_path, around(12, "LookedAfter"), capsys, "--audience", "schools")
    assert {name: "SC001" in rules for name, rules in seen.items()} == {"1": True, "12": True, "13": False}
    assert found["configuration"]["profile source"] == "not verified"


def test_the_cases_tell_profiles_apart() -> None:
    """A test of the test: no two profiles with other numbers expect the same."""
    told = {name: json.dumps({k: sorted(v) for k, v in expected(load_profile(name)).items()}) for name in shipped()}
    assert len({*told.values()}) >= 5
