"""The edges of every shipped profile on generated evidence: nought, t and t + 1 people in a cell."""

from __future__ import annotations

import pytest

from checks.small_counts.sc001_small_count import small_count
from linter.evidence import CellTable, Counts, Evidence, LayerResult, Unit, VisualResult
from linter.expressions import Column
from linter.findings import Severity
from linter.model import Encoding, FieldUse, Grouping, Layer, Page, Source, Table, TableColumn, Visual, Workbook
from linter.policy.audience import Audience
from linter.policy.datasets import datasets_in, known_datasets, profile_for
from linter.policy.decision import Policy
from linter.policy.masking import band
from linter.policy.profile import Profile, load_profile, shipped
from linter.rules import Context


def context(profile: Profile, people: int) -> Context:
    """A bar chart of pupils by sex with ``people`` pupils behind one of its two bars."""
    sex = Column("t", "Sex")
    source = Source("s", "Pupils", "embedded", (Table("t", "Pupils", (TableColumn("Sex", "Sex", caption="Sex"),)),))
    layer = Layer("marks", "s", (Grouping("Sex", sex, "rows"),))
    encoding = Encoding("rows", FieldUse("Sex", (sex,), "s"), groups=True)
    visual = Visual("v", "Pupils by sex", "bar", ("p",), "part", (layer,), (encoding,))
    book = Workbook("tableau", "x.twbx", "0" * 64, (source,), (Page("p", "Page"),), (visual,))
    counts = Counts((people, 500))
    table = CellTable((0,), (("F", "M"),), ((0, 1),)[:1], counts, counts)
    found = LayerResult("marks", ("Sex",), (False,), Unit("key", "UPN", None, "high"), "evaluated", (), "s", table)
    evidence = Evidence({}, {("s", "t"): found.unit}, {"v": VisualResult("v", "evaluated", (), (found,))})
    audience = next(a for a in reversed(Audience) if profile.allows(a))
    return Context(book, evidence, Policy(profile, audience))


@pytest.mark.parametrize("name", shipped())
def test_small_is_one_to_t(name: str) -> None:
    profile = load_profile(name)
    t = profile.threshold
    for people, fires in ((0, False), (1, True), (t, True), (t + 1, False)):
        found = list(small_count.check(context(profile, people)))
        assert bool(found) is fires, (name, people)
        assert all(f.severity is (Severity.ERROR if profile.fails else Severity.WARNING) for f in found)


@pytest.mark.parametrize("name", shipped())
def test_no_band_tells_small_counts_apart(name: str) -> None:
    profile = load_profile(name)
    assert len({band(n, profile) for n in range(1, profile.threshold + 1)}) == 1
    assert band(0, profile) == "0"


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("dataset", [d.name for d in known_datasets()])
def test_a_declared_dataset_only_tightens(name: str, dataset: str) -> None:
    before, after = load_profile(name), profile_for(load_profile(name), [f"{dataset} 2024"])
    t = after.threshold
    assert t >= before.threshold
    assert after.group_limit >= before.group_limit
    assert after.width >= before.width
    assert after.bands[0] >= t
    assert all(high - low >= 2 * t for low, high in zip(after.bands, after.bands[1:], strict=False))
    for people, fires in ((0, False), (1, True), (t, True), (t + 1, False)):
        assert bool(list(small_count.check(context(after, people)))) is fires


@pytest.mark.parametrize(
    ("profile", "dataset", "t"),
    [
        ("dfe-exclusions", "CIN", 5),
        ("dfe-exclusions", "Looked-after children (SSDA903)", 5),
        ("dfe-exclusions", "Permanent exclusions", 2),
        ("dfe-exclusions", "KS4", 2),
        ("dfe-performance", "KS4 destinations", 10),
        ("dfe-performance", "KS4", 5),
        ("strict", "CIN", 9),
        ("nhs-round5", "CLA", 7),
    ],
)
def test_thresholds_by_dataset(profile: str, dataset: str, t: int) -> None:
    assert profile_for(load_profile(profile), [dataset]).threshold == t


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("CIN", {"cin"}),
        ("Children in Need census", {"cin"}),
        ("medicine", set()),
        ("CLA and CIN", {"cin", "cla"}),
        ("classes", set()),
        ("", set()),
    ],
)
def test_datasets_are_known_by_whole_words(text: str, names: set[str]) -> None:
    assert {d.name for d in datasets_in(text)} == names


def test_every_dataset_says_where_it_was_read() -> None:
    assert all(d.words and d.threshold >= 1 and len(d.source) > 20 for d in known_datasets())
