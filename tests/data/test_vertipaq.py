from __future__ import annotations

import datetime as dt
import json
import struct
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.data import vertipaq
from linter.data.vertipaq import ColumnProblem, VertipaqFile, _guard
from linter.data.vertipaq.columns import TEXT, Column, _typed, currency
from linter.data.vertipaq.container import ModelFiles, UnknownForm
from linter.data.vertipaq.dictionary import read_dictionary
from linter.data.vertipaq.segments import Segment, _expanded
from linter.errors import Unreadable
from tests.samples import sample

FIXTURE = Path(__file__).parents[2] / "fixtures/powerbi/wrong/northmere_ks4.pbix"


@pytest.fixture
def opened():
    files: list[VertipaqFile] = []

    def open_(name: str) -> VertipaqFile:
        files.append(VertipaqFile(sample("powerbi", name)))
        return files[-1]

    yield open_
    for file in files:
        file.close()


@pytest.mark.samples
def test_metadata_is_json_with_calculated_tables_and_without_internal_ones(opened):
    found = opened("school-analytics-legacy.pbix").metadata()
    assert json.loads(json.dumps(found)) == found
    names = {t["Name"]: t for t in found["Table"]}
    assert {"students", "grades", "classes", "teachers", "subjects", "periods", "Calendar", "_Measures"} <= set(names)
    assert not [n for n in names if n.startswith(("H$", "R$", "U$"))]
    assert names["grades"]["RowCount"] == 1700
    assert len(found["Measure"]) == 16
    assert len([n for n in names if n.startswith("LocalDateTable_")]) == 4
    columns = {c["ExplicitName"]: c for c in found["Column"] if c["TableID"] == names["students"]["ID"]}
    assert (len(columns), columns["birth_date"]["Cardinality"]) == (12, 118)
    assert not any("RowNumber" in str(c["ExplicitName"]) for c in found["Column"])


@pytest.mark.samples
def test_no_row_value_is_among_the_metadata(opened):
    file = opened("school-analytics-legacy.pbix")
    text = json.dumps(file.metadata())
    names, complete = file.distinct_values("students", "email", 500)
    assert complete
    assert len(names) == 120
    assert not [n for n in names if n in text]


@pytest.mark.samples
def test_rows_are_decoded_as_they_were_written(opened):
    file = opened("generated-pupils-1k.pbix")
    upn, ethnicity, fee, born, fsm, score = (
        file.column("Pupil", name) for name in ("UPN", "Ethnicity", "Fee", "DOB", "FSM", "KS2Score")
    )
    assert len(upn.codes) == file.row_count("Pupil") == 1000
    assert upn.distinct() == 1000
    assert (ethnicity.codes < 0).any()
    assert [c.values.dtype.kind for c in (upn, fee, born, fsm, score)] == ["O", "f", "M", "b", "i"]


SAMPLES = (
    "ai-sample.pbix", "corporate-spend.pbix", "customerfeedback.pbix", "directquery.pbix", "generated-pupils-1k.pbix",
    "inventory-cache.abf", "old-xml-metadata-customer-profitability.pbix", "ols-sample.pbix", "rls-sample.pbix",
    "school-analytics-legacy.pbix", "student-performance-pbir.pbix",
    pytest.param("sales-358k-rows.pbix", marks=pytest.mark.slow),
    pytest.param("generated-pupils-200k.pbix", marks=pytest.mark.slow),
)  # fmt: skip
WRONG_ELSEWHERE = {("ai-sample.pbix", "Opportunity Calendar", "DaySeq")}  # it gives null for every row


@pytest.mark.samples
@pytest.mark.parametrize("name", SAMPLES)
def test_every_column_equals_the_decoding_of_another_decoder(opened, name):
    from pbixray import PBIXRay

    file = opened(name)
    compared = set()
    with PBIXRay(str(sample("powerbi", name))) as other:
        for table in other.tables:
            frame = other.get_table(table)
            for column in frame.columns:
                if (name, table, column) not in WRONG_ELSEWHERE:
                    assert_equal(file.column(table, column), frame[column])
                compared.add((table, column))
    stored = {key for key, found in file._catalogue.columns.items() if not found.internal}
    assert compared == {(t, c) for t, c in stored if not c.startswith("RowNumber")} != set()


def assert_equal(ours: Column, theirs: pd.Series) -> None:
    """The same rows. The other decoder has no null among flags, and tells times up to a second early."""
    null = ours.codes < 0
    assert len(null) == len(theirs)
    kind = ours.values.dtype.kind
    if kind != "b":
        assert (null == theirs.isna().to_numpy()).all()
    kept = theirs[~null]
    values = ours.values[ours.codes[~null]]
    if kind == "M":
        assert (pd.to_datetime(kept).dt.round("s").to_numpy().astype("datetime64[s]") == values).all()
    elif kind in "if":
        np.testing.assert_allclose(kept.astype(float).to_numpy(), values.astype(float), rtol=1e-15)
    elif kind == "b":
        assert (kept.to_numpy().astype(bool) == values).all()
    else:
        plain = [x[2:-1].encode().decode("unicode_escape") if x.startswith("b'") else x for x in kept.map(str)]
        assert plain == [str(x) for x in values]


@pytest.mark.samples
def test_a_column_without_dictionary_or_index_has_its_numbers(opened):
    days = opened("ai-sample.pbix").column("Opportunity Calendar", "DaySeq")
    assert (days.distinct(), days.values[days.codes[:2]].tolist()) == (1096, [366, 367])


def test_a_column_that_decodes_wrongly_is_refused():
    texts = np.array(["a", "b", "a"], object)
    column = Column(np.array([0, 1, 2, -1], np.int32), texts)
    for stated in (0, 1, 2, 3):  # 0 says nothing, null may count
        _guard("T", "C", column, stated)
    _guard("T", "C", column, 4)  # as many codes as that, one value twice
    with pytest.raises(ColumnProblem, match="2 distinct values where the file states 1,096") as caught:
        _guard("T", "C", column, 1096)
    assert (caught.value.table, caught.value.column) == ("T", "C")


@pytest.mark.samples
def test_a_form_that_is_not_known_is_left_to_another_decoder(opened, monkeypatch):
    first, second = opened("school-analytics-legacy.pbix"), opened("school-analytics-legacy.pbix")
    columns = first._catalogue.columns.items()
    stated = [key for key, s in columns if key[0] == "grades" and s.cardinality and "RowNumber" not in key[1]]
    ours = {key: first.column(*key) for key in stated}
    assert {c.values.dtype.kind for c in ours.values()} >= {"M", "O"}

    def unknown(*_):
        raise UnknownForm("of another kind")

    monkeypatch.setattr(vertipaq, "decoded", unknown)
    for key, column in ours.items():
        theirs = second.column(*key)
        assert [None if c < 0 else theirs.values[c] for c in theirs.codes] == [
            None if c < 0 else column.values[c] for c in column.codes
        ]


@pytest.mark.samples
def test_where_nothing_says_what_should_come_out_an_unknown_form_is_a_problem(opened, monkeypatch):
    def unknown(*_):
        raise UnknownForm("of another kind")

    monkeypatch.setattr(vertipaq, "decoded", unknown)
    with pytest.raises(ColumnProblem, match="UnknownForm"):
        opened("generated-pupils-1k.pbix").column("Pupil", "UPN")


@pytest.mark.samples
def test_unknown_columns_and_tables(opened):
    file = opened("generated-pupils-1k.pbix")
    with pytest.raises(ColumnProblem):
        file.column("Pupil", "Nope")
    with pytest.raises(ColumnProblem):
        file.column("Nope", "UPN")
    with pytest.raises(Unreadable, match="no table"):
        file.row_count("Nope")


@pytest.mark.samples
def test_distinct_values_are_capped(opened):
    file = opened("generated-pupils-1k.pbix")
    values, complete = file.distinct_values("Pupil", "UPN", 10)
    assert (len(values), complete) == (10, False)
    assert file.distinct_values("Pupil", "Sex", 10)[1]


@pytest.mark.samples
def test_project_cache(opened):
    file = opened("inventory-cache.abf")
    assert [t["Name"] for t in file.metadata()["Table"] if t["RowCount"] == 4] == ["Inventory"]
    assert len(file.column("Inventory", "Item").codes) == 4


@pytest.mark.samples
def test_older_catalogues(opened):
    file = opened("old-xml-metadata-customer-profitability.pbix")
    assert len(file.metadata()["Measure"]) == 44
    assert file.row_count("Fact") == 47_646


@pytest.mark.samples
def test_without_a_model():
    with pytest.raises(Unreadable, match="no data model"):
        VertipaqFile(sample("powerbi", "live-connection.pbix"))


@pytest.mark.samples
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:20_000] + bytes(2000) + b[22_000:]])
def test_damaged_models_are_unreadable(tmp_path: Path, damage):
    path = tmp_path / "r.pbix"
    path.write_bytes(damage(sample("powerbi", "generated-pupils-1k.pbix").read_bytes()))
    with pytest.raises(Unreadable, match="can't be decoded"):
        VertipaqFile(path)


def test_not_a_model_at_all(tmp_path: Path):
    path = tmp_path / "r.pbix"
    path.write_bytes(b"nothing")
    with pytest.raises(Unreadable):
        VertipaqFile(path)


def test_currency_keeps_what_a_double_would_round():
    assert currency(np.array([12345, -5])).tolist() == [1.2345, -0.0005]
    large = currency(np.array([2**53 + 1, -(2**63)]))
    assert large.tolist() == [Decimal(2**53 + 1) / 10_000, Decimal(-(2**63)) / 10_000]


@pytest.mark.samples
def test_groups_of_chunks_are_unpacked_side_by_side(tmp_path: Path):
    """Newer files are packed in groups: the first chunks, then the rest, each group with its own history."""
    from xpress9 import Xpress9

    source = sample("powerbi", "school-analytics-legacy.pbix")
    whole = bytes(ModelFiles(source)._data)
    size = 1 << 18
    parts = [whole[i : i + size] for i in range(0, len(whole), size)]
    first, rest, each = 1, -(-(len(parts) - 1) // 3), 3
    stream = "This backup was created using multithreaded XPrs9.".encode("utf-16-le").ljust(102, b"\0")
    stream += struct.pack("<5Q", each, 1, first, rest, size)
    for group in ([parts[0]], *(parts[i : i + each] for i in range(1, len(parts), each))):
        packer = Xpress9()
        for part in group:
            packed = packer.compress(part, len(part) * 2)
            stream += struct.pack("<II", len(part), len(packed)) + packed
    path = tmp_path / "new.pbix"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("DataModel", stream)
    assert bytes(ModelFiles(path)._data) == whole
    path.write_bytes(whole)  # a project's cache may not be packed at all
    assert bytes(ModelFiles(path)._data) == whole


@st.composite
def segments(draw):
    """Ids of a segment, and the runs and words that stand for them, written down row by row."""
    width = draw(st.sampled_from([1, 2, 3, 7, 10, 12, 16, 21, 32]))
    base = draw(st.integers(2, 1000))
    ids, runs, numbers = [], [], []
    for _ in range(draw(st.integers(1, 6))):
        count = draw(st.integers(1, 30))
        if draw(st.booleans()):
            value = draw(st.integers(2, 100_000))
            runs.append((value, count))
            ids += [value] * count
        else:
            runs.append((0xFFFFFFFF - len(numbers), count))
            new = draw(st.lists(st.integers(0, 2**width - 1), min_size=count, max_size=count))
            numbers += new
            ids += [base + n for n in new]
    each = 64 // width
    words = [
        sum(number << (width * i) for i, number in enumerate(numbers[at : at + each]))
        for at in range(0, len(numbers), each)
    ]
    if draw(st.booleans()):
        runs.append((7, 0xFFFFFFFF))  # what some writers leave behind the last run
    return Segment(len(ids), base, len(numbers), width), runs, words, ids


@given(segments())
@settings(max_examples=60, deadline=None)
def test_runs_and_packed_rows_expand_to_the_ids_they_stand_for(made):
    segment, runs, words, ids = made
    found = _expanded(segment, np.array(runs, "<u4").reshape(-1, 2), np.array(words, "<u8"))
    assert found.tolist() == ids


@pytest.mark.parametrize(
    ("segment", "runs", "words"),
    [
        (Segment(5, 3, 0, 0), [(3, 4)], []),  # fewer rows than stated
        (Segment(4, 3, 4, 8), [(0xFFFFFFFE, 4)], [1]),  # a packed run that begins too late
        (Segment(9, 3, 9, 8), [(0xFFFFFFFF, 9)], [1]),  # eight numbers to a word
        (Segment(2, 3, 2, 0), [(0xFFFFFFFF, 2)], [1]),  # of an unknown width
    ],
)
def test_damaged_segments_are_refused(segment, runs, words):
    with pytest.raises(ValueError, match="segment"):
        _expanded(segment, np.array(runs, "<u4").reshape(-1, 2), np.array(words, "<u8"))


def test_keys_are_numbers_that_are_equal_where_the_model_takes_values_for_equal():
    texts = np.empty(4, object)
    texts[:] = ["A1", "a1", "B2", "unused"]
    column = Column(np.array([0, 1, 2, -1, 0], np.int32), texts)
    assert (column.distinct(), column.distinct(fold=True)) == (3, 2)
    folded = column.keys(fold=True, distinct=2)
    assert folded.values[folded.codes[:3]].tolist() == [0, 0, 2]
    assert folded.codes.tolist() == column.codes.tolist()
    plain = column.keys(fold=False, distinct=3)
    assert len(set(plain.values[plain.codes[[0, 1, 2]]].tolist())) == 3


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=4), max_size=6))
def test_folding_counts_as_lower_case_does(values):
    texts = np.empty(len(values), object)
    texts[:] = values
    column = Column(np.arange(len(values), dtype=np.int32), texts)
    assert column.distinct(fold=True) == len({v.lower() for v in values})


@pytest.mark.samples
def test_a_key_that_the_file_wrongly_states_to_be_unique_is_refused(opened):
    file = opened("school-analytics-legacy.pbix")
    rows, key = file.row_count("grades"), ("grades", "student_id")
    assert len(set(file.keys(*key).values.tolist())) < rows
    file._catalogue.columns[key] = replace(file._catalogue.columns[key], cardinality=rows)
    with pytest.raises(ColumnProblem, match="repeats values"):
        file.keys(*key)


TRICKY = {
    "Big": ("Int64", [2**53 + 1, -(2**60) - 1, None, 2**60 + 7]),
    "Negative": ("Int64", [-1, -1_000_003, 0, None]),
    "Gaps": ("Int64", [None, None, None, 5]),
    "Real": ("Double", [-0.1, None, 1e300, 0.30000000000000004]),
    "Money": ("Decimal", [-1234567.8901, 0.0001, None, 99.5]),
    "Text": ("String", ["", None, "a", " a"]),
    "Wide": ("String", ["é", "日本", "\N{GRINNING FACE}", "I\N{COMBINING DOT ABOVE}"]),
    "Flag": ("Boolean", [True, False, None, True]),
    "Old": ("DateTime", [*map(dt.datetime.fromisoformat, ("1850-01-01", "1899-12-29T12:00:00", "2024-02-29T23:59:59")), None]),
    "Nothing": ("String", [None, None, None, None]),
}  # fmt: skip


@pytest.mark.parametrize("copies", [1, 50], ids=["each once", "in runs"])
def test_values_at_the_edges_come_back_as_they_were_written(tmp_path: Path, copies: int):
    builder_of = pytest.importorskip("pbix_mcp.builder", reason="the maker of models is a development tool")
    rows = [{name: values[i] for name, (_, values) in TRICKY.items()} for i in range(4) for _ in range(copies)]
    builder = builder_of.PBIXBuilder("Edges")
    builder.add_table("T", [{"name": name, "data_type": kind} for name, (kind, _) in TRICKY.items()], rows)
    path = tmp_path / "edges.pbix"
    path.write_bytes(builder.build())
    file = VertipaqFile(path)
    for name in TRICKY:
        found = file.column("T", name)
        values = [None if code < 0 else found.values[code : code + 1].tolist()[0] for code in found.codes]
        assert values == [row[name] for row in rows], name
    file.close()


def dictionary(texts: list[str], handles: list[tuple[int, int]]) -> memoryview:
    """A dictionary with one plain page of these texts; handles are offset and page."""
    written = "".join(f"{text}\0" for text in texts).encode("utf-16-le")
    page = struct.pack("<QBQQB4s", 0, 0, 0, 0, 0, b"\xdd\xcc\xbb\xaa")
    page += struct.pack("<QQQ", 0, len(written) // 2, len(written)) + written + b"\xcd\xab\xcd\xab"
    head = struct.pack("<i", 2) + bytes(24) + struct.pack("<qbqq", len(texts), 0, 0, 1)
    return memoryview(
        head + page + struct.pack("<QI", len(handles), 8) + b"".join(struct.pack("<II", *h) for h in handles)
    )


def test_a_dictionary_whose_handles_tell_of_other_texts_is_refused():
    """Which text is which value is told by the order alone."""
    assert read_dictionary(dictionary(["a", "b"], [(0, 0), (2, 0)])).tolist() == ["a", "b"]
    for handles in ([(2, 0), (0, 0)], [(0, 0)], [(0, 0), (0, 0)], [(0, 1), (2, 0)]):
        with pytest.raises(ValueError, match="dictionary"):
            read_dictionary(dictionary(["a", "b"], handles))


def test_files_that_are_not_kept_are_gone_and_the_others_unchanged():
    """The bytes of kept files move up in place; a stream whose files overlap is refused."""
    files = ModelFiles(FIXTURE)
    names = sorted(files._places)
    before = {name: bytes(files[name]) for name in names}
    whole = len(files._data)
    files.keep(names[::2])
    assert {name: bytes(files[name]) for name in names[::2]} == {name: before[name] for name in names[::2]}
    assert len(files._data) < whole
    with pytest.raises(KeyError):
        files[names[1]]
    place = min(files._places.values())
    files._places = {"first": place, "second": place._replace(offset=place.offset + 1)}
    with pytest.raises(ValueError, match="upon each other"):
        files.keep(["first", "second"])


def test_only_what_readers_can_see_is_kept_and_judged():
    file = VertipaqFile(FIXTURE)
    stored = file._catalogue.columns
    internal = {key for key, column in stored.items() if column.internal}
    assert internal
    assert not internal & set(file.worth_judging())
    assert {name for key in internal for name in stored[key].files}.isdisjoint(file._files._places)
    file.close()


def test_many_texts_are_forgotten_but_not_lost(monkeypatch: pytest.MonkeyPatch):
    """After a column was judged, keys and texts are what they were before."""
    file, other = VertipaqFile(FIXTURE), VertipaqFile(FIXTURE)
    monkeypatch.setattr(vertipaq, "_MANY_TEXTS", 3)
    forgotten = 0
    for table, column in file.worth_judging():
        file.distinct_values(table, column, 10)
        file.forget_texts(table, column)
        forgotten += (table, column) not in file._kept
        assert file.keys(table, column).codes.tolist() == other.keys(table, column).codes.tolist()
        assert file.keys(table, column).values.tolist() == other.keys(table, column).values.tolist()
        assert file.column(table, column).values.tolist() == other.column(table, column).values.tolist()
    assert forgotten
    file.close()
    other.close()


def test_bytes_of_kept_columns_are_let_go(monkeypatch: pytest.MonkeyPatch):
    """What is kept is not decoded again, and what is not kept still can be; nothing is forgotten that could not."""
    file, other = VertipaqFile(FIXTURE), VertipaqFile(FIXTURE)
    columns = file.worth_judging()
    kept = columns[::2]
    for key in kept:
        file.column(*key)
    file.release()
    monkeypatch.setattr(vertipaq, "_MANY_TEXTS", 0)
    for key in kept:
        file.forget_texts(*key)
    assert len(file._files._data) < len(other._files._data)
    for key in columns:
        assert file.column(*key).values.tolist() == other.column(*key).values.tolist()
        assert file.column(*key).codes.tolist() == other.column(*key).codes.tolist()
    file.close()
    other.close()


@given(st.lists(st.integers(-1, 200), min_size=1, max_size=50), st.integers(1, 201))
def test_codes_take_as_few_bytes_as_do(ids: list[int], count: int):
    """Every code is told whatever the size of the dictionary, up to the last that a byte holds and beyond."""
    codes = np.array([min(i, count - 1) for i in ids])
    values = np.empty(count, object)
    values[:] = [f"v{i}" for i in range(count)]
    column = _typed(TEXT, codes, values)
    assert column.codes.tolist() == codes.tolist()
    assert column.codes.itemsize == (1 if count <= 127 else 2)
    assert sorted(column.present().tolist()) == sorted({f"v{i}" for i in codes.tolist() if i >= 0})
