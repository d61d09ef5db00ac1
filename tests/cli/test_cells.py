import json

import pytest


def test_text_names_what_is_small(disclint, fake) -> None:
    outcome = disclint("cells", "bad.twbx")
    assert outcome.code == 3
    assert "Overview > Pupils by school" in outcome.out
    assert "not evaluated: a table calculation that filters" in outcome.out
    assert "Ash School" not in outcome.out


@pytest.mark.parametrize("name", ["text", "json", "csv"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("clean.pbix",), 0),
        (("bad.twbx",), 3),
        (("broken.pbix",), 3),
        (("bad.twbx", "--visual", "v1"), 0),
        (("bad.twbx", "--visual", "DETAIL"), 0),
        (("bad.twbx", "--visual", "Map"), 3),
    ],
)
def test_exit_codes(disclint, fake, name, arguments, code) -> None:
    outcome = disclint("cells", *arguments, "--output-format", name)
    assert outcome.code == code
    if name == "json":
        json.loads(outcome.out)


def test_only_the_visuals_asked_for_in_workbook_order(disclint, fake) -> None:
    out = disclint("cells", "bad.twbx", "--visual", "v2", "--visual", "Pupils by school", "--output-format", "json").out
    assert [v["id"] for v in json.loads(out)["visuals"]] == ["v1", "v2"]


def test_an_unknown_visual(disclint, fake) -> None:
    outcome = disclint("cells", "bad.twbx", "--visual", "Pupil by school")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "disclint: no visual is called 'Pupil by school'; there is Pupils by school\n"


@pytest.mark.parametrize("threshold", ["9", "3", "11"])
def test_another_threshold_needs_show_values(disclint, fake, threshold) -> None:
    outcome = disclint("cells", "bad.twbx", "--threshold", "10", "--threshold", threshold)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"--threshold {threshold}: without --show-values only 10" in outcome.err


def test_the_threshold_of_the_profile_may_be_asked_for(disclint, fake) -> None:
    assert disclint("cells", "clean.pbix", "--threshold", "10").code == 0


def test_values_and_thresholds_on_request(disclint, fake) -> None:
    outcome = disclint("cells", "bad.twbx", "--show-values", "--threshold", "50", "--output-format", "json")
    layer = json.loads(outcome.out)["visuals"][0]["layers"][0]
    assert layer["units"]["below"] == {"3": 4, "6": 7, "10": 11, "50": 12}
    assert layer["rows"][0]["values"] == ["Ash School"]
    assert "handle the output like the data itself" in outcome.err
    text = disclint("cells", "bad.twbx", "--show-values", "--threshold", "50").out
    assert "<50" in text
    assert "Ash School" in text


def test_one_workbook_at_a_time(disclint, fake) -> None:
    outcome = disclint("cells", ".")
    assert outcome.code == 2
    assert "name one" in outcome.err


def test_what_was_not_read_is_noticed(disclint, fake) -> None:
    assert "not read: Data/legacy.tde: the extract is a TDE file" in disclint("cells", "bad.twbx").err
