"""``disclint table``: findings, masking, exit codes, real tables."""

from __future__ import annotations

import csv
import json
import re
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from tests.samples import reference_dir

SCHEMAS = resources.files("linter.reporters").joinpath("schemas")
SCHEMA = jsonschema.Draft202012Validator(json.loads(SCHEMAS.joinpath("table-v1.schema.json").read_text("utf-8")))
SHOWN = "School,SEN,Pupils\n"
ROWS = {("Ash", "E"): 14, ("Ash", "K"): 36, ("Ash", "N"): 210, ("Birch", "E"): 13, ("Birch", "K"): 35,
        ("Birch", "N"): 182, ("Cedar", "E"): 4, ("Cedar", "K"): 24, ("Cedar", "N"): 92}  # fmt: skip


def published(hidden: dict, totals: bool = True) -> str:
    """The table with symbols in place of the hidden figures, and its totals."""
    lines = [(a, b, hidden.get((a, b), n)) for (a, b), n in ROWS.items()]
    if totals:
        schools, needs = dict.fromkeys(a for a, _ in ROWS), dict.fromkeys(b for _, b in ROWS)
        lines += [(a, "Total", sum(n for (x, _), n in ROWS.items() if x == a)) for a in schools]
        lines += [("Total", b, sum(n for (_, x), n in ROWS.items() if x == b)) for b in needs]
        lines += [("Total", "Total", sum(ROWS.values()))]
    return SHOWN + "".join(f"{a},{b},{n}\n" for a, b, n in lines)


def reference(*parts: str) -> Path:
    root = reference_dir()
    path = root.joinpath(*parts) if root else None
    if path is None or not path.exists():
        pytest.skip(f"the shared reference {'/'.join(parts)} is not here")
    return path


@pytest.fixture
def table(disclint, tmp_path):
    """Run the command on a text, as JSON."""

    def run(text: str, *arguments: object):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        outcome = disclint("table", path, "--output-format", "json", *arguments)
        found = json.loads(outcome.out)
        SCHEMA.validate(found)
        return outcome, found

    return run


def test_primary_suppression_alone_is_no_suppression(table):
    outcome, found = table(published({("Cedar", "E"): "c"}))
    assert outcome.code == 1
    assert [r["cell"] for r in found["recoverable"]] == [{"measure": "Pupils", "School": "Cedar", "SEN": "E"}]
    assert [f["rule"] for f in found["findings"]] == ["SU001"]
    assert found["findings"][0]["evidence"]["mend_cells"] == 3


def test_no_figure_without_show_values(disclint, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(published({("Cedar", "E"): "c"}), encoding="utf-8")
    for output in ("text", "json"):
        said = disclint("table", path, "--output-format", output).out.replace(str(tmp_path), "")
        assert not {"4", "24", "92", "120", "31", "27", "66"} & set(re.findall(r"(?<![\w-])\d+(?!\w)", said)), said
    shown = json.loads(disclint("table", path, "--output-format", "json", "--show-values", "-q").out)
    assert shown["recoverable"][0]["value"] == 4
    assert re.search(r"= 4: ", shown["recoverable"][0]["certificate"])


def test_secondary_suppression_passes(table):
    hidden = dict.fromkeys([("Cedar", "E"), ("Cedar", "K"), ("Birch", "E"), ("Birch", "K")], "c")
    outcome, found = table(published(hidden))
    assert outcome.code == 0
    assert not found["recoverable"]
    assert not found["findings"]


def test_small_figures_that_are_shown(table):
    outcome, found = table(published({}))
    assert (outcome.code, found["primary"]) == (1, 1)
    assert [f["rule"] for f in found["findings"]] == ["SC001"]


def test_several_symbols_tell(table):
    hidden = {("Cedar", "E"): "c", ("Cedar", "K"): "s", ("Birch", "E"): "s", ("Birch", "K"): "s"}
    outcome, found = table(published(hidden))
    assert outcome.code == 0
    assert [f["rule"] for f in found["findings"]] == ["SU005"]


def test_what_a_symbol_says_narrows(table):
    hidden = {("Cedar", "E"): "<5", ("Cedar", "K"): "c", ("Birch", "E"): "c", ("Birch", "K"): "c"}
    _, found = table(published(hidden))
    assert "SU003" in [f["rule"] for f in found["findings"]]
    assert all(n["low"] is None for n in found["narrow"])


NESTED = """region,district,sex,pupils
North,Ashford,F,20
North,Ashford,Total,41
North,Beck,F,{hidden}
North,Beck,Total,30
North,Total,F,27
North,Total,Total,71
South,Coombe,F,33
South,Coombe,Total,60
South,Dean,F,21
South,Dean,Total,40
South,Total,F,54
South,Total,Total,100
Total,Total,F,81
Total,Total,Total,171
"""


def test_a_hierarchy_over_two_columns(table):
    outcome, found = table(NESTED.format(hidden="c"))
    assert outcome.code == 1
    assert [r["cell"]["region"] for r in found["recoverable"]] == ["North > Beck"]
    assert any("one hierarchy" in note for note in found["notes"])


def test_two_files_leak_together_and_against(disclint, tmp_path):
    body, totals = tmp_path / "body.csv", tmp_path / "totals.csv"
    body.write_text(published({("Cedar", "E"): "c"}, totals=False), encoding="utf-8")
    totals.write_text("School,Pupils\nAsh,260\nBirch,230\nCedar,120\n", encoding="utf-8")
    assert disclint("table", body).code == 0
    together = json.loads(disclint("table", body, totals, "--output-format", "json").out)
    assert [f["rule"] for f in together["findings"]] == ["SU002"]
    against = json.loads(disclint("table", body, "--against", totals, "--output-format", "json").out)
    assert [f["rule"] for f in against["findings"]] == ["SU006"]
    assert len(against["tables"]) == 1


def test_percentages_alone_are_not_audited(table):
    outcome, found = table("School,SEN,Percentage of pupils\nAsh,E,12.5\nAsh,K,c\nAsh,Total,100\n")
    assert outcome.code == 3
    assert "no measure that adds up" in found["notes"][0]


def test_a_total_that_is_none_is_not_used_and_said(table):
    text = published({("Cedar", "E"): "c"}).replace("Ash,Total,260", "Ash,Total,999")
    outcome, found = table(text)
    assert any("do not add up" in note for note in found["notes"])
    assert outcome.code in {1, 3}


@pytest.mark.parametrize("name", ["none.csv", "notes.docx"])
def test_wrong_usage_is_one_line(disclint, tmp_path, name):
    if name.endswith("docx"):
        (tmp_path / name).write_bytes(b"x")
    outcome = disclint("table", tmp_path / name)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1


def test_text_says_how(disclint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(published({("Cedar", "E"): "c"}), encoding="utf-8")
    assert disclint("table", "t.csv").out == SNAPSHOT


SNAPSHOT = """\
t.csv
  Layout     long, 16 rows
  Dims       School (total “Total”), SEN (total “Total”)
  Measures   Pupils
  Hidden     1 of 16 figures (c x 1)

error    SU001 recoverable-in-visual: 1 hidden figure of 1 follows from what it shows.
         Fix: Hide a second figure beside each one in its row and column of totals, with the same symbol: hiding 3 further figures as well would do (a plan that passes the audit, not the smallest); or merge categories, or leave out the totals.

How they follow:
  [pupils: sen=E] - [pupils: school=Ash, sen=E] - [pupils: school=Birch, sen=E] = [pupils: school=Cedar, sen=E]
A plan that passes the audit, not the smallest: hide 3 further figures
  [pupils: school=Birch, sen=E]
  [pupils: school=Birch, sen=K]
  [pupils: school=Cedar, sen=K]
  (--show-values prints the numbers, --output-format json every cell)
"""


def test_the_naive_pattern_of_a_released_tool(table):
    facts = json.loads(reference("sdc_cases", "rmoriedata", "naive_complementary.json").read_text())
    rows, cols, counts = facts["rows"], facts["cols"], facts["counts"]
    hidden = {tuple(cell) for cell in facts["primary"] + facts["complementary_by_tool"]}
    lines = ["row," + ",".join([*cols, "Total"])]
    for r, line in zip(rows, counts, strict=True):
        texts = ("c" if (r, c) in hidden else str(n) for c, n in zip(cols, line, strict=True))
        lines.append(",".join([r, *texts, str(sum(line))]))
    sums = [sum(column) for column in zip(*counts, strict=True)]
    lines.append(",".join(["Total", *map(str, sums), str(sum(sums))]))
    _, found = table("\n".join(lines) + "\n", "--dims", "row,col", "--show-values", "-q")
    expected = facts["audit_expected"]["exactly_recoverable"]
    assert len(found["recoverable"]) == len(expected)


@pytest.mark.slow
def test_local_authority_exclusions_as_they_come(disclint):
    path = reference("dfe_open_data", "exclusions_by_reason.csv")
    against = reference("dfe_open_data", "absence_by_ethnicity_and_fsm_2024_25.csv")
    outcome = disclint("table", path, "--against", against, "--output-format", "json", "-q")
    found = json.loads(outcome.out)
    with path.open(newline="", encoding="utf-8-sig") as lines:
        regions = {row["region_name"] for row in csv.DictReader(lines)}
    places = [r["cell"]["location"] for r in found["recoverable"]]
    authorities = [p for p in places if p.split(" (")[0] not in regions and not p.startswith("England")]
    assert outcome.code == 1
    assert len(authorities) == 6995
    assert len(places) > 6995  # regional figures follow from their authorities
    assert all(r["certificate"] and r["value"] is None for r in found["recoverable"])
    assert any("no measure in common" in note for note in found["notes"])


def test_a_national_publication_gives_a_suppressed_copy_away(disclint, tmp_path):
    national = reference("dfe_open_data", "absence_by_ethnicity_and_fsm_2024_25.csv")
    with national.open(newline="", encoding="utf-8-sig") as lines:
        everything = list(csv.DictReader(lines))
    rows = [row for row in everything if "Total" not in row.values()]
    hidden = [row for row in rows if 0 < int(row["enrolments"]) < 10]
    for row in hidden:
        row["enrolments"] = "c"
    keep = ["time_period", "time_identifier", "geographic_level", "country_code", "country_name",
            "education_phase", "fsm", "ethnicity_minor", "enrolments"]  # fmt: skip
    own = tmp_path / "own.csv"
    with own.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, keep, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    alone = json.loads(disclint("table", own, "--output-format", "json", "-q").out)
    both = json.loads(disclint("table", own, "--against", national, "--output-format", "json", "-q").out)
    assert hidden
    assert not alone["recoverable"]
    assert len(both["recoverable"]) == len(hidden)
    assert "SU006" in [f["rule"] for f in both["findings"]]


def test_the_schema_is_one_and_refuses_what_is_no_document(table):
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)
    _, found = table(published({("Cedar", "E"): "c"}))
    assert found["mend"]
    assert found["mend_cost"] is None
    for wrong in ({**found, "more": 1}, {k: v for k, v in found.items() if k != "complete"}, {**found, "primary": -1}):
        assert not SCHEMA.is_valid(wrong)
    _, shown = table(published({("Cedar", "E"): "c"}), "--show-values")
    assert shown["mend_cost"] > 0


def test_hierarchies_and_worksheets_on_the_command_line(disclint, tmp_path):
    areas, above = tmp_path / "areas.csv", tmp_path / "above.csv"
    areas.write_text("Area,Pupils\nNorth,50\nAsh,14\nBirch,c\nCedar,30\n", "utf-8")
    above.write_text("Ash,North\nBirch,North\nCedar,North\n", "utf-8")
    assert disclint("table", areas).code == 0
    assert disclint("table", areas, "--hierarchy", f"Area={above}").code == 1
    for wrong in ("Area", f"Place={above}", "Area>Town"):
        outcome = disclint("table", areas, "--hierarchy", wrong)
        assert outcome.code == 2
        assert "--hierarchy" in outcome.err


def test_a_pack_is_nothing_to_compare_with(disclint, tmp_path):
    areas, pack = tmp_path / "areas.csv", tmp_path / "pack"
    areas.write_text("Area,Pupils\nNorth,50\nAsh,14\n", "utf-8")
    pack.mkdir()
    (pack / "report.json").write_text("{}", "utf-8")
    outcome = disclint("table", areas, "--against", pack)
    assert outcome.code == 2
    assert "a pack holds no figures" in outcome.err


def test_labels_are_no_commands_of_a_ci_system_and_json_is_plain(disclint, tmp_path):
    """Labels are untrusted; JSON is the same bytes on every console."""
    odd = "##vso[task.complete result=Succeeded]é"
    (tmp_path / "t.csv").write_text(published({("Cedar", "E"): "c"}).replace("Cedar", odd), encoding="utf-8")
    text = disclint("table", tmp_path / "t.csv").out
    document = disclint("table", tmp_path / "t.csv", "--output-format", "json").out
    assert "task.complete" in text
    assert "##vso" not in text + document
    assert document.isascii()
    assert odd in {r["cell"]["School"] for r in json.loads(document)["recoverable"]}
