"""Format strings of measures, and colours under which figures can't be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linter.data.definition import template, tmdl
from linter.model import Look
from linter.parsers.powerbi import read
from linter.parsers.powerbi.catalogue import build
from tests.parsers.powerbi import build as b

MATRIX = {"Rows": [b.column("School", "LA")], "Values": [b.measure("Pupils")]}


def ink(kind: int, value: str, colour: str, selector: dict[str, Any] | None = None) -> dict[str, Any]:
    """``values`` objects with a conditional font colour on a measure."""
    comparison = {"ComparisonKind": kind, "Left": b.measure("Pupils"), "Right": b.literal(value)}
    lowest = {"Comparison": {"ComparisonKind": 2, "Left": b.measure("Pupils"), "Right": b.literal("0D")}}
    case = {"Condition": {"And": {"Left": lowest, "Right": {"Comparison": comparison}}}, "Value": b.literal(colour)}
    colours = {"solid": {"color": {"expr": {"Conditional": {"Cases": [case]}}}}}
    item = {"properties": {"fontColor": colours}, "selector": selector or {"metadata": "Values.0"}}
    return {"values": [item]}


def looks(tmp_path: Path, objects: dict[str, Any]) -> tuple[Look, ...]:
    report = b.layout(b.page("p1", b.visual("m", "pivotTable", MATRIX, objects=objects)))
    (visual,) = read(b.pbix(tmp_path / "r.pbix", report, DataModel=b"x"), "0", b.metadata()).visuals
    return visual.looks


@pytest.mark.parametrize("colour", ["'#FFFFFF'", "'#fff'", "'#00000000'", "'white'"])
def test_white_figures_cannot_be_read(tmp_path: Path, colour: str) -> None:
    assert looks(tmp_path, ink(3, "6D", colour)) == (Look("Pupils", unreadable=(("lt", 6.0),)),)


def test_other_colours_and_conditions_hide_nothing(tmp_path: Path) -> None:
    assert looks(tmp_path, ink(3, "6D", "'#FF0000'")) == ()
    assert looks(tmp_path, ink(1, "6D", "'#FFFFFF'")) == ()
    assert looks(tmp_path, ink(4, "5L", "'#FFFFFF'", {"data": []})) == (Look("Pupils", unreadable=(("le", 5.0),)),)


TABLE = """table Pupil
	measure Pupils = COUNTROWS(Pupil)
		formatString: [<6]"*";0

	measure Share = DIVIDE(1, 2)
		formatStringDefinition = IF([Pupils] < 6, "c", "0%")
"""


def test_format_strings_fixed_and_dynamic() -> None:
    found = build(template.rows(tmdl.model({"a": TABLE})), None, "no rows")
    assert {m.name: m.format for m in found.measures} == {
        "Pupils": '[<6]"*";0',
        "Share": 'IF([Pupils] < 6, "c", "0%")',
    }
