"""Waivers and baseline on findings: what is marked, what comes back, and what is said."""

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest

from linter.config.resolve import Acceptance
from linter.errors import UsageError
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.policy.audience import Audience
from linter.policy.decision import Policy
from linter.policy.declaration import Declaration
from linter.policy.profile import load_profile
from linter.suppress.accept import accept, with_idle_patterns
from linter.suppress.baseline import Baseline, known_of, read_baseline
from linter.suppress.waivers import append, new_waiver, read_waivers
from tests.reporters import factory

TODAY = dt.date(2030, 6, 15)
ALL = frozenset({"SC001", "DR001", "ME002", "ME004", "MF002"})
GOOD = {
    "rule": "SC001", "path": "reports/ks4.pbix", "object": "Totals", "reason": "Open data",
    "approved_by": "The DPO", "expires": TODAY,
}  # fmt: skip


def finding(rule: str = "SC001", visual: str = "Totals", **more) -> Finding:
    where = Location("part", "Overview", visual, f"id-{visual}", None)
    return Finding(rule, "name", Severity.ERROR, Confidence.HIGH, "Says so.", where, "Mend it.", **more)


@pytest.fixture
def place(tmp_path: Path) -> Acceptance:
    return Acceptance("reports/ks4.pbix", tmp_path, tmp_path / "w.toml", tmp_path / "b.json")


def policy(audience: Audience = Audience.PUBLIC, **more) -> Policy:
    return Policy(load_profile("strict" if audience.external else "internal"), audience, today=TODAY, **more)


def written(place: Acceptance, *waivers: dict[str, object]) -> None:
    lines = []
    for waiver in waivers:
        lines.append("[[waiver]]")
        lines += [f"{k} = {v if isinstance(v, dt.date) else json.dumps(v)}" for k, v in waiver.items()]
    place.waivers.write_text("\n".join(lines), "utf-8")


def outcome(
    place: Acceptance, *findings: Finding, selected=ALL, by: Policy | None = None
) -> tuple[list[str], list[str]]:
    """How each finding given is marked, and the messages about waivers."""
    found = accept(findings, place, by or policy(), selected)
    marks = [f.suppression.kind if f.suppression else "open" for f in found if f.rule != "ME004"]
    return marks, [f.message for f in found if f.rule == "ME004"]


def test_nothing_is_accepted_without_files(place) -> None:
    assert outcome(place, finding()) == (["open"], [])


def test_a_waiver_marks_and_keeps(place) -> None:
    written(place, GOOD)
    (found,) = accept([finding()], place, policy(), ALL)
    assert found.suppression is not None
    assert (found.suppression.kind, found.suppression.expires) == ("waiver", "2030-06-15")
    assert found.suppression.reason == "Open data (approved by The DPO)"
    assert dataclasses.replace(found, suppression=None) == finding()


@pytest.mark.parametrize("name", ["Totals", "id-Totals", "Overview > Totals"])
def test_by_what_name_an_object_is_meant(place, name) -> None:
    written(place, GOOD | {"object": name})
    assert outcome(place, finding(fields=("School", "Sex"))) == (["waiver"], [])


@pytest.mark.parametrize("name", ["Overview", "School"])
def test_neither_a_page_nor_one_field_means_a_visual(place, name) -> None:
    """The next visual on that page, or by that field, was not what the approver saw."""
    written(place, GOOD | {"object": name})
    assert outcome(place, finding(fields=("School", "Sex")))[0] == ["open"]
    alone = dataclasses.replace(finding(fields=("School",)), location=Location("part", "Overview"))
    assert outcome(place, alone)[0] == ["waiver"]


def test_other_findings_stay_open(place) -> None:
    written(place, GOOD)
    others = [finding("DR001"), finding(visual="Detail"), finding()]
    assert sorted(outcome(place, *others)[0]) == ["open", "open", "waiver"]
    elsewhere = dataclasses.replace(place, name="reports/ks2.pbix")
    assert outcome(elsewhere, finding()) == (["open"], [])


def test_a_fingerprint_means_one_finding(place) -> None:
    exact = {k: v for k, v in GOOD.items() if k != "object"} | {"fingerprint": finding().fingerprint}
    written(place, exact)
    assert sorted(outcome(place, finding(), finding(visual="Detail"))[0]) == ["open", "waiver"]


BROKEN = [
    ({"expires": TODAY - dt.timedelta(days=1)}, "it expired on 2030-06-14"),
    ({"expires": TODAY + dt.timedelta(days=366)}, "more than 365 days ahead"),
    ({"expires": "2030-06-15"}, "expires must be a date"),
    ({"reason": ""}, "reason must be text that says something"),
    ({"reason": "  "}, "reason must be text that says something"),
    ({"approved_by": None}, "the key 'approved_by' is missing"),
    ({"reason": None}, "the key 'reason' is missing"),
    ({"expires": None}, "the key 'expires' is missing"),
    ({"rule": None}, "the key 'rule' is missing"),
    ({"path": None}, "the key 'path' is missing"),
    ({"object": None}, "either 'object' or 'fingerprint' is needed"),
    ({"fingerprint": "0" * 32}, "either 'object' or 'fingerprint' is needed"),
    ({"path": "../ks4.pbix"}, "no empty part"),
    ({"rule": "small-count"}, "rule must be"),
    ({"owner": "me"}, "unknown key 'owner'"),
    ({"path": "**"}, "a path with * or ? needs 'fingerprint'"),
    ({"path": "reports/*.pbix"}, "a path with * or ? needs 'fingerprint'"),
]


@pytest.mark.parametrize(("change", "said"), BROKEN)
def test_a_waiver_that_does_not_hold_is_said_and_the_finding_is_back(place, change, said) -> None:
    written(place, {k: v for k, v in (GOOD | change).items() if v is not None})
    marks, messages = outcome(place, finding())
    assert marks == ["open"]
    assert len(messages) == 1
    assert said in messages[0]
    assert "does not hold" in messages[0]


def test_a_broken_waiver_of_another_workbook_is_not_this_ones_matter(place) -> None:
    written(place, GOOD | {"path": "other.pbix", "reason": ""})
    assert outcome(place, finding()) == (["open"], [])


def test_a_second_person_must_approve_where_that_is_asked_for(place) -> None:
    written(place, GOOD)
    strict = dataclasses.replace(place, second_person=True)
    assert "no manifest names" in outcome(strict, finding())[1][0]
    for own in (Declaration("m", owner="the  dpo"), Declaration("m", prepared_by="The DPO", owner="Team")):
        marks, (message,) = outcome(strict, finding(), by=policy(declaration=own))
        assert marks == ["open"]
        assert "a second person must" in message
    assert outcome(strict, finding(), by=policy(declaration=Declaration("m", owner="Ann")))[0] == ["waiver"]


def test_what_was_not_covered_is_never_accepted(place) -> None:
    gap = finding("MF002", coverage=True)
    written(place, GOOD | {"rule": "MF002"}, GOOD | {"rule": "ME002"})
    place.baseline.write_text(Baseline(findings=known_of(place.name, "public", [finding()])).text(), "utf-8")
    marks, messages = outcome(place, gap, finding("ME002", coverage=True))
    assert marks == ["open", "open"]
    assert any("ME002 can't be waived" in m for m in messages)
    assert known_of(place.name, "public", [gap, finding("ME004")]) == []


def test_an_unused_waiver_is_noted_if_its_rule_ran(place) -> None:
    written(place, GOOD)
    assert outcome(place)[1] == ["Waiver 1 of w.toml for SC001 is not used: no finding needs it."]
    assert outcome(place, selected=frozenset({"DR001", "ME004"}))[1] == []
    (note,) = accept([], place, policy(), ALL)
    assert note.severity is Severity.NOTE
    assert not note.coverage


def test_a_pattern_is_unused_only_if_the_whole_run_does_not_need_it(place) -> None:
    exact = {k: v for k, v in GOOD.items() if k != "object"} | {"fingerprint": finding().fingerprint}
    written(place, exact | {"path": "reports/*.pbix"})
    assert outcome(place)[1] == []
    places = [place, dataclasses.replace(place, name="reports/ks2.pbix")]
    clean, bad = factory.clean_result(), factory.clean_result(findings=(finding(),))
    used = with_idle_patterns([clean, bad], places, ALL)
    assert [r.findings for r in used] == [(), (finding(),)]
    first, second = with_idle_patterns([clean, clean], places, ALL)
    assert [f.rule for f in first.findings] == ["ME004"]
    assert second.findings == ()
    assert with_idle_patterns([clean], places[:1], frozenset({"SC001"}))[0].findings == ()


def test_files_that_are_no_waivers(place) -> None:
    for content, said in [
        ("[waiver]\n", r"double brackets"),
        ("[[waivers]]\n", "unknown key 'waivers'"),
        ("[[waiver", "not valid TOML"),
    ]:
        place.waivers.write_text(content, "utf-8")
        with pytest.raises(UsageError, match=said):
            outcome(place, finding())


def test_files_that_the_configuration_names_must_be_there(place) -> None:
    for key in ("waivers", "baseline"):
        with pytest.raises(UsageError, match="there is no such file"):
            outcome(dataclasses.replace(place, named=frozenset({key})), finding())


def test_a_waiver_is_added_and_comments_stay(place) -> None:
    place.waivers.write_text("# ours\n", "utf-8")
    waiver = new_waiver(GOOD | {"reason": 'He said "yes" \\ \n]'}, 365, TODAY)
    assert append(place.waivers, waiver) == 1
    assert append(place.waivers, waiver) == 2
    assert place.waivers.read_text("utf-8").startswith("# ours\n\n[[waiver]]")
    assert [e.waiver for e in read_waivers(place.waivers)] == [waiver, waiver]
    for days in (-1, 366):
        with pytest.raises(UsageError, match="expires must lie"):
            new_waiver(GOOD | {"expires": TODAY + dt.timedelta(days=days)}, 365, TODAY)


def test_the_baseline_marks_what_it_knows_as_often_as_it_knows_it(place) -> None:
    place.baseline.write_text(Baseline(findings=known_of(place.name, "public", [finding()])).text(), "utf-8")
    assert outcome(place, finding())[0] == ["baseline"]
    assert sorted(outcome(place, finding(), finding(), finding(visual="New"))[0]) == ["baseline", "open", "open"]
    assert outcome(dataclasses.replace(place, name="other.pbix"), finding())[0] == ["open"]


@pytest.mark.parametrize(("written_for", "judged_for", "mark"), [
    ("internal", Audience.PUBLIC, "open"), ("schools", Audience.PUBLIC, "open"),
    ("public", Audience.SCHOOLS, "baseline"), ("schools", Audience.SCHOOLS, "baseline"),
])  # fmt: skip
def test_a_baseline_for_officers_is_none_for_the_public(place, written_for, judged_for, mark) -> None:
    place.baseline.write_text(Baseline(findings=known_of(place.name, written_for, [finding()])).text(), "utf-8")
    assert outcome(place, finding(), by=policy(judged_for))[0] == [mark]


@pytest.mark.parametrize(("then", "now", "mark"), [
    (Severity.WARNING, Severity.ERROR, "open"), (Severity.NOTE, Severity.WARNING, "open"),
    (Severity.ERROR, Severity.WARNING, "baseline"), (Severity.ERROR, Severity.ERROR, "baseline"),
])  # fmt: skip
def test_what_became_worse_is_not_known(place, then, now, mark) -> None:
    """A warning for viewers of a service is an error in a file: the delivery changed, not the finding."""
    known = known_of(place.name, "public", [dataclasses.replace(finding(), severity=then)])
    place.baseline.write_text(Baseline(findings=known).text(), "utf-8")
    assert outcome(place, dataclasses.replace(finding(), severity=now))[0] == [mark]


def test_a_waiver_comes_before_the_baseline(place) -> None:
    written(place, GOOD)
    place.baseline.write_text(Baseline(findings=known_of(place.name, "public", [finding()])).text(), "utf-8")
    assert outcome(place, finding()) == (["waiver"], [])
    waived = accept([finding()], place, policy(), ALL, baseline=False)
    assert known_of(place.name, "public", waived) == [], "what is waived needs no baseline"


def test_the_baseline_is_sorted_and_holds_no_line_and_no_message(place) -> None:
    findings = [finding(visual=v, revealed={"smallest": 3}) for v in ("b", "a", "c")]
    text = Baseline(findings=known_of(place.name, "public", findings)).text()
    assert text == Baseline(findings=known_of(place.name, "public", reversed(findings))).text()
    assert set(json.loads(text)["findings"][0]) == {"audience", "count", "fingerprint", "path", "rule", "severity"}


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"schema_version": 2}', '{"findings": [{}]}', '{"lines": 1}', "\xff"]
)
def test_an_unread_baseline_is_an_error_not_an_empty_one(place, content) -> None:
    place.baseline.write_bytes(content.encode("latin-1"))
    with pytest.raises(UsageError, match=r"b\.json: "):
        read_baseline(place.baseline)
    with pytest.raises(UsageError):
        outcome(place, finding())
