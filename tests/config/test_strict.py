"""Every wrong key, type, date and pattern is one plain line that names file and key."""

import tomllib

import pytest

from linter.config.globs import checked_glob, literal, matches
from linter.config.keys import ConfigFile
from linter.config.strict import read_toml, toml_text, validated
from linter.errors import UsageError
from linter.manifest import Manifest

SOURCE = '[[source]]\nname = "Pupil"\norigin = "other"\n'
WRONG_MANIFESTS = [
    ('audiense = "public"', "unknown key 'audiense', did you mean 'audience'?"),
    ('audience = "everyone"', "audience must be one of internal, schools, partners or public"),
    ("audience = 3", "audience must be one of"),
    ('delivery = "pigeon"', "delivery must be one of file"),
    ('unit_keys = "UPN"', "unit_keys must be a list"),
    ("unit_keys = [3]", "unit_keys[1] must be text in quotes"),
    ('unit_keys = [""]', "unit_keys[1] must be text that says something"),
    ("title = 3", "title must be text in quotes"),
    ('source = "Pupil"', "source must be a list"),
    (SOURCE + "peple = false", "unknown key 'source[1].peple', did you mean 'people'?"),
    (SOURCE + 'people = "no"', "source[1].people must be true or false"),
    (SOURCE + 'embargo_until = "2026-09-30"', "source[1].embargo_until must be a date such as 2026-09-30"),
    (SOURCE + "embargo_until = 2026-09-30T10:00:00", "source[1].embargo_until must be a date"),
    (SOURCE + 'release_stage = "first"', "source[1].release_stage must be one of early, unamended, amended or final"),
    ('[[source]]\nname = "Pupil"', "the key 'source[1].origin' is missing"),
    (SOURCE.replace("other", "nexus"), "source[1].origin must be one of npd_via_nexus"),
    (SOURCE * 2, "source 'Pupil' is declared twice"),
    ('[recipients]\nscope = "own_school"', "recipients: scope 'own_school' needs the URNs"),
    ('[recipients]\nurns = ["12"]', "recipients.urns[1] must be a URN of six digits"),
    ('[approval]\nsha256 = "AB"', "approval.sha256 must be a SHA-256"),
    ("legal = 3", "legal must be a table"),
    ('[[third_party]]\nname = "X"\nrole = "friend"', "third_party[1].role must be one of processor"),
]
WRONG_CONFIGS = [
    ('minimum_audiance = "schools"', "unknown key 'minimum_audiance', did you mean 'minimum_audience'?"),
    ('fail-on = "error"', "unknown key 'fail-on', did you mean 'fail_on'?"),
    ('fail_on = "note"', "fail_on must be one of error, warning or never"),
    ("waiver_days = 0", "waiver_days must be at least 1"),
    ("waiver_days = 1_000_000_000", "waiver_days must be at most 36500"),
    ("review_days = 1_000_000_000", "review_days must be at most 36500"),
    ('waiver_days = "90"', "waiver_days must be a whole number"),
    ("second_person = 1", "second_person must be true or false"),
    ('severity = "error"', "severity must be a table"),
    ('[severity]\nSC001 = "fatal"', "severity.SC001 must be one of note, warning or error"),
    ('[[workbook]]\naudience = "public"', "the key 'workbook[1].path' is missing"),
    ('[[workbook]]\npath = "../x.pbix"', "workbook[1].path: '../x.pbix': no empty part"),
    ('[[workbook]]\npath = "/x.pbix"', "a path below the configuration's folder is wanted"),
    ('[[workbook]]\npath = "C:/x.pbix"', "a path below the configuration's folder is wanted"),
    ("[[workbook]]\npath = 'a\\b.pbix'", "write folders with /"),
    ('[[workbook]]\npath = "a**/b.pbix"', "** must be a folder of its own"),
    ('[[workbook]]\npath = ""', "a path below"),
]


@pytest.mark.parametrize(
    ("model", "text", "said"), [(Manifest, *w) for w in WRONG_MANIFESTS] + [(ConfigFile, *w) for w in WRONG_CONFIGS]
)
def test_what_is_wrong_is_one_line(model, text, said) -> None:
    with pytest.raises(UsageError) as refused:
        validated(model, tomllib.loads(text), "x.toml")
    assert str(refused.value).startswith("x.toml: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_toml_is_named_with_its_line_and_not_quoted(tmp_path) -> None:
    file = tmp_path / "x.toml"
    for content, said in [
        (b"a = 1\nAnn Smith\n", "x.toml: not valid TOML, line 2"),
        (b'a = "', "x.toml: not valid TOML"),
        (b"\xff\xfe", "x.toml: not UTF-8 text"),
    ]:
        file.write_bytes(content)
        with pytest.raises(UsageError) as refused:
            read_toml(file)
        assert said in str(refused.value)
        assert "Smith" not in str(refused.value)
    with pytest.raises(UsageError, match="there is no such file"):
        read_toml(tmp_path / "gone.toml")


def test_an_empty_manifest_is_valid() -> None:
    assert validated(Manifest, {}, "x").declaration("x").sources == ()


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("ks4.pbix", "ks4.pbix", True),
        ("ks4.pbix", "sub/ks4.pbix", False),
        ("*.pbix", "ks4.pbix", True),
        ("*.pbix", "sub/ks4.pbix", False),
        ("**/*.pbix", "ks4.pbix", True),
        ("**/*.pbix", "a/b/ks4.pbix", True),
        ("reports/**", "reports/a/b.twbx", True),
        ("reports/**", "reports.twbx", False),
        ("a/**/b.pbix", "a/b.pbix", True),
        ("a/**/b.pbix", "a/x/y/b.pbix", True),
        ("ks?.pbix", "ks4.pbix", True),
        ("ks?.pbix", "ks/.pbix", False),
        ("KS4 [final].pbix", "KS4 [final].pbix", True),
        ("KS4 [final].pbix", "KS4 f.pbix", False),
        ("a.pbix", "axpbix", False),
    ],
)
def test_patterns(pattern, path, expected) -> None:
    assert matches(checked_glob(pattern), path) is expected
    assert literal(pattern) is not bool({"*", "?"} & set(pattern))


@pytest.mark.parametrize("text", ['quote " and \\', "line\nbreak", "\x7f\u202e]", "plain", "\U0001f600", ""])
def test_text_survives_being_written(text) -> None:
    written = f"key = {toml_text(text)}"
    assert tomllib.loads(written) == {"key": text}
    assert not {"\n", "\u202e"} & set(written)
