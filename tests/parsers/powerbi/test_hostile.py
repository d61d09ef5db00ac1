from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linter.errors import Unreadable
from linter.json_tree import MAX_DEPTH, decode
from linter.parsers.powerbi import read
from tests.parsers.powerbi import build as b

NESTED = b'{"a":' * 200_000 + b"1" + b"}" * 200_000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (NESTED, "levels deep"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "levels deep"),
        (b'{"a": 1', "not valid JSON"),
        (b"", "not valid JSON"),
        (b"\xff\xfe\x00", "known encoding"),
        (b"\x80\x81", "known encoding"),
        (b"9" * 5000, "not valid JSON"),
    ],
)
def test_absurd_json_is_unreadable(data, reason):
    with pytest.raises(Unreadable, match=reason) as caught:
        decode(data, "Report/Layout")
    assert caught.value.part == "Report/Layout"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding):
    assert decode('{"é": "ü"}'.encode(encoding), "x") == {"é": "ü"}


@pytest.mark.parametrize("report", [b"not json", b"\x80", NESTED, b"[]".decode().encode("utf-16-le"), None])
def test_damaged_report_is_told_and_the_model_still_read(tmp_path, report):
    workbook = read(b.pbix(tmp_path / "r.pbix", report, DataModel=b"x"), "0", b.metadata())
    assert len(workbook.unread) == 1
    assert workbook.sources[0].table("Pupil") is not None


def test_truncated_zip_is_unreadable(tmp_path):
    path = b.pbix(tmp_path / "r.pbix", b.layout(b.page("p")))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(Unreadable):
        b.book(path)


def test_a_damaged_slicer_leaves_the_others(tmp_path):
    odd = b.visual("s", "slicer", {"Values": [b.column("Pupil", "Sex")]}, objects={"selection": ["no object"]})
    shown = b.visual("v", "barChart", {"Category": [b.column("Pupil", "Sex")]})
    book = read(b.pbix(tmp_path / "r.pbix", b.layout(b.page("p", odd, shown)), DataModel=b"x"), "0", b.metadata())
    assert any("slicer can't be read" in u.reason for u in book.unread)
    assert [v.id for v in book.visuals if v.layers] == ["v"]


def test_damaged_visual_and_page_leave_the_others(tmp_path):
    good = b.visual("ok", "card", {"Values": [b.measure("Pupils")]})
    report = b.layout(
        b.page("p", {"config": "{"}, {"config": "[]"}, {}, good, {"config": '{"name": "u", "singleSorcery": {}}'}),
        {"name": "bad", "displayName": "Bad", "visualContainers": 7},
    )
    workbook = read(b.pbix(tmp_path / "r.pbix", report, DataModel=b"x"), "0", b.metadata())
    assert [(v.type, bool(v.problems)) for v in workbook.visuals] == [
        ("unknown", True), ("unknown", True), ("unknown", True), ("card", False), ("unknown", True),
    ]  # fmt: skip
    assert len({v.id for v in workbook.visuals}) == 5
    assert [u.reason for u in workbook.unread] == [
        "page 'Bad' can't be read: the page's list of visuals has an unexpected shape"
    ]


def test_projection_without_its_expression_is_a_problem(tmp_path):
    broken = b.visual("v", "card", {"Values": [b.measure("Pupils")]})
    broken["config"] = broken["config"].replace('"queryRef": "Values.0"', '"queryRef": "other"')
    workbook = read(b.pbix(tmp_path / "r.pbix", b.layout(b.page("p", broken)), DataModel=b"x"), "0", b.metadata())
    assert workbook.visuals[0].problems == ("field 'other' has no expression in the visual's query",)


@pytest.mark.parametrize(
    ("metadata", "parts", "delivery"),
    [
        (Unreadable("the data model can't be decoded"), {"DataModel": b"x"}, "unreadable"),
        (None, {"DataModel": b"x"}, "unreadable"),
        (None, {"DataModelSchema": b"{"}, "unreadable"),
        (None, {"Connections": b'{"Connections": [{"ConnectionType": "pbiServiceLive"}]}'}, "live"),
        (None, {}, "missing"),
        (None, {"Connections": b"[]"}, "missing"),
    ],
)
def test_rows_that_are_not_at_hand_block(tmp_path, metadata, parts, delivery):
    report = b.layout(
        b.page("p", b.visual("c", "barChart", {"Category": [b.column("Pupil", "Sex")], "Y": [b.measure("Pupils")]}))
    )
    workbook = read(b.pbix(tmp_path / "r.pbix", report, **parts), "0", metadata)
    assert workbook.sources[0].delivery == delivery
    assert workbook.sources[0].reason
    assert any(u.blocks_data for u in workbook.unread)
    assert [(t.id, bool(t.unread)) for t in workbook.sources[0].tables] == [("Pupil", True)]
    assert workbook.visuals[0].layers[0].bases[0].problems


@settings(max_examples=3 * settings.default.max_examples, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_json_in_any_place_ends_in_a_workbook(tmp_path, data):
    """Replace one value anywhere in a sound report: never an exception, never a lost visual."""
    anything = st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just([]), st.just({}), st.just([1])
    )
    wells = {
        "Rows": [(b.column("School", "LA"), True)],
        "Values": [b.measure("Pupils"), b.aggregation("Pupil", "Score", 0)],
    }
    cards = [b.card(b.column("Pupil", "Sex"), {"Not": {"Expression": b.one_of(b.column("Pupil", "Sex"), "'F'")}})]
    config = json.loads(b.visual("m", "pivotTable", wells, objects={"subTotals": [{"properties": {}}]})["config"])
    whole = {"config": config, "filters": cards}
    places = list(_places(whole))
    path = data.draw(st.sampled_from(places))
    holder = whole
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = data.draw(anything)
    container = {"config": json.dumps(whole["config"]), "filters": json.dumps(whole["filters"])}
    workbook = read(b.pbix(tmp_path / "r.pbix", b.layout(b.page("p", container)), DataModel=b"x"), "0", b.metadata())
    assert len(workbook.visuals) == 1


WHITE = {"Cases": [{"Condition": {"Comparison": {"ComparisonKind": 3}}, "Value": b.literal("'#FFFFFF'")}]}
INKED = {"values": [{"properties": {"fontColor": {"solid": {"color": {"expr": {"Conditional": WHITE}}}}}}]}


@pytest.mark.parametrize("odd", [[], {}, [1], 5, float("nan"), float("inf"), 10**30, "x", True])
@pytest.mark.parametrize("place", ["relationships/0/type", "ComparisonKind", "projections", "filterConfig", "query"])
def test_odd_values_where_numbers_and_lists_belong(tmp_path, place, odd):
    wells = {"Category": [b.column("Pupil", "Sex")], "Y": [b.measure("Pupils")]}
    links = [{"source": "v", "target": "w", "type": 3}]
    page = b.page("p", b.visual("v", "barChart", wells, objects=INKED), b.visual("w", "card", {}), relationships=links)
    files = b.definition(b.layout(page))
    shown = files["pages/p/visuals/v/visual.json"]
    if place == "ComparisonKind":
        text = json.dumps(shown).replace('"ComparisonKind": 3', f'"ComparisonKind": {json.dumps(odd)}')
        files["pages/p/visuals/v/visual.json"] = json.loads(text)
    elif place == "projections":
        shown["visual"]["query"]["queryState"]["Category"]["projections"] = odd
    elif place == "query":
        shown["visual"]["query"] = odd
    elif place == "filterConfig":
        shown["filterConfig"] = odd
    if place == "relationships/0/type":
        page["config"] = json.dumps({"relationships": [{**links[0], "type": odd}]})
        path = b.pbix(tmp_path / "r.pbix", b.layout(page), DataModel=b"x")
    else:
        parts = {f"Report__definition__{name}": json.dumps(part).encode() for name, part in files.items()}
        path = b.pbix(tmp_path / "r.pbix", None, DataModel=b"x", **parts)
    found = read(path, "0", b.metadata()).visuals
    assert len(found) == 2
    misread = place in {"projections", "filterConfig", "query"} and not isinstance(
        odd, list if place == "projections" else dict
    )
    assert bool(found[0].problems) == (misread or (place, odd) == ("projections", [1]))


@pytest.mark.parametrize(("held", "said"), [({"filter": {}}, False), ({"filter": {"Version": 2, "From": [], "Where": []}}, False),
                                            ({"filter": 5}, True), (7, True), ({"rule": 1}, True)])  # fmt: skip
def test_a_choice_of_a_slicer_that_is_odd_is_said_and_an_empty_one_is_none(tmp_path, held, said):
    objects = {"general": [{"properties": {"filter": held}}]}
    sex = {"Values": [b.column("Pupil", "Sex")]}
    page = b.page("p", b.visual("s", "slicer", sex, objects=objects), b.visual("v", "tableEx", sex))
    book = read(b.pbix(tmp_path / "r.pbix", b.layout(page), DataModel=b"x"), "0", b.metadata())
    (layer,) = book.visuals[1].layers
    assert bool(book.unread or layer.problems) == said
    assert said or layer.filters == ()


def _places(tree, path=()):
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, value in steps:
        yield (*path, step)
        yield from _places(value, (*path, step))
