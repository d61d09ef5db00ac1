"""Any slip in a configuration, manifest, profile, baseline or waiver is one clear line that names file and key."""

import copy
import dataclasses
import datetime as dt
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linter import cli
from linter.config.files import Request
from linter.config.resolve import settle
from linter.config.strictest import Given
from linter.errors import UsageError
from linter.suppress.accept import accept
from tests.docs.test_how_to import EXAMPLES, ROOT

KINDS = {
    "config": "disclint.toml",
    "manifest": "team/ks4.twb.disclint.toml",
    "severity": "policy/severity.toml",
    "profile": "policy/ours.toml",
    "waivers": "policy/disclint-waivers.toml",
    "baseline": "policy/disclint-baseline.json",
}
FREE = {"at_most", "severity", "thresholds", "field_thresholds"}
"""Tables whose keys are the user's own: any name may stand there."""
Place = tuple[str | int, ...]


def examples(kind: str) -> list[dict[str, Any]]:
    """The examples of the how-to pages, made to work together in one repository."""
    if kind == "baseline":
        (text,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs/how-to/baseline.md").read_text("utf-8"), re.DOTALL)
        return [json.loads(text)]
    found = [tomllib.loads(text) for _, name, text in EXAMPLES if name == kind]
    for data in found:
        if kind == "config":
            data |= {"policy": "policy", "profile": "ours", "second_person": False}
        for waiver in data.get("waiver", []):
            waiver["path"] = "team/ks4.twb"
    return found


def toml(value: Any) -> str:
    """A value as TOML writes it on one line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=True)
        case dict():
            return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dt.date():
            return value.isoformat()
        case _:
            return repr(value)


def places(value: Any, below: Place = ()) -> Iterator[Place]:
    """Every key and entry of nested tables and lists."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*below, key)
        yield from places(inner, (*below, key))


def at(data: Any, place: Place) -> Any:
    for step in place:
        data = data[step]
    return data


OTHERS: list[Any] = ["text", 3, 2.5, True, [], ["x"], {}, {"x": 1}, dt.date(2030, 1, 1)]


def of_another_type(value: Any) -> list[Any]:
    """Values that no table could take in the place of this one."""
    number = isinstance(value, float)
    wrong = [o for o in OTHERS if type(o) is not type(value) and not (number and type(o) is int)]
    return [o for o in wrong if not (isinstance(value, dict | list) and o in ([], {}))]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """A repository in which everything is valid, with one file written anew; the path of its workbook."""
    root = tmp_path_factory.mktemp("repository")
    (root / ".git").mkdir()
    right = {kind: examples(kind)[0] for kind in KINDS}

    def written(kind: str, text: str) -> Path:
        for name, file in KINDS.items():
            path = root / file
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(f"{json.dumps(k)} = {toml(v)}" for k, v in right[name].items()), "utf-8")
            if name == "baseline":
                path.write_text(json.dumps(right[name]), "utf-8")
        (root / KINDS[kind]).write_text(text, "utf-8")
        workbook = root / "team/ks4.twb"
        workbook.write_text("<workbook/>", "utf-8")
        return workbook

    return written


def text_of(kind: str, data: Any) -> str:
    return (
        json.dumps(data) if kind == "baseline" else "\n".join(f"{json.dumps(k)} = {toml(v)}" for k, v in data.items())
    )


def judged(workbook: Path) -> str:
    """What is said about the files of the repository: an error, or why a waiver doesn't hold; empty if nothing."""
    settled = settle(workbook, Given(), Request())
    policy = dataclasses.replace(settled.policy, today=dt.date(2027, 1, 1))
    found = accept((), settled.acceptance, policy, frozenset({"ME004"}))
    return "\n".join(f.message for f in found if "does not hold" in f.message)


def said_of(kind: str, data: Any, repository: Callable[[str, str], Path]) -> str:
    """The one line about a mutated file; empty where it is still valid."""
    return one_line(kind, repository(kind, text_of(kind, data)))


def one_line(kind: str, workbook: Path) -> str:
    """What is said about the file of that kind: nothing, or one line that names it."""
    try:
        said = judged(workbook)
    except UsageError as error:
        said = str(error)
    assert "\n" not in said, said
    assert not said or KINDS[kind].rpartition("/")[2] in said, said
    return said


def names(place: Place, said: str) -> bool:
    """Whether a message names the key, or the table or entry in which it stands."""
    return any(isinstance(step, str) and step in said for step in place)


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_are_valid_together(kind, repository) -> None:
    for data in examples(kind):
        assert said_of(kind, data, repository) == ""


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=st.data())
def test_another_type_is_refused_and_named(kind, repository, choice) -> None:
    data = copy.deepcopy(choice.draw(st.sampled_from(examples(kind))))
    place = choice.draw(st.sampled_from(sorted(places(data), key=str)))
    wrong = of_another_type(at(data, place))
    if kind == "baseline":
        wrong = [w for w in wrong if not isinstance(w, dt.date)]  # JSON has none
    at(data, place[:-1])[place[-1]] = choice.draw(st.sampled_from(wrong))
    said = said_of(kind, data, repository)
    assert said, (place, at(data, place))
    assert names(place, said), said


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=st.data(), slip=st.sampled_from(["x{}", "{}s", "{}-", "un known", ""]))
def test_another_key_is_refused_and_named(kind, repository, choice, slip) -> None:
    data = copy.deepcopy(choice.draw(st.sampled_from(examples(kind))))
    keyed = [p for p in places(data) if isinstance(p[-1], str) and p[-2:-1] not in [(f,) for f in FREE]]
    place = choice.draw(st.sampled_from(sorted(keyed, key=str)))
    table, old = at(data, place[:-1]), place[-1]
    new = slip.format(old)
    table[new] = table.pop(old)
    said = said_of(kind, data, repository)
    assert said, place
    assert "unknown key" in said, said
    assert f"{new}'" in said, said


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    choice=st.data(), value=st.sampled_from(["", " ", "../x", "a\\b", "2026-13-01", -1, 0, 10**30, "\u202e", "x\ny"])
)
def test_an_odd_value_is_taken_or_refused_in_one_line(kind, repository, choice, value) -> None:
    data = copy.deepcopy(choice.draw(st.sampled_from(examples(kind))))
    place = choice.draw(st.sampled_from(sorted(places(data), key=str)))
    holder = at(data, place[:-1])
    if choice.draw(st.booleans()):
        holder[place[-1]] = value
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[-1]))
    else:
        del holder[place[-1]]
    said_of(kind, data, repository)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=st.data())
def test_a_file_cut_anywhere_is_one_line(kind, repository, choice) -> None:
    text = text_of(kind, examples(kind)[0])
    cut = text[: choice.draw(st.integers(0, len(text)))] + choice.draw(st.sampled_from(["", "=", "[[", '"', "\x00"]))
    one_line(kind, repository(kind, cut))


WRONG = [
    ("config", 'audience = "all"', "disclint.toml: audience must be one of"),
    ("config", '[[workbook]]\npath = "/x"', "disclint.toml: workbook[1].path"),
    ("manifest", "unit_keys = 3", "ks4.twb.disclint.toml: unit_keys must be a list"),
    ("manifest", "[retention]\ndelete_by = 2026-13-01", "ks4.twb.disclint.toml: not valid TOML, line 2"),
    ("severity", '[at_most]\nSC001 = "low"', "severity.toml: at_most.SC001 must be one of"),
    ("profile", "threshold = 5", "ours.toml: the key 'title' is missing"),
    ("waivers", "waiver = 3", "disclint-waivers.toml: write [[waiver]] with double brackets"),
    ("baseline", '{"findings": 3}', "disclint-baseline.json: findings must be a list"),
]


@pytest.mark.parametrize(("kind", "text", "said"), WRONG)
def test_the_command_says_it_and_ends_with_2(kind, text, said, repository, capsys) -> None:
    workbook = repository(kind, text)
    if kind == "profile":
        (workbook.parents[1] / "disclint.toml").write_text('policy = "policy"\nprofile = "ours"\n', "utf-8")
    assert cli.run(["check", str(workbook), "-q"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
