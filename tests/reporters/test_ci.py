"""The formats for other programs: their shape, their escaping, and what they must never carry."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from linter.findings import Severity, Suppression
from linter.location import Location
from linter.reporters import CI_FORMATS, FORMATS, Format, reporter
from linter.reporters.azure import AzureReporter
from linter.reporters.github import CAP, GithubReporter
from linter.reporters.gitlab import GitlabReporter
from linter.reporters.interface import Style
from linter.reporters.junit import JunitReporter
from linter.reporters.markdown import ROWS, MarkdownReporter
from linter.reporters.remarks import Checkout
from linter.reporters.sarif import SarifReporter
from linter.rules import load_rules
from tests.reporters import factory

ROOT = Path("/repository") if Path("/").drive == "" else Path("C:/repository")
CHECKOUT = Checkout(ROOT, ROOT)
STYLE = Style(80)
EVERY = (factory.result(), factory.clean_result(), factory.unreadable_result(), factory.drawn_result())
COMMANDS = re.compile(r"^::(?:error|warning|notice) (?:file=[^:]*,line=\d+,title=[^:]*|title=disclint)::[^\r\n]*$")
ISSUES = re.compile(
    r"^##vso\[task\.logissue type=(?:error|warning)"
    r"(?:;sourcepath=[^\];]*;linenumber=\d+;columnnumber=1;code=[^\];]*;)?\]"
    r"[^\r\n]*$"
)
TEXTS = st.one_of(
    st.sampled_from(factory.HOSTILE),
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            [
                "::",
                "##",
                "vso[",
                "%",
                "%0A",
                "\n",
                "\r",
                ";",
                "]",
                ",",
                ":",
                "<b>",
                "](",
                "|",
                "`",
                "\u2028",
                "é",
                "@x",
                "a",
            ]
        ),
        max_size=12,
    ).map("".join),
)


def render(name: Format, *results, rules=(), **options) -> str:
    run = factory.run(*results, **options)
    match name:
        case "github":
            return GithubReporter(STYLE, CHECKOUT).render(run)
        case "azure":
            return AzureReporter(STYLE, CHECKOUT).render(run)
        case "gitlab":
            return GitlabReporter(CHECKOUT).render(run)
        case "junit":
            return JunitReporter(STYLE, CHECKOUT).render(run)
        case "markdown":
            return MarkdownReporter(STYLE, CHECKOUT).render(run)
        case "sarif":
            return SarifReporter(rules, CHECKOUT).render(run)
        case _:
            return reporter(name, STYLE, rules).render(run)


def sarif(*results, rules=(), **options):
    document = json.loads(render("sarif", *results, rules=rules, **options))
    schema = json.loads(Path(__file__).with_name("sarif-subset.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    (run,) = document["runs"]
    return run


@pytest.mark.parametrize("name", [*sorted(CI_FORMATS), "json-lines"])
def test_every_outcome(name: Format, snapshot: SnapshotAssertion) -> None:
    text = render(name, *EVERY)
    assert text == snapshot
    assert text == render(name, *EVERY), "the same bytes every time"


@pytest.mark.parametrize("name", [n for n in FORMATS if n != "json-lines"])
def test_nothing_to_lint_is_said(name: Format) -> None:
    assert "no workbook was found" in render(name).lower() or json.loads(render(name)).get("workbooks") == []


class TestValues:
    """No format carries exact values unasked, and those of CI systems carry no member value at all."""

    SECRETS = ("A820200109001", "Aisha Khan", "smallest 3", "4711", "min-99")
    MEMBER = "Ash School"

    def result(self):
        key = factory.layer(factory.table(1, 2, 4711, labels=("A820200109001", "Aisha Khan", "x")), "UPN")
        key = dataclasses.replace(key, opaque=(True,))
        plain = factory.layer(factory.table(3, 40, 50, labels=(self.MEMBER, "Elm School", "Oak")), "School")
        found = factory.evidence()
        visuals = found.visuals | {
            "v1": dataclasses.replace(found.visuals["v1"], layers=(key,)),
            "v2": dataclasses.replace(found.visuals["v2"], layers=(plain,)),
        }
        first, *rest = factory.findings()
        revealed = {"smallest": "smallest 3", "who": ("Aisha Khan: 1", "min-99"), "total": 4711}
        evidence = {"cells": 13, "grain": ("School",), "example": self.MEMBER}
        planted = dataclasses.replace(first, revealed=revealed, evidence=evidence)
        return factory.result(findings=(planted, *rest), evidence=dataclasses.replace(found, visuals=visuals))

    @pytest.mark.parametrize("name", FORMATS)
    def test_masked_everywhere(self, name: Format) -> None:
        text = render(name, self.result())
        assert [s for s in self.SECRETS if s in text] == []

    @pytest.mark.parametrize("name", sorted(CI_FORMATS))
    def test_never_where_ci_keeps_it(self, name: Format) -> None:
        text = render(name, self.result(), show_values=True)
        assert [s for s in (*self.SECRETS, self.MEMBER) if s in text] == []

    @pytest.mark.parametrize("name", ["full", "json", "json-lines", "html"])
    def test_the_canaries_sing_where_values_are_asked_for(self, name: Format) -> None:
        assert "min-99" in render(name, self.result(), show_values=True)

    def test_html_names_groups_but_no_person(self) -> None:
        text = render("html", self.result())
        assert self.MEMBER in text
        assert ">#1</th>" in text


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_no_name_becomes_a_command(text: str) -> None:
    result = factory.hostile_result(text)
    for name in FORMATS:
        for line in render(name, result, show_values=name not in CI_FORMATS).splitlines():
            if name == "github" and line.startswith("::"):
                assert COMMANDS.match(line), line
            elif name == "azure" and line.startswith("##vso["):
                assert ISSUES.match(line), line
            else:
                assert not line.lstrip().startswith("::"), (name, line)
            rest = line.removeprefix("##vso[task.logissue ") if name == "azure" else line
            assert "##vso[" not in rest, (name, line)
            assert "##[" not in rest, (name, line)
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)


@given(TEXTS)
def test_documents_stay_well_formed(text: str) -> None:
    result = factory.hostile_result(text)
    ET.fromstring(render("junit", result))
    json.loads(render("gitlab", result))
    (line,) = render("json-lines", result).splitlines()
    json.loads(line)
    run = sarif(result)
    assert "](" not in json.dumps([r["message"] for r in run["results"]])
    table = [line for line in render("markdown", result).splitlines() if line.startswith("| ")]
    widths = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in table}
    assert widths <= {6, 7}, "a name must not add a column"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("reports/a b#1.twbx", "reports/a%20b%231.twbx"),
        ("résumé%.pbix", "r%C3%A9sum%C3%A9%25.pbix"),
        ("a:b?c.pbix", "a%3Ab%3Fc.pbix"),
        ("./x/../y.twb", "y.twb"),
        (str(ROOT / "z.twb"), "z.twb"),
    ],
)
def test_paths_are_percent_encoded_from_the_top_of_the_repository(path: str, uri: str) -> None:
    assert CHECKOUT.uri(path) == uri
    assert unquote(uri) == CHECKOUT.path(path)


def test_a_path_elsewhere_is_absolute() -> None:
    assert CHECKOUT.uri("../other/a b.twb").startswith("file:///")
    assert CHECKOUT.uri("../other/a b.twb").endswith("/other/a%20b.twb")


def test_the_checkout_of_a_job_in_a_subfolder(monkeypatch, tmp_path) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY"):
        monkeypatch.delenv(variable, raising=False)
    assert Checkout.current().path("a.twb") == "a.twb"
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
    assert Checkout.current().path("a.twb") == "sub/a.twb"
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path / "elsewhere"))
    assert Checkout.current().path("a.twb") == "a.twb"


class TestWhatFollows:
    """One cause, one line; what follows is counted there and kept whole in JSON and SARIF."""

    @pytest.mark.parametrize("name", ["concise", "full", "github", "gitlab", "azure", "junit", "markdown"])
    def test_it_has_no_line_of_its_own(self, name: Format) -> None:
        cause, follower, *_ = factory.findings()
        text = render(name, factory.clean_result(findings=(cause, follower)))
        assert follower.message not in text
        assert "1 more follows from this: SC002" in text.replace("\\", "")

    @pytest.mark.parametrize("name", ["json", "json-lines", "sarif", "html"])
    def test_complete_documents_keep_it(self, name: Format) -> None:
        cause, follower, *_ = factory.findings()
        assert follower.message in render(name, factory.clean_result(findings=(cause, follower)))

    @pytest.mark.parametrize("name", ["concise", "full", "github", "gitlab", "azure", "junit", "markdown"])
    def test_what_follows_from_something_waived_stands_alone(self, name: Format) -> None:
        cause, follower, *_ = factory.findings()
        waived = dataclasses.replace(cause, suppression=Suppression("waiver", "agreed"))
        text = render(name, factory.clean_result(findings=(waived, follower)))
        assert follower.message in text
        assert "follows from this" not in text


class TestSarif:
    def test_rules_in_force_are_listed_with_help(self) -> None:
        rules = load_rules()
        run = sarif(*EVERY, rules=rules)
        listed = run["tool"]["driver"]["rules"]
        assert [r["id"] for r in listed[: len(rules)]] == [r.code for r in rules]
        assert all(r["help"]["markdown"] and len(r["fullDescription"]["text"]) > 40 for r in listed[: len(rules)])

    def test_every_reference_leads_somewhere(self) -> None:
        run = sarif(*EVERY)
        rules, artifacts = run["tool"]["driver"]["rules"], run["artifacts"]
        assert len(run["results"]) == sum(len(r.findings) for r in EVERY)
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            place = result["locations"][0]["physicalLocation"]["artifactLocation"]
            assert artifacts[place["index"]]["location"]["uri"] == place["uri"]
            if part := result["properties"].get("partIndex"):
                assert artifacts[part]["parentIndex"] == place["index"]

    def test_fingerprints_are_ours_and_tell_findings_apart(self) -> None:
        twin = dataclasses.replace(factory.result(), path="copy.twbx")
        run = sarif(factory.result(), twin, factory.result())
        prints = [r["partialFingerprints"]["primaryLocationLineHash"] for r in run["results"]]
        assert len(set(prints)) == len(prints)
        ours = {r["partialFingerprints"]["disclint/v1"] for r in run["results"]}
        assert ours == {f.fingerprint for f in factory.findings()}
        again = sarif(factory.result())["results"]
        assert [r["partialFingerprints"]["primaryLocationLineHash"] for r in again] == prints[: len(again)]

    def test_suppressed_findings_are_marked_not_dropped(self) -> None:
        inline = dataclasses.replace(factory.findings()[0], suppression=Suppression("inline", "agreed"))
        marked = [
            r
            for r in sarif(factory.result(findings=(inline, *factory.findings()[1:])))["results"]
            if "suppressions" in r
        ]
        found = {s["kind"]: s for r in marked for s in r["suppressions"]}
        assert found["inSource"]["justification"] == "agreed"
        assert found["external"]["properties"] == {"kind": "waiver", "expires": "2027-03-31"}

    def test_gaps_are_notifications(self) -> None:
        (call,) = sarif(*EVERY)["invocations"]
        texts = [n["message"]["text"] for n in call["toolExecutionNotifications"]]
        assert any("Data/legacy.tde" in t for t in texts)
        assert any("Trend of persistent absence" in t for t in texts)
        assert (call["exitCode"], call["executionSuccessful"]) == (1, True)

    def test_a_crash_is_no_success(self) -> None:
        crash = factory.finding("ME003", Severity.ERROR, "Rule SC001 failed.", None, None, part="", coverage=True)
        assert sarif(factory.result(findings=(crash,)))["invocations"][0]["executionSuccessful"] is False
        assert sarif(factory.clean_result(internal_error=True))["invocations"][0]["executionSuccessful"] is False

    def test_lines_only_in_workbooks_that_are_text(self) -> None:
        found = factory.finding("SC001", Severity.ERROR, "m", None, None, location=Location("a.twb", line=7))
        for path, line in (("a.twb", 7), ("a.twbx", 1)):
            run = sarif(factory.result(path=path, findings=(found,)))
            assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == line


class TestGithub:
    def many(self, severity: Severity, count: int):
        return tuple(factory.finding("SC001", severity, f"m{i}", "P", f"V{i}") for i in range(count))

    def test_at_most_ten_of_a_level_and_the_rest_is_told(self) -> None:
        found = self.many(Severity.ERROR, 13) + self.many(Severity.NOTE, 12)
        lines = render("github", factory.clean_result(findings=found)).splitlines()
        assert sum(line.startswith("::error ") for line in lines) == CAP
        assert sum(line.startswith("::notice ") for line in lines) == CAP
        assert "::notice title=disclint::3 more errors and 3 more notes in the summary of the job." in lines

    def test_ten_need_no_notice(self) -> None:
        out = render("github", factory.clean_result(findings=self.many(Severity.NOTE, CAP)))
        assert out.count("::notice ") == CAP
        assert "more note" not in out

    def test_what_is_suppressed_is_not_annotated(self) -> None:
        assert "Open data" not in render("github", factory.result())

    def test_percent_signs_survive(self) -> None:
        found = factory.finding("SC001", Severity.ERROR, "90% of 100%0A", "P", "V")
        assert "::90%25 of 100%250A. At P > V." in render("github", factory.clean_result(findings=(found,)))


class TestGitlab:
    def test_fingerprints_are_unique(self) -> None:
        twice = factory.findings()[:3] * 2
        issues = json.loads(render("gitlab", factory.result(findings=twice), factory.result()))
        prints = [i["fingerprint"] for i in issues]
        assert len(set(prints)) == len(prints)
        assert {i["severity"] for i in issues} <= {"info", "minor", "major", "critical", "blocker"}


class TestJunit:
    def suites(self, *results, **options):
        root = ET.fromstring(render("junit", *results, **options))
        return root, root.findall("testsuite")

    def test_a_suite_per_workbook(self) -> None:
        root, suites = self.suites(*EVERY)
        assert [s.get("name") for s in suites] == [r.path for r in EVERY]
        for key in ("tests", "failures", "errors", "skipped"):
            assert int(root.get(key)) == sum(int(s.get(key)) for s in suites)

    def test_clean_is_one_case_that_passes(self) -> None:
        _, (suite,) = self.suites(factory.clean_result())
        (case,) = suite.findall("testcase")
        assert len(case) == 0
        assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "0", "0")

    def test_unread_is_an_error(self) -> None:
        _, (suite,) = self.suites(factory.unreadable_result())
        assert (suite.get("failures"), suite.get("errors")) == ("0", "1")

    def test_failures_are_what_fails_the_run(self) -> None:
        for fail_on, failures in ((Severity.ERROR, 3), (Severity.WARNING, 4), (None, 0)):
            _, (suite,) = self.suites(factory.result(), fail_on=fail_on)
            assert int(suite.get("failures")) == failures


class TestMarkdown:
    def test_rows_are_limited_and_the_rest_is_counted(self) -> None:
        found = tuple(factory.finding("SC001", Severity.ERROR, "m", "P", f"V{i}") for i in range(ROWS + 5))
        out = render("markdown", factory.clean_result(findings=found))
        assert out.count("| error |") == ROWS
        assert "Not listed here: 5 errors." in out

    def test_nobody_is_mentioned_and_nothing_links(self) -> None:
        found = factory.finding(
            "SC001", Severity.ERROR, "@team see #1 at https://x.org www.y.org <img src=x>", "P", "V"
        )
        out = render("markdown", factory.clean_result(findings=(found,)))
        for live in ("@team", "#1", "https://", r"www\.", r"(?<!\\)<img"):
            assert not re.search(live.replace(r"www\.", r"www[.]"), out), live


def test_json_lines_are_the_workbooks_of_the_document() -> None:
    lines = [json.loads(line) for line in render("json-lines", *EVERY).splitlines()]
    assert lines == json.loads(render("json", *EVERY))["workbooks"]
