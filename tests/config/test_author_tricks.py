"""Tricks of an author who would silence the officer with files of the repository: none may do it quietly."""

import os
import sys
from pathlib import Path

import pytest

from linter.config import globs
from linter.config.files import Request
from linter.config.resolve import Settled, settle
from linter.config.strictest import Given
from linter.discovery import discover
from linter.errors import UsageError
from linter.model import Source, Table
from linter.suppress.accept import failing
from linter.suppress.waivers import Waiver
from tests.config.test_resolve import OURS, put

NAME = "team/ks4.pbix"
MANIFEST = NAME + ".disclint.toml"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    put(tmp_path, NAME, "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settled(name: str = NAME, **given: str) -> Settled:
    return settle(Path(name), Given(**given), Request())


def fact(found: Settled, key: str) -> str:
    return dict(found.facts)[key]


@pytest.mark.parametrize("section", ["[tool.disclint]", "[tool.'disclint']", "[ tool . disclint ]"])
def test_a_second_file_does_not_hide_the_officers(repo: Path, section: str) -> None:
    put(repo, "pyproject.toml", f'{section}\nminimum_audience = "schools"\n')
    put(repo, MANIFEST, 'audience = "internal"')
    assert settled().policy.audience == "schools"
    put(repo, "disclint.toml", "")
    with pytest.raises(UsageError, match=r"disclint.toml: pyproject.toml beside it has \[tool.disclint\] too"):
        settled()
    put(repo, "pyproject.toml", '[project]\nname = "x"\n')
    assert settled().policy.audience == "internal", "another tool's pyproject.toml says nothing"


@pytest.mark.parametrize("section", ["[tool.disclint]", "[tool.'disclint']", "[ tool . disclint ]"])
def test_breaking_it_does_not_take_it_away(repo: Path, section: str) -> None:
    put(repo, "pyproject.toml", f'{section}\nminimum_audience = "schools"\nbroken\n')
    with pytest.raises(UsageError, match=r"pyproject.toml: not valid TOML, line 3"):
        settled()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_that_leads_nowhere_is_no_missing_file(repo: Path) -> None:
    (repo / "disclint.toml").symlink_to(repo / "shared" / "disclint.toml")
    with pytest.raises(UsageError, match=r"disclint.toml: is no file, or a link that leads to none"):
        settled()
    put(repo, "shared/disclint.toml", 'minimum_audience = "partners"')
    assert settled(audience="internal").policy.audience == "partners"
    (repo / "disclint.toml").unlink()
    (repo / "disclint.toml").mkdir()
    with pytest.raises(UsageError, match=r"disclint.toml: is no file"):
        settled()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_in_a_laxer_folder_does_not_stand_for_the_workbook(repo: Path) -> None:
    put(repo, "public/ks4.pbix", "")
    (repo / "internal").mkdir()
    (repo / "internal/ks4.pbix").symlink_to("../public/ks4.pbix")
    found = [path.as_posix() for path in discover([Path("internal"), Path("public")])]
    assert found == ["internal/ks4.pbix", "public/ks4.pbix"]
    assert discover([Path("public"), Path("team/../public/ks4.pbix")]) == [Path("public/ks4.pbix")]


def test_where_names_have_no_case_another_one_is_no_way_around(monkeypatch: pytest.MonkeyPatch) -> None:
    aware = not globs.matches("public/**", "Public/x.pbix")
    assert aware is (sys.platform not in {"win32", "darwin"})
    monkeypatch.setattr(globs, "CASE", globs.re.IGNORECASE)
    globs._compiled.cache_clear()
    try:
        assert globs.matches("public/**", "PUBLIC/x.pbix")
        assert not globs.matches("public/**", "team/x.pbix")
    finally:
        globs._compiled.cache_clear()


@pytest.mark.parametrize(
    ("officers", "authors", "expected"),
    [
        ("dfe-performance", "dfe-cin-cla", {"threshold": 5, "thresholds": {"destinations": 10}}),
        ("dfe-performance", "nhs-round5", {"threshold": 7, "thresholds": {"destinations": 10}}),
        ("dfe-exclusions", "dfe-performance", {"threshold": 5, "width": 5}),
        ("opensafely", "strict", {"threshold": 9, "zeros_disclosive": True, "group_limit": 10}),
        ("opensafely", "dfe-performance", {"threshold": 7, "sensitive_classes": ("A", "B", "C", "D")}),
        ("strict", "ons-srs", {"threshold": 9, "zeros_disclosive": True}),
    ],
)
def test_a_higher_threshold_does_not_buy_the_officers_other_numbers(repo: Path, officers, authors, expected) -> None:
    put(repo, "disclint.toml", f'profile = "{officers}"')
    put(repo, MANIFEST, f'audience = "schools"\nprofile = "{authors}"')
    profile = settled().policy.profile
    assert {key: getattr(profile, key) for key in expected} == expected
    assert profile.bands[0] >= max(profile.threshold, *profile.thresholds.values(), 0)
    base = profile.rounding and profile.rounding.base
    assert base == (5 if {officers, authors} & {"opensafely", "nhs-round5"} else None)


def test_the_numbers_of_another_profile_are_said_where_they_count(repo: Path) -> None:
    put(repo, "disclint.toml", 'profile = "dfe-performance"')
    put(
        repo,
        MANIFEST,
        'audience = "schools"\nprofile = "nhs-round5"\n[[source]]\nname = "P"\norigin = "other"\ndataset = "KS4 destinations"',
    )
    found = settled()
    assert found.policy.profile.threshold == 10
    assert fact(found, "profile") == f"nhs-round5 ({Path(MANIFEST).name}; with the stricter numbers of dfe-performance)"
    put(repo, "disclint.toml", 'profile = "dfe-cin-cla"')
    put(repo, MANIFEST, 'audience = "schools"\nprofile = "dfe-exclusions"')
    assert fact(settled(), "profile") == "dfe-cin-cla (disclint.toml)", "nothing of the other is stricter"


def test_codes_of_fields_and_bands_of_the_officers_profile_stay(repo: Path) -> None:
    put(
        repo,
        "policy/ours.toml",
        OURS.format(threshold=5).replace("[[source]]", "[field_thresholds]\nB = 12\n[[source]]"),
    )
    put(repo, "disclint.toml", 'policy = "policy"\nprofile = "ours"')
    put(repo, MANIFEST, 'audience = "schools"\nprofile = "strict"')
    profile = settled().policy.profile
    assert (profile.name, profile.threshold, profile.field_thresholds) == ("strict", 9, {"B": 12})
    assert profile.bands == (49, 99, 499), "no finer than the officer's"


ENTRY = '[[workbook]]\npath = "team/**"\n'


def test_the_officers_word_on_a_source_holds_whatever_the_author_calls_it(repo: Path) -> None:
    put(repo, "disclint.toml", ENTRY + '[[workbook.source]]\nname = "KS4"\norigin = "npd_via_nexus"\n')
    said = '[[source]]\nname = "{}"\norigin = "open_data"\n'
    for alias in ("KS4", "Pupil", "Extract.Pupil_1", "federated.0abc"):
        put(repo, MANIFEST, said.format(alias) + said.format("Else"))
        declaration = settled().policy.declaration
        source = Source("federated.0abc", "KS4", "embedded", (Table("Extract.Pupil_1", "Pupil", ()),))
        assert declaration.source(source, source.tables[0]).origin == "npd_via_nexus", alias
        assert {s.name for s in declaration.sources} == {"KS4", alias, "Else"}
    one = (
        ENTRY
        + '[[workbook.source]]\nname = "KS4"\norigin = "npd_via_nexus"\n[[workbook.source]]\nname = "Pupil"\norigin = "other"\n'
    )
    put(repo, "disclint.toml", one)
    assert settled().policy.declaration.source(source, source.tables[0]).origin == "other", "of one voice, the table's"


def test_the_officers_approval_and_recipients_hold(repo: Path) -> None:
    put(
        repo, "disclint.toml",
        ENTRY + 'owner = "Data team"\n[workbook.recipients]\nscope = "all"\n[workbook.retention]\ndelete_by = 2027-01-01\n'
        f'[workbook.approval]\napproved_by = "The DPO"\nsha256 = "{"1" * 64}"\n[workbook.legal]\nlawful_basis = "Task"\n',
    )  # fmt: skip
    put(
        repo, MANIFEST,
        'title = "KS4"\nowner = "A Builder"\n[recipients]\nscope = "own_school"\nurns = ["100001"]\n'
        f'[approval]\nprepared_by = "B Builder"\napproved_by = "A Builder"\nsha256 = "{"2" * 64}"\n'
        "[retention]\ndelete_by = 2029-01-01\n",
    )  # fmt: skip
    found = settled().policy.declaration
    assert (found.scope, found.urns, found.sha256, found.approved_by) == ("all", (), "1" * 64, "The DPO")
    assert str(found.delete_by) == "2027-01-01"
    assert (found.title, found.owner, found.lawful_basis) == ("KS4", "A Builder", "Task"), "what nobody else says"
    assert set(found.builders) == {"A Builder", "B Builder", "Data team"}


def test_another_name_in_the_manifest_is_no_second_person(repo: Path) -> None:
    put(repo, "disclint.toml", "second_person = true\n" + ENTRY + 'owner = "A Builder"\n')
    put(repo, MANIFEST, 'owner = "Somebody Else"\n')
    found = settled()
    day = found.policy.today
    waiver = {"rule": "DR007", "path": NAME, "object": "x", "reason": "y", "expires": day}
    for name, refused in (("a builder", True), ("Somebody  else", True), ("The DPO", False)):
        reason = failing(Waiver(**waiver, approved_by=name), found.acceptance, found.policy)
        assert bool(reason) is refused, name


def test_one_urn_many_times_is_not_many_schools(repo: Path) -> None:
    put(repo, MANIFEST, '[recipients]\nscope = "own_school"\nurns = ["100001", "100001"]\n')
    with pytest.raises(UsageError, match="recipients: URN 100001 is listed twice"):
        settled()


def test_a_submodule_does_not_end_the_search(repo: Path) -> None:
    put(repo, "disclint.toml", 'minimum_audience = "schools"')
    put(repo, "team/disclint.toml", 'audience = "internal"')
    put(repo, "team/.git", "gitdir: ../.git/modules/team\n")
    assert settled().policy.audience == "schools"
    put(repo, "team/disclint.toml", 'policy = "policy"')
    with pytest.raises(UsageError, match=r"'policy' may stand only in the outermost configuration, disclint.toml"):
        settled()
    put(repo, "team/.git", "gitdir: /elsewhere/.git/worktrees/team\n")
    put(repo, "team/disclint.toml", 'audience = "internal"')
    assert settled().policy.audience == "internal", "a work tree is a repository of its own"


@pytest.mark.parametrize("text", ["unit_keys = 3", "audience ="])
def test_of_manifests_of_one_name_the_wrong_one_is_told(repo: Path, text: str) -> None:
    put(repo, MANIFEST, text)
    with pytest.raises(UsageError) as refused:
        settled()
    assert str(refused.value).startswith(f"{Path(MANIFEST)}: ")
