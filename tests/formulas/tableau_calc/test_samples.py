"""Every calculation of the shared real workbooks."""

from __future__ import annotations

import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from linter.expressions import Column, Unsupported, problems
from linter.formulas.tableau_calc import FieldEntry, FormulaError, FormulaSet, parse
from tests.samples import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

XML = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
TYPES = {"string": "text", "integer": "integer", "real": "real", "date": "date", "datetime": "datetime",
         "boolean": "boolean", "spatial": "spatial"}  # fmt: skip


def documents() -> Iterator[tuple[str, etree._Element]]:
    for path in sorted(sample("tableau").iterdir()):
        if path.suffix in {".twb", ".tds"}:
            yield path.name, etree.fromstring(path.read_bytes(), XML)
        elif path.suffix in {".twbx", ".tdsx"}:
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    if Path(member).suffix in {".twb", ".tds"}:
                        yield path.name, etree.fromstring(archive.read(member), XML)


def entries(document: etree._Element) -> dict[tuple[str | None, str], FieldEntry]:
    found: dict[tuple[str | None, str], FieldEntry] = {}
    sources = [document] if document.tag == "datasource" else document.findall("datasources/datasource")
    for source in sources:
        name = source.get("name") or source.get("formatted-name") or ""
        for record in source.iter("metadata-record"):
            local = (record.findtext("local-name") or "")[1:-1]
            if record.get("class") == "column" and local:
                kind = TYPES.get(record.findtext("local-type") or "", "unknown")
                found[name, local] = FieldEntry(local, Column(name, local), kind)
        for column in source.findall("column"):
            own = column.get("name", "")[1:-1].replace("]]", "]")
            formula = column.find("calculation[@class='tableau']")
            kind = TYPES.get(column.get("datatype", ""), "unknown")
            content = Column(name, own) if formula is None else formula.get("formula", "")
            found[name, own] = FieldEntry(column.get("caption") or own, content, kind)
    return found


@pytest.mark.samples
def test_every_formula_parses(capsys: pytest.CaptureFixture[str]) -> None:
    formulas = [
        (name, node.get("formula") or "")
        for name, document in documents()
        for node in document.iter("calculation")
        if node.get("class") == "tableau"
    ]
    failed = []
    for name, text in formulas:
        try:
            parse(text)
        except FormulaError as error:
            failed.append(f"{name}: {error}")
    with capsys.disabled():
        sys.stdout.write(f"\n{len(formulas)} calculations, {len({t for _, t in formulas})} different\n")
    assert not failed
    assert len(formulas) > 900


@pytest.mark.samples
def test_the_fields_of_real_workbooks_translate(capsys: pytest.CaptureFixture[str]) -> None:
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for _, document in documents():
        fields = entries(document)
        known = FormulaSet(fields)
        for (source, name), entry in fields.items():
            if not isinstance(entry.content, str):
                continue
            made = known.resolve(name, source)
            assert made is not None
            flagged = made.table_calc or made.view_lod or made.user_dependent
            why = problems(made.expr)
            assert bool(why) or not flagged
            assert made.understood is not bool(why)
            assert why or not known.lineage(name, source).unread
            counts["all"] += 1
            counts["whole" if not why else "flagged" if flagged else "other"] += 1
            if why and not flagged:
                reasons.update(why)
            assert not isinstance(made.expr, Unsupported) or made.expr.reason
    with capsys.disabled():
        sys.stdout.write(f"\n{dict(counts)}\n" + "".join(f"  {n:4} {why}\n" for why, n in reasons.most_common()))
    assert counts["other"] <= counts["all"] * 0.2
