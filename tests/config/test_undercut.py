"""What the repository asks for can't be undercut from the command line, by no option and no combination."""

import itertools
from pathlib import Path

import pytest

from linter.config.files import Request, configured
from linter.config.resolve import Settled, settle
from linter.config.strictest import Given
from linter.errors import UsageError
from linter.findings import Severity
from linter.policy.audience import Audience
from tests.config.test_resolve import OURS, put

OFFICER = """
minimum_audience = "schools"
profile = "ours"
policy = "officer"
review_days = 90
[severity]
DR007 = "error"
[[workbook]]
path = "public/**"
audience = "public"
delivery = "file"
[[workbook.source]]
name = "Pupil"
origin = "npd_via_nexus"
dataset = "KS4"
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An officer's repository with a stricter profile of its own, and files of an author who would rather not."""
    (tmp_path / ".git").mkdir()
    put(tmp_path, "disclint.toml", OFFICER)
    put(tmp_path, "officer/ours.toml", OURS.format(threshold=12))
    put(tmp_path, "officer/severity.toml", '[at_most]\nEX005 = "note"\n')
    put(tmp_path, "mine/lax.toml", OURS.format(threshold=1))
    put(tmp_path, "mine/severity.toml", '[at_most]\nSC001 = "note"\n')
    put(tmp_path, "mine.toml", 'audience = "internal"\nprofile = "dfe-exclusions"\nminimum_audience = "internal"\n')
    for name in ("team/ks4.pbix", "public/ks4.pbix"):
        put(tmp_path, name, "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settled(name: str, given: Given, request: Request) -> Settled:
    return settle(Path(name), given, request)


GIVEN = [
    Given(),
    Given(audience="internal"),
    Given("internal", "service_view"),
    Given("schools", profile="dfe-exclusions"),
]
FILES = [None, Path("mine.toml")]
SETTINGS = [(), ("audience=internal",), ("minimum_audience=internal", "profile=dfe-exclusions")]


@pytest.mark.parametrize("name", ["team/ks4.pbix", "public/ks4.pbix"])
def test_no_combination_undercuts(repo: Path, name: str) -> None:
    order = list(Audience)
    least = Audience.PUBLIC if name.startswith("public") else Audience.SCHOOLS
    seen = 0
    for given, file, settings, isolated in itertools.product(GIVEN, FILES, SETTINGS, (False, True)):
        if file and isolated:
            continue
        policy = settled(name, given, Request(file, settings, isolated)).policy
        assert order.index(policy.audience) >= order.index(least), (given, file, settings, isolated)
        assert (policy.profile.name, policy.profile.threshold) == ("ours", 12)
        assert policy.raised == {"DR007": Severity.ERROR}
        assert policy.review_days == 90
        assert policy.caps in ({}, {"EX005": Severity.NOTE})
        if name.startswith("public"):
            assert policy.delivery == "file"
            assert isolated or [s.origin for s in policy.declaration.sources] == ["npd_via_nexus"]
        seen += 1
    assert seen == len(GIVEN) * len(SETTINGS) * 3


@pytest.mark.parametrize("isolated", [False, True])
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("policy=mine", "--config: 'policy' is set by disclint.toml"),
        ("waivers=mine/all.toml", "--config: 'waivers' is for disclint.toml to say"),
        ("baseline=mine/all.json", "--config: 'baseline' is for disclint.toml to say"),
        ("waiver_days=9999", "--config: 'waiver_days' is for disclint.toml to say"),
        ('inline_ignores=["SC001"]', "--config: 'inline_ignores' is for disclint.toml to say"),
        ("review_days=9999", "--config: 'review_days' is set by disclint.toml"),
    ],
)
def test_what_could_silence_is_the_repository_s_to_say(repo: Path, setting: str, said: str, isolated: bool) -> None:
    with pytest.raises(UsageError) as refused:
        settled("team/ks4.pbix", Given(), Request(None, (setting,), isolated))
    assert str(refused.value) == said


@pytest.mark.parametrize("line", ['waivers = "w.toml"', 'inline_ignores = ["SC001"]', 'policy = "mine"'])
def test_a_file_of_the_command_line_can_not_say_it_either(repo: Path, line: str) -> None:
    put(repo, "mine.toml", line)
    with pytest.raises(UsageError, match=r"mine.toml: '\w+' is (for|set by) disclint.toml"):
        settled("team/ks4.pbix", Given(), Request(Path("mine.toml")))


def test_where_there_is_no_repository_configuration_the_file_is_the_officer_s(repo: Path) -> None:
    (repo / "disclint.toml").unlink()
    put(repo, "central.toml", 'policy = "officer"\nprofile = "ours"\ninline_ignores = ["DR007"]')
    found = settled("team/ks4.pbix", Given(audience="schools"), Request(Path("central.toml")))
    assert (found.policy.profile.name, found.policy.caps) == ("ours", {"EX005": Severity.NOTE})
    assert found.acceptance.authors_may == {"DR007"}
    with pytest.raises(UsageError, match=r"--config: 'policy' is set by"):
        settled("team/ks4.pbix", Given(), Request(Path("central.toml"), ("policy=mine",)))


def test_isolated_keeps_what_tightens_and_leaves_out_what_relaxes(repo: Path) -> None:
    put(repo, "disclint.toml", OFFICER.replace('audience = "public"', 'audience = "internal"') + "people = false\n")
    found = settled("public/ks4.pbix", Given(), Request(isolated=True))
    assert found.policy.assumptions == ("audience", "delivery"), "an entry for officers doesn't narrow it"
    assert (found.policy.audience, found.policy.caps, found.policy.declaration) == ("public", {}, None)
    assert found.not_people == ()
    outer = configured(Path("public/ks4.pbix"), Request(isolated=True)).outer
    assert (outer.select, outer.ignore, outer.fail_on, outer.waivers) == ([], [], "error", None)
    laxer = OFFICER.replace('profile = "ours"', 'profile = "dfe-exclusions"')
    put(repo, "disclint.toml", laxer)
    assert settled("team/ks4.pbix", Given(), Request(isolated=True)).policy.profile.name == "strict"


def test_the_same_file_named_and_found_counts_once(repo: Path) -> None:
    found = configured(Path("team/ks4.pbix"), Request(Path("disclint.toml")))
    assert [layer.name for layer in found.layers] == ["disclint.toml"]


def test_workbooks_of_one_name_outside_the_configuration_are_told_apart(repo: Path) -> None:
    (repo / "disclint.toml").unlink()
    (repo / ".git").rmdir()
    for name in ("one/ks4.pbix", "two/ks4.pbix"):
        put(repo, name, "")
    request = Request(repo / "officer/central.toml")
    put(repo, "officer/central.toml", "")
    names = {settled(name, Given(), request).acceptance.name for name in ("one/ks4.pbix", "two/ks4.pbix")}
    assert len(names) == 2
