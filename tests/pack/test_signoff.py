"""The sheet to sign: what it says, in which order, and which part of it may change."""

import dataclasses
import io

import docx
import pytest

from linter.errors import Unreadable
from linter.findings import Severity, Suppression
from linter.pack import signoff
from linter.pack.layout import DECISION
from linter.pack.signoff import sheet_bytes, sheet_text
from linter.reporters.reading import fold, following, open_findings
from tests.reporters import factory

SEAL = "5ea1" * 16


def read(content):
    return docx.Document(io.BytesIO(content))


def text_of(document):
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def headings(document):
    return [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]


def test_what_was_not_checked_stands_before_what_was_found(checked):
    assert headings(read(sheet_bytes(checked(), SEAL))) == [
        "What is released, to whom and why",
        "What was not checked",
        "What was found",
        "What was accepted",
        "What this sheet belongs to",
        DECISION,
    ]


def test_who_what_and_why(checked):
    document = read(sheet_bytes(checked(), SEAL))
    facts = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    assert facts["Readers"].endswith(": All schools")
    assert facts["Data"] == "Pupil (npd via nexus, KS4, 2024/25, final, DSA-7) and Calendar (other)"
    assert facts["Third parties"] == "A Printer (processor, C-1)"
    assert facts["Lawful basis"] == "UK GDPR article 6(1)(e)"
    assert facts["To be deleted by"] == "not declared"


def test_every_cause_every_gap_and_every_hash(checked):
    made = checked(left_out=("SC003",))
    text = text_of(read(sheet_bytes(made, SEAL)))
    causes = fold(open_findings(made.result))
    assert any(followers for _, followers in causes)
    for cause, followers in causes:
        told = f" {following(followers)}." if followers else ""
        assert text.count(f"{cause.message}{told}") == 1
    for finding in made.result.findings:
        if finding.suppression and not finding.coverage:
            assert finding.message in text
    assert made.result.sha256 in text
    assert SEAL in text
    assert "Rules that were left out: SC003." in text
    assert "Not checked: visual" in text
    assert "Every visual and every part" not in text


def test_an_accepted_finding_has_its_reason_approver_and_end(checked):
    excuse = Suppression("waiver", "Published already (approved by The DPO)", "2027-03-31")
    finding = factory.finding("SC001", Severity.ERROR, "Small.", "Totals", "Pupils")
    result = factory.clean_result(findings=(dataclasses.replace(finding, suppression=excuse),))
    document = read(sheet_bytes(checked(result), SEAL))
    table = next(t for t in document.tables if t.rows[0].cells[-1].text == "Until")
    assert [c.text for c in table.rows[1].cells] == [
        "error: SC001 small-count", "Totals > Pupils", "Small.",
        "waiver: Published already (approved by The DPO)", "2027-03-31",
    ]  # fmt: skip


def test_a_clean_workbook_says_so_and_still_what_no_program_checks(checked):
    text = text_of(read(sheet_bytes(checked(factory.clean_result()), SEAL)))
    assert "Every visual and every part of the file was read and recomputed." in text
    assert "No program checks whether what was declared is true" in text


def test_long_lists_are_cut_and_counted(checked, monkeypatch):
    monkeypatch.setattr(signoff, "ROWS", 2)
    found = tuple(factory.finding("SC001", Severity.ERROR, f"No {i}.", "P", f"V{i}") for i in range(5))
    document = read(sheet_bytes(checked(factory.clean_result(findings=found)), SEAL))
    assert "Not listed here: 3 errors. They stand in the report." in text_of(document)


@pytest.mark.parametrize("hostile", factory.HOSTILE)
def test_hostile_names_are_plain_text(checked, hostile):
    text = text_of(read(sheet_bytes(checked(factory.hostile_result(hostile)), SEAL)))
    assert not set(text) & set("\x00\x1b\u202e\x9b")
    assert "##vso[" not in text


def test_no_exact_value(checked):
    finding = factory.finding("SC001", Severity.ERROR, "Small.", "P", "V")
    result = factory.clean_result(findings=(dataclasses.replace(finding, revealed={"smallest": 314159}),))
    assert "314159" not in text_of(read(sheet_bytes(checked(result), SEAL)))


def test_filling_it_in_leaves_the_printed_text(checked):
    content = sheet_bytes(checked(), SEAL)
    document = read(content)
    boxes = [p for p in document.paragraphs if p.text.startswith("☐")]
    assert len(boxes) == 3
    boxes[1].runs[0].text = boxes[1].text.replace("☐", "☒")
    document.tables[-1].rows[1].cells[1].paragraphs[0].add_run("A Builder")
    document.tables[-2].rows[0].cells[0].text = "Only to the schools named."
    assert sheet_text(saved(document)) == sheet_text(content)


def saved(document):
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_any_change_above_the_decision_shows(checked):
    content = sheet_bytes(checked(), SEAL)
    wanted = sheet_text(content)
    document = read(content)
    document.tables[1].rows[1].cells[3].text = "Nothing to see."
    assert sheet_text(saved(document)) != wanted
    document = read(content)
    row = document.tables[1].rows[1]._tr
    row.getparent().remove(row)
    assert sheet_text(saved(document)) != wanted
    document = read(content)
    document.paragraphs[0].insert_paragraph_before(DECISION)
    assert sheet_text(saved(document)) != wanted


def test_what_is_no_sheet(checked):
    for content in (b"", b"PK", saved(docx.Document())):
        with pytest.raises(Unreadable):
            sheet_text(content)
