"""JSON, version 1, against its own schema, and the schema against what it must refuse."""

import copy
import dataclasses
import json
from importlib import resources

import jsonschema
import pytest

from linter.findings import Severity
from linter.reporters.cells import Cells, to_csv, to_json
from linter.reporters.cells_text import to_text
from linter.reporters.interface import Style
from linter.reporters.json_ import JsonReporter
from tests.reporters import factory


def schema(name: str):
    text = resources.files("linter.reporters").joinpath("schemas", f"{name}-v1.schema.json").read_text("utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def check_document(*results, **options):
    document = json.loads(JsonReporter().render(factory.run(*results, **options)))
    schema("check").validate(document)
    return document


def cells_document(*, show_values: bool = False, below: tuple[int, ...] = (), result=None):
    result = result or factory.result()
    document = json.loads(to_json(Cells(result, result.visuals(), show_values, below)))
    schema("cells").validate(document)
    return document


@pytest.mark.parametrize("name", ["check", "cells"])
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name).schema)


def test_check_has_the_numbers_of_the_run() -> None:
    document = check_document(factory.result(), factory.clean_result(), factory.unreadable_result())
    assert document["summary"] == {
        "workbooks": 3, "errors": 5, "warnings": 2, "notes": 0, "suppressed": 1, "incomplete": 2,
    }  # fmt: skip
    first = document["workbooks"][0]
    assert first["coverage"] == {
        "visuals": 5, "evaluated": 1, "approximate": 1, "not_evaluated": 1, "data_unread": 1, "no_query": 1,
    }  # fmt: skip
    assert (first["status"], first["complete"]) == ("fail", False)
    visual = first["visuals"][0]
    assert (visual["cells"], visual["small_cells"], visual["grain"], visual["pages"]) == (
        13,
        11,
        ["School"],
        ["Overview"],
    )
    assert visual["unit"] == {"kind": "key", "field": "UPN", "confidence": "high"}
    assert [w["status"] for w in document["workbooks"]] == ["fail", "pass", "pass"]


def test_fail_on_decides_the_status() -> None:
    assert check_document(factory.result(), fail_on=None)["workbooks"][0]["status"] == "pass"
    warned = factory.clean_result(findings=(factory.finding("DR001", Severity.WARNING, "m", None, None),))
    assert check_document(warned, fail_on=Severity.WARNING)["workbooks"][0]["status"] == "fail"


def test_findings_are_complete_and_in_order() -> None:
    found = check_document(factory.result())["workbooks"][0]["findings"]
    assert len(found) == len(factory.findings())
    assert [f["severity"] for f in found] == sorted((f["severity"] for f in found), key=["error", "warning"].index)
    waived = [f["suppression"] for f in found if f["suppression"]]
    assert waived == [{"kind": "waiver", "reason": "Published by the DfE already", "expires": "2027-03-31"}]
    cause = next(f for f in found if f["related"])
    assert cause["related"] == [f["fingerprint"] for f in found if f["rule"] == "SC002"]


def test_exact_values_only_on_request() -> None:
    def evidence(**options):
        found = check_document(factory.result(), **options)["workbooks"][0]["findings"]
        return next(f["evidence"] for f in found if f["related"])

    assert evidence() == {"cells": 13, "small_cells": 11, "grain": ["School", "Year"]}
    assert evidence(show_values=True)["minimum"] == 1


def test_the_same_bytes_every_time() -> None:
    one, two = (JsonReporter().render(factory.run(factory.result())) for _ in range(2))
    assert one == two
    assert one.isascii()


def test_a_number_json_does_not_have() -> None:
    found = factory.finding("SC001", Severity.ERROR, "m", None, None, evidence={"share": float("nan"), "part": 0.5})
    document = check_document(factory.result(findings=(found,)))
    assert document["workbooks"][0]["findings"][0]["evidence"] == {"share": None, "part": 0.5}


def test_a_command_in_a_name_reaches_only_readers_of_json() -> None:
    text = JsonReporter().render(factory.run(factory.hostile_result("##vso[task.complete]")))
    assert "##" not in text
    assert json.loads(text)["workbooks"][0]["path"] == "##vso[task.complete]"


def objects(document):
    """Every object of a document that isn't free in its keys."""
    if isinstance(document, dict):
        yield document
        for key, value in document.items():
            if key not in {"evidence", "below", "configuration"}:
                yield from objects(value)
    elif isinstance(document, list):
        for value in document:
            yield from objects(value)


@pytest.mark.parametrize("name", ["check", "cells"])
def test_the_schema_refuses_additions_and_omissions_everywhere(name: str) -> None:
    document = check_document(factory.result()) if name == "check" else cells_document(show_values=True)
    validator = schema(name)
    total = len(list(objects(document)))
    assert total > 20
    for i in range(total):
        more, less = copy.deepcopy(document), copy.deepcopy(document)
        list(objects(more))[i]["surprise"] = 1
        assert not validator.is_valid(more)
        target = list(objects(less))[i]
        key = next(k for k in sorted(target) if k != "rows")
        del target[key]
        assert not validator.is_valid(less)


class TestCells:
    def test_masked(self) -> None:
        document = cells_document()
        layer = document["visuals"][0]["layers"][0]
        assert layer["records"] == {"cells": 13, "small": 5}
        assert layer["units"] == {"cells": 13, "small": 11}
        assert layer["totals"] == [
            {"keeps": [], "records": {"cells": 1, "small": 0}, "units": {"cells": 1, "small": 0}}
        ]
        assert "rows" not in layer
        assert "Ash School" not in json.dumps(document)

    def test_with_values(self) -> None:
        layer = cells_document(show_values=True, below=(20,))["visuals"][0]["layers"][0]
        below = {"3": 4, "6": 7, "10": 11, "20": 11}
        assert layer["units"] == {"cells": 13, "small": 11, "below": below, "min": 1, "total": 143}
        first = {"values": ["Ash School"], "records": 3, "units": 1, "bases": [{"rows": 3, "units": 1}]}
        assert layer["rows"][0] == first
        assert len(layer["rows"]) == 13

    def test_a_layer_that_was_not_recomputed_has_no_numbers(self) -> None:
        visuals = {v["id"]: v for v in cells_document()["visuals"]}
        assert visuals["v-map"]["layers"] == []
        assert visuals["v-map"]["status"] == "not_evaluated"
        assert visuals["v-map"]["reason"] == "a table calculation that filters"

    def test_a_cell_that_a_filter_hides_is_not_counted(self) -> None:
        seen = factory.evidence()
        body = factory.table(4, 5, 60, labels=("a", "b", "c"), hidden=(1, 0, 0))
        one = dataclasses.replace(seen.visuals["v1"], layers=(factory.layer(body, "School"),))
        result = factory.result(evidence=dataclasses.replace(seen, visuals={"v1": one}))
        layer = cells_document(show_values=True, result=result)["visuals"][0]["layers"][0]
        assert (layer["units"]["cells"], layer["units"]["small"], layer["units"]["total"]) == (2, 1, 65)
        assert [row["values"] for row in layer["rows"]] == [["b"], ["c"]]
        visual = check_document(result)["workbooks"][0]["visuals"][0]
        assert (visual["cells"], visual["small_cells"]) == (2, 1)
        text = to_text(Cells(result, result.visuals(), show_values=True), Style(80))
        assert "1 more cell hidden by a filter on a measure" in text
        assert "a           4" not in text

    def test_an_unreadable_workbook(self) -> None:
        assert cells_document(result=factory.unreadable_result())["visuals"] == []

    def test_csv_keeps_a_line_for_what_was_not_recomputed(self) -> None:
        lines = to_csv(Cells(factory.result(), factory.result().visuals())).splitlines()
        assert lines[1].endswith("layer,,,records,13,5")
        assert any(line.startswith("v-map,") and ",not_evaluated," in line for line in lines)
        assert "Ash School" not in "".join(lines)

    def test_csv_with_values_lists_the_cells(self) -> None:
        text = to_csv(Cells(factory.result(), factory.result().visuals(), show_values=True))
        assert text.splitlines()[0].endswith("cells,small,below_3,below_6,below_10,min,total")
        assert "cell,Ash School,,units,,,,,,,1" in text

    @pytest.mark.parametrize("text", factory.HOSTILE)
    def test_hostile_names_in_csv(self, text: str) -> None:
        result = factory.hostile_result(text)
        out = to_csv(Cells(result, result.visuals(), show_values=True))
        assert "##vso[" not in out
        assert not {"\x1b", "\u202e", "\x00", "\r"} & set(out)
        assert not any(field.startswith("=") for line in out.splitlines() for field in line.split(","))
