"""What holds for a workbook: which files count, and the strictest of all who speak."""

import datetime as dt
import itertools
import os
from pathlib import Path

import pytest

from linter.config.files import Request, configured, for_run
from linter.config.resolve import settle
from linter.config.strictest import Given
from linter.errors import UsageError
from linter.findings import Severity
from linter.policy.audience import Audience

OURS = """
title = "Ours"
description = "Ours."
extends = "strict"
verified = false
threshold = {threshold}
bands = [49, 99, 499]
audiences = ["internal", "schools", "partners", "public"]
[[source]]
title = "Agreement"
publisher = "Council"
address = "shared drive"
date = "2025-01-01"
confidence = "medium"
says = "So many."
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a workbook in a folder of its author."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "ks4.pbix").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def of(repo: Path, *, settings=(), isolated=False, file=None, **given):
    return settle(repo / "team" / "ks4.pbix", Given(**given), Request(file, tuple(settings), isolated))


def fact(settled, key: str) -> str:
    return dict(settled.facts)[key]


def test_nobody_says_anything(repo: Path) -> None:
    settled = of(repo)
    assert (settled.policy.audience, settled.policy.delivery) == ("public", "file")
    assert settled.policy.assumptions == ("audience", "delivery")
    assert settled.policy.profile.name == "strict"
    assert settled.policy.declaration is None
    assert fact(settled, "audience") == "public (assumed: nobody says)"


@pytest.mark.parametrize(
    ("command", "manifest", "repository", "expected"),
    [
        ("internal", None, None, "internal"),
        (None, "internal", None, "internal"),
        ("internal", "schools", None, "schools"),
        ("public", "internal", None, "public"),
        ("internal", None, "schools", "schools"),
        ("internal", "internal", "partners", "partners"),
        (None, "internal", "public", "public"),
        (None, None, "internal", "public"),
        ("public", "schools", "internal", "public"),
    ],
)
def test_the_widest_audience_wins(repo: Path, command, manifest, repository, expected) -> None:
    if manifest:
        put(repo, "team/ks4.pbix.disclint.toml", f'audience = "{manifest}"')
    if repository:
        put(repo, "disclint.toml", f'minimum_audience = "{repository}"')
    assert of(repo, audience=command).policy.audience == expected


def test_only_what_nobody_declared_is_assumed(repo: Path) -> None:
    put(repo, "team/ks4.pbix.disclint.toml", 'audience = "schools"')
    assert of(repo).policy.assumptions == ("delivery",)
    assert of(repo, delivery="service_view").policy.assumptions == ()


def test_the_delivery_that_reaches_most_wins(repo: Path) -> None:
    put(repo, "team/ks4.pbix.disclint.toml", 'audience = "internal"\ndelivery = "service_build"')
    assert of(repo, delivery="service_view").policy.delivery == "service_build"
    assert of(repo, delivery="file").policy.delivery == "file"
    for open_to_all in ("publish_to_web", "tableau_public"):
        settled = of(repo, delivery=open_to_all)
        assert settled.policy.audience is Audience.PUBLIC, "an internal workbook that anybody can open"
        assert "anybody can open" in fact(settled, "audience")


def test_a_nearer_file_wins_where_it_may(repo: Path) -> None:
    put(repo, "disclint.toml", 'audience = "schools"\ndelivery = "file"')
    put(repo, "team/disclint.toml", 'audience = "partners"')
    settled = of(repo)
    assert (settled.policy.audience, settled.policy.delivery) == ("partners", "file")


def test_pyproject_counts_only_with_its_table(repo: Path) -> None:
    put(repo, "pyproject.toml", "[tool.other]\nx = 1")
    assert of(repo).policy.assumptions
    put(repo, "pyproject.toml", '[tool.disclint]\naudience = "internal"')
    assert of(repo).policy.audience == "internal"
    put(repo, "pyproject.toml", '[tool.disclint]\naudience = "anybody"')
    with pytest.raises(UsageError, match=r"pyproject.toml: audience must be one of"):
        of(repo)
    put(repo, "pyproject.toml", "broken")
    assert of(repo).policy.audience == "public", "another tool's broken file is not ours to judge"
    put(repo, "pyproject.toml", "[tool.disclint]\nbroken\n")
    with pytest.raises(UsageError, match=r"pyproject.toml: not valid TOML, line 2"):
        of(repo)


def test_the_search_ends_at_the_repository_and_outside_one_at_the_current_folder(tmp_path, monkeypatch) -> None:
    put(tmp_path, "disclint.toml", 'audience = "internal"')
    put(tmp_path, "repo/team/ks4.pbix", "")
    monkeypatch.chdir(tmp_path / "repo")
    assert of(tmp_path / "repo").policy.audience == "public"
    monkeypatch.chdir(tmp_path)
    assert of(tmp_path / "repo").policy.audience == "internal"
    (tmp_path / "repo" / ".git").mkdir()
    assert of(tmp_path / "repo").policy.audience == "public"


@pytest.mark.parametrize(
    "line",
    [
        'policy = "mine"', 'waivers = "w.toml"', 'baseline = "b.json"', "second_person = false", "waiver_days = 9999",
        "review_days = 9999", 'select = ["EX"]', 'ignore = ["SC"]', 'extend_select = ["SC"]', 'fail_on = "never"',
        '[severity]\nSC001 = "note"',
    ],
)  # fmt: skip
def test_an_author_can_not_undo_what_the_repository_protects(repo: Path, line: str) -> None:
    put(repo, "disclint.toml", 'minimum_audience = "schools"')
    put(repo, "team/disclint.toml", line)
    key = line.split(" = ", maxsplit=1)[0].strip("[]").split("]")[0]
    with pytest.raises(UsageError) as refused:
        of(repo)
    assert str(refused.value) == (
        f"{Path('team/disclint.toml')}: {key!r} may stand only in the outermost configuration, disclint.toml"
    )


def test_an_author_can_not_lower_the_minimum(repo: Path) -> None:
    put(repo, "disclint.toml", 'minimum_audience = "partners"\n[[workbook]]\npath = "team/**"\naudience = "internal"')
    put(repo, "team/disclint.toml", 'minimum_audience = "internal"\naudience = "internal"')
    put(repo, "team/ks4.pbix.disclint.toml", 'audience = "internal"\nprofile = "internal"')
    settled = of(repo, audience="internal", profile="internal", settings=['minimum_audience="internal"'])
    assert settled.policy.audience == "partners"
    assert settled.policy.profile.name == "strict"


def test_extending_can_not_lower_it_either(repo: Path) -> None:
    put(repo, "org/base.toml", 'minimum_audience = "schools"\nfail_on = "warning"\n[severity]\nDR007 = "error"')
    put(repo, "disclint.toml", 'extend = "org/base.toml"\nminimum_audience = "internal"\naudience = "internal"')
    settled = of(repo)
    assert settled.policy.audience == "schools"
    assert settled.policy.raised == {"DR007": Severity.ERROR}
    assert configured(repo / "team/x.pbix", Request()).outer.fail_on == "warning"


def test_extending_in_a_circle_or_nothing(repo: Path) -> None:
    put(repo, "disclint.toml", 'extend = "other.toml"')
    with pytest.raises(UsageError, match=r"other.toml: there is no such file"):
        of(repo)
    put(repo, "other.toml", 'extend = "disclint.toml"')
    with pytest.raises(UsageError, match="circle"):
        of(repo)


def test_paths_start_from_the_file_that_names_them(repo: Path) -> None:
    put(repo, "org/policy/severity.toml", '[at_most]\nEX005 = "note"')
    put(repo, "org/base.toml", 'policy = "policy"')
    put(repo, "disclint.toml", 'extend = "org/base.toml"')
    settled = of(repo)
    assert settled.policy.caps == {"EX005": Severity.NOTE}
    assert settled.acceptance.waivers == repo / "org/policy/disclint-waivers.toml"
    assert settled.acceptance.name == "team/ks4.pbix"


def test_profiles_come_from_the_policy_folder_and_no_other(repo: Path) -> None:
    put(repo, "team/ours.toml", OURS.format(threshold=1))
    put(repo, "team/ks4.pbix.disclint.toml", 'profile = "ours"')
    with pytest.raises(UsageError, match="no profile is called 'ours'"):
        of(repo)
    put(repo, "policy/ours.toml", OURS.format(threshold=12))
    put(repo, "disclint.toml", 'policy = "policy"')
    assert of(repo).policy.profile.threshold == 12
    put(repo, "policy/strict.toml", OURS.format(threshold=1))
    put(repo, "team/ks4.pbix.disclint.toml", 'profile = "strict"')
    with pytest.raises(UsageError, match="can't be replaced"):
        of(repo)


def test_the_strictest_profile_wins(repo: Path) -> None:
    put(repo, "disclint.toml", 'profile = "dfe-cin-cla"')
    put(repo, "team/ks4.pbix.disclint.toml", 'profile = "dfe-exclusions"')
    settled = of(repo)
    assert (settled.policy.profile.name, fact(settled, "threshold")) == ("dfe-cin-cla", "5")
    assert of(repo, profile="strict").policy.profile.name == "strict"
    assert of(repo, profile="dfe-exclusions").policy.profile.name == "dfe-cin-cla"


def test_a_profile_that_does_not_fit_the_audience(repo: Path) -> None:
    with pytest.raises(UsageError, match="command line: profile 'internal' is not meant for the audience 'public'"):
        of(repo, profile="internal", audience="public")
    put(repo, "team/ks4.pbix.disclint.toml", 'profile = "strict"\naudience = "internal"')
    with pytest.raises(UsageError, match=r"ks4.pbix.disclint.toml: profile 'strict' is not meant for"):
        of(repo)
    assert of(repo, audience="schools").policy.profile.name == "strict"


def test_a_configuration_profile_is_a_default_for_whom_it_fits(repo: Path) -> None:
    put(repo, "disclint.toml", 'profile = "dfe-cin-cla"')
    assert of(repo, audience="internal").policy.profile.name == "internal"
    assert of(repo, audience="schools").policy.profile.name == "dfe-cin-cla"


def test_a_policy_folder_that_is_not_there(repo: Path) -> None:
    put(repo, "disclint.toml", 'policy = "nowhere"')
    with pytest.raises(UsageError, match="policy: there is no folder 'nowhere'"):
        of(repo)


def test_units_and_sources_come_together_and_the_outermost_has_the_last_word(repo: Path) -> None:
    source = '[[source]]\nname = "Pupil"\norigin = "{}"\n{}'
    put(
        repo, "disclint.toml",
        '[[workbook]]\npath = "team/*.pbix"\nunit_keys = ["UPN"]\n'
        + source.format("npd_via_nexus", "").replace("[[source]]", "[[workbook.source]]"),
    )  # fmt: skip
    put(
        repo, "team/ks4.pbix.disclint.toml",
        'unit_keys = ["Id"]\ncount_fields = ["N"]\n' + source.format("la_collected", "people = false\n")
        + '[[source]]\nname = "Calendar"\norigin = "other"\npeople = false',
    )  # fmt: skip
    settled = of(repo, units=("Key",))
    assert settled.units == ("Key", "Id", "UPN")
    assert settled.count_fields == ("N",)
    assert settled.not_people == ("Calendar",)
    assert settled.policy.declaration is not None
    assert {s.name: s.origin for s in settled.policy.declaration.sources} == {
        "Pupil": "npd_via_nexus",
        "Calendar": "other",
    }


def test_the_first_entry_that_matches_counts(repo: Path) -> None:
    put(
        repo, "disclint.toml",
        '[[workbook]]\npath = "team/ks4.pbix"\naudience = "schools"\n[[workbook]]\npath = "**"\naudience = "public"',
    )  # fmt: skip
    assert of(repo).policy.audience == "schools"
    assert fact(of(repo), "audience") == "schools (disclint.toml, workbook 1)"


def test_declared_datasets_make_the_profile_stricter(repo: Path) -> None:
    put(
        repo, "team/ks4.pbix.disclint.toml",
        'audience = "schools"\nprofile = "dfe-exclusions"\n'
        '[[source]]\nname = "A"\norigin = "npd_via_nexus"\ndataset = "Children in need census"',
    )  # fmt: skip
    profile = of(repo).policy.profile
    assert (profile.name, profile.threshold, profile.group_limit, profile.width) == ("dfe-exclusions", 5, 6, 5)
    assert profile.bands[0] >= 5


def test_isolated_reads_no_manifest_but_a_broken_configuration_might_be_the_strictest(repo: Path) -> None:
    put(repo, "team/ks4.pbix.disclint.toml", "broken")
    settled = of(repo, isolated=True)
    assert settled.policy.assumptions == ("audience", "delivery")
    assert "no manifest" in fact(settled, "isolated")
    put(repo, "disclint.toml", "broken")
    with pytest.raises(UsageError, match=r"disclint.toml: not valid TOML"):
        of(repo, isolated=True)


def test_a_file_of_the_command_line_replaces_the_discovered_but_for_the_minimum(repo: Path) -> None:
    put(repo, "disclint.toml", 'minimum_audience = "schools"\nfail_on = "warning"')
    put(repo, "other.toml", 'audience = "internal"\nignore = ["DR"]')
    settled = of(repo, file=Path("other.toml"))
    assert settled.policy.audience == "schools"
    outer = configured(repo / "team/ks4.pbix", Request(Path("other.toml"))).outer
    assert (outer.fail_on, outer.ignore) == ("error", ["DR"])


def test_settings_of_the_command_line(repo: Path) -> None:
    put(repo, "policy/x", "")
    put(repo, "disclint.toml", 'audience = "internal"\npolicy = "policy"')
    assert of(repo, settings=["audience=partners"]).policy.audience == "partners"
    assert of(repo, settings=['severity.DR007 = "error"']).policy.raised == {"DR007": Severity.ERROR}
    with pytest.raises(UsageError, match=r"--config: 'policy' is set by disclint.toml"):
        of(repo, settings=["policy=team"])
    for wrong, said in [("audience=all", "--config: audience must be one of"), ("x", "neither a file nor KEY=VALUE")]:
        with pytest.raises(UsageError, match=said):
            of(repo, settings=[wrong])


def test_files_and_settings_are_told_apart(repo: Path) -> None:
    put(repo, "a=b.toml", "")
    request = Request.of(["a=b.toml", "audience=schools"], isolated=False)
    assert (request.file, request.settings) == (Path("a=b.toml"), ("audience=schools",))
    with pytest.raises(UsageError, match="one file is enough"):
        Request.of(["a.toml", "b.toml"], isolated=False)
    with pytest.raises(UsageError, match="exclude each other"):
        Request.of(["a.toml"], isolated=True)


def test_one_run_has_one_set_of_rules(repo: Path, tmp_path: Path) -> None:
    put(tmp_path, "one/.git/x", "")
    put(tmp_path, "two/.git/x", "")
    put(tmp_path, "one/disclint.toml", 'ignore = ["DR"]')
    put(tmp_path, "two/disclint.toml", "")
    both = [tmp_path / "one/a.pbix", tmp_path / "two/b.pbix"]
    with pytest.raises(UsageError, match="differ in 'ignore'"):
        for_run(both, Request())
    assert for_run(both[:1], Request()).outer.ignore == ["DR"]
    assert for_run([], Request()).outer.ignore == []


def test_dates_are_judged_today_or_later_never_earlier(repo: Path) -> None:
    today = dt.date.today()  # noqa: DTZ011 - the reader's own day, as in the program
    assert of(repo, as_of=today - dt.timedelta(days=400)).policy.today == today
    later = today + dt.timedelta(days=400)
    assert of(repo, as_of=later).policy.today == later


def test_names_of_own_exports(repo: Path) -> None:
    put(repo, "policy/npd_vocabulary.txt", "# names\nNexus Score (raw)\n")
    put(repo, "disclint.toml", 'policy = "policy"')
    assert of(repo).policy.vocabulary == {"nexusscore"}
    (repo / "policy/npd_vocabulary.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"npd_vocabulary.txt: can't be read"):
        of(repo)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_counts_where_it_lies(repo: Path) -> None:
    (repo / "elsewhere").mkdir()
    (repo / "elsewhere" / "ks4.pbix").symlink_to(repo / "team" / "ks4.pbix")
    put(repo, "team/disclint.toml", 'audience = "internal"')
    linked = settle(repo / "elsewhere" / "ks4.pbix", Given(), Request())
    assert linked.policy.audience == "public"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights don't bind here")
def test_a_folder_that_can_not_be_searched(repo: Path) -> None:
    (repo / "team").chmod(0)
    try:
        with pytest.raises(UsageError, match="can't be searched"):
            of(repo)
    finally:
        (repo / "team").chmod(0o755)


def test_no_mixture_of_voices_lowers_the_audience(repo: Path) -> None:
    order = ["internal", "schools", "partners", "public"]
    voices = [None, *order]
    for manifest, entry, minimum in itertools.product(voices, voices, voices):
        put(repo, "team/ks4.pbix.disclint.toml", f'audience = "{manifest}"' if manifest else "")
        top = f'minimum_audience = "{minimum}"\n' if minimum else ""
        put(repo, "disclint.toml", top + '[[workbook]]\npath = "**"\n' + (f'audience = "{entry}"' if entry else ""))
        for command in voices:
            said = [v for v in (command, manifest, entry, minimum) if v]
            lowest = max(said, key=order.index) if said else "public"
            found = of(repo, audience=command).policy.audience
            assert order.index(found) >= order.index(lowest)
            assert found == (lowest if {command, manifest, entry} != {None} else "public")


def test_a_file_of_the_command_line_keeps_what_the_repository_protects(repo: Path) -> None:
    """An author's own policy folder could make every finding a note."""
    put(repo, "disclint.toml", 'policy = "officer"\nwaivers = "w.toml"\n')
    put(repo, "officer/severity.toml", '[at_most]\nSC001 = "warning"\n')
    put(repo, "mine/severity.toml", '[at_most]\nSC001 = "note"\n')
    put(repo, "mine.toml", 'policy = "mine"\n')
    put(repo, "other.toml", 'audience = "internal"\n')
    with pytest.raises(UsageError, match=r"mine.toml: 'policy' is set by disclint.toml"):
        of(repo, file=repo / "mine.toml")
    settled = of(repo, file=repo / "other.toml")
    assert settled.policy.audience is Audience.INTERNAL
    assert settled.policy.caps == {"SC001": Severity.WARNING}
    assert settled.acceptance.waivers == repo / "w.toml"
    assert settled.acceptance.root == repo
