"""Definitions of odd shape: a stated problem or nothing, never a crash, and never long."""

from __future__ import annotations

import copy
import json

import pytest

from linter.data.definition import template, tmdl
from linter.data.definition.cutting import cut
from linter.data.typed import TypedTables
from linter.errors import Unreadable
from linter.parsers.powerbi.catalogue import build
from tests.typed import model, pupils, typed

ODD = (7, None, True, "x\0y", [None], {"a": {"b": []}})
GROUP = {
    "name": "G",
    "calculationGroup": {
        "precedence": 3,
        "calculationItems": [{"name": "i", "expression": "SELECTEDMEASURE()"}],
        "noSelectionExpression": {"expression": "1"},
    },
    "columns": [{"name": "Name", "dataType": "string", "sourceColumn": "Name"}],
    "partitions": [{"name": "g", "source": {"type": "calculationGroup"}}],
}
CALCULATED = {
    "name": "C",
    "columns": [
        {
            "name": "Value",
            "type": "calculatedTableColumn",
            "dataType": "int64",
            "sourceColumn": "[Value]",
            "sortByColumn": "Value",
            "variations": [
                {"name": "v", "relationship": "r", "defaultHierarchy": {"table": "Pupil", "hierarchy": "H"}}
            ],
        }
    ],
    "measures": [
        {
            "name": "K",
            "expression": ["1"],
            "formatStringDefinition": {"expression": '"0"'},
            "kpi": {"targetExpression": "1"},
        }
    ],
    "partitions": [{"name": "c", "mode": "import", "source": {"type": "calculated", "expression": "{1,2}"}}],
}
EVERYTHING = model(
    pupils(
        typed("#table({}, {})"),
        annotations=[{"name": "disclint.ignore", "value": "SC001"}],
        hierarchies=[{"name": "H", "levels": [{"name": "L", "column": "Sex"}]}],
        refreshPolicy={"sourceExpression": ["let a = 1 in a"]},
    ),
    GROUP,
    CALCULATED,
    relationships=[
        {
            "name": "r",
            "fromTable": "C",
            "fromColumn": "Value",
            "toTable": "Pupil",
            "toColumn": "Score",
            "isActive": True,
        }
    ],
    expressions=[{"name": "E", "kind": "m", "expression": ["{1}"]}],
    dataSources=[{"name": "D", "connectionDetails": {"address": {"server": "s"}}, "credential": {"Username": "u"}}],
    roles=[{"name": "R", "tablePermissions": [{"name": "Pupil", "filterExpression": "TRUE()"}]}],
    defaultMode="import",
)


def places(value, path=()):
    """Where every value lies, of lists the first two and the last."""
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for i in sorted({0, 1, len(value) - 1} & set(range(len(value)))):
            yield from places(value[i], (*path, i))


def understood(found):
    try:
        rows = template.catalogue(json.dumps({"model": found}).encode(), "model.bim", lined=True)
    except Unreadable as error:
        return error.reason
    cut(rows, TypedTables())
    return build(json.loads(json.dumps(rows)), None, "absent")


@pytest.mark.parametrize("odd", [pytest.param(o, marks=[pytest.mark.slow] if i > 1 else []) for i, o in enumerate(ODD)])
def test_any_value_may_be_of_any_type(odd):
    said = set()
    for path in places(EVERYTHING):
        found = copy.deepcopy(EVERYTHING)
        holder = found
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = odd
        result = understood(found)
        if isinstance(result, str):
            said.add(result.rpartition(" has an ")[2])
    assert said <= {"unexpected shape"}


@pytest.mark.parametrize(
    "text",
    [
        "\n".join("\t" * depth + "table T" for depth in range(400)),
        "\ufffd\ufffd{",
    ],
)
def test_odd_text_is_refused_with_its_line(text):
    with pytest.raises(Unreadable, match=r"line [0-9]+ is"):
        tmdl.parse(text, "a.tmdl")


def test_text_of_another_encoding_is_refused():
    with pytest.raises(Unreadable, match="line 1 is not understood"):
        tmdl.parse("table Pupil\n".encode("utf-16").decode("utf-8-sig", "replace"), "a.tmdl")
