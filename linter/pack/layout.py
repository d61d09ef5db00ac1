"""How the sheet looks, and what of it is printed and what is filled in."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import TYPE_CHECKING

import docx
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table

from linter.archive import Archive
from linter.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document
    from docx.table import _Cell

DECISION = "Decision"
"""The heading from which on the sheet is filled in."""

LIMIT = 20_000_000  # bytes unpacked; a sheet has less than 2 MB
_DECISIONS = (
    "Release as it is",
    "Release on the conditions below",
    "Do not release",
)
_SIGNATORIES = ("Prepared by", "Owner of the data", "Data protection officer")


def new_document(title: str, author: str, day: dt.date) -> Document:
    """An empty A4 page in British English."""
    document = docx.Document()
    about = document.core_properties
    about.title, about.author, about.comments, about.language = title, author, "", "en-GB"
    about.created = about.modified = dt.datetime.combine(day, dt.time(), dt.UTC)
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    document.styles["Normal"].font.size = Pt(10)
    return document


def add_table(document: Document, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> Table:
    """A table with widths in cm. Its head is repeated on every page; without one the first column is the head."""
    lines = [head, *rows] if head else list(rows)
    table: Table = document.add_table(len(lines), len(widths), "Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row, texts in zip(table.rows, lines, strict=True):
        for i, (cell, text, width) in enumerate(zip(row.cells, texts, widths, strict=True)):
            cell.width = Cm(width)
            _put(cell, text, bold=texts is head or not (head or i))
    if head:
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - no public way
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001
    document.add_paragraph()
    return table


def add_footer(document: Document, text: str) -> None:
    """The text and the number of the page on every page, so that none can be exchanged unseen."""
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.add_run(f"{text}, page ").font.size = Pt(8)
    for field, after in (("PAGE", " of "), ("NUMPAGES", "")):
        number = OxmlElement("w:fldSimple")
        number.set(qn("w:instr"), field)
        paragraph._p.append(number)  # noqa: SLF001 - no public way
        paragraph.add_run(after).font.size = Pt(8)


def add_form(document: Document) -> None:
    """The part that people fill in: boxes, conditions, signatures."""
    for text in _DECISIONS:
        document.add_paragraph(f"☐  {text}").paragraph_format.keep_with_next = True
    document.add_paragraph("Conditions, and reasons for what is released in spite of a finding:")
    conditions = document.add_table(1, 1, "Table Grid")
    conditions.rows[0].height = Cm(3)
    document.add_paragraph()
    rows = [(role, "", "", "") for role in _SIGNATORIES]
    table = add_table(document, ("", "Name", "Signature", "Date"), rows, (4.2, 4.8, 5.2, 2.8))
    for row in table.rows[1:]:
        row.height = Cm(1.2)


def printed(content: bytes) -> str:
    """The text before the decision without white space: saving it in another program changes nothing.

    Raises:
        Unreadable: it is too large, or there is no decision in it.
    """
    with Archive(Path("sheet"), io.BytesIO(content)) as archive:
        if sum(archive.size(member) for member in archive.names()) > LIMIT:
            raise Unreadable("it is larger than such a sheet can be")
    blocks: list[str] = []
    for block in docx.Document(io.BytesIO(content)).element.body.iterchildren():
        # every text node, so that tracked insertions and text boxes count too
        text = "".join("".join(node.text or "" for node in block.iter(qn("w:t"))).split())
        if text == DECISION:
            return "\n".join(blocks)
        blocks += [text] if text else []
    raise Unreadable("it has no part to decide in")


def _put(cell: _Cell, text: str, *, bold: bool) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.bold = bold
    run.font.size = Pt(9)
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
