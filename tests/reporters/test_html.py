"""The HTML report: what it says, what it must not, and that it needs nothing from outside."""

import base64
import dataclasses
import functools
import hashlib
import itertools
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from linter.evidence import CellTable, Counts, Unit
from linter.findings import Severity
from linter.model import Page
from linter.policy.profile import load_profile
from linter.reporters.html_ import HtmlReporter
from linter.reporters.html_grid import COLUMNS, ROWS, grid_of
from linter.reporters.html_wireframe import Shape, wireframe
from linter.reporters.interface import Style
from linter.rules import load_rules
from tests.reporters import factory

EVERY = (factory.result(), factory.clean_result(), factory.unreadable_result(), factory.drawn_result())
STRICT = load_profile("strict")
LENIENT = dataclasses.replace(STRICT, zeros_disclosive=False)


def render(*results, style: Style | None = None, rules=(), **options) -> str:
    return HtmlReporter(style or Style(80), rules).render(factory.run(*results, **options))


class Parsed(HTMLParser):
    """Elements in order, with their text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.stack: list[str] = []
        self.texts: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in {"meta", "input", "rect", "path", "link", "img", "br"}:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag):
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] not in {"style", "script"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_every_outcome(snapshot: SnapshotAssertion) -> None:
    document = render(*EVERY)
    assert re.sub(r"(<(style|script)>).*?(</\2>)|sha256-[\w+/=]+", r"\1\3", document, flags=re.DOTALL) == snapshot
    assert document == render(*EVERY), "the same bytes every time"


@functools.cache
def known_page() -> Parsed:
    """All that a page may consist of."""
    return Parsed(render(*EVERY, factory.hostile_result("x")))


class TestContained:
    def test_the_policy_allows_only_what_is_in_the_file(self) -> None:
        document = render(*EVERY)
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', document)
        policy = policy.replace("&#39;", "'")
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        for kind in ("style", "script"):
            (body,) = re.findall(rf"<{kind}>(.*?)</{kind}>", document, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            assert f"{kind}-src 'sha256-{digest}'" in policy

    def test_it_fetches_nothing(self) -> None:
        page = Parsed(render(*EVERY))
        for tag, attributes in page.elements:
            assert tag not in {"link", "img", "iframe", "object", "embed", "base", "use", "image"}
            for key, value in attributes.items():
                assert not key.startswith("on"), "no handler in an attribute"
                assert key not in {"style", "src", "srcset", "action", "xlink:href"}
                if key == "href":
                    assert value.startswith("#")
        document = render(*EVERY)
        assert "http://" not in document
        assert "https://" not in document
        assert "@import" not in document

    @given(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(
                [
                    "</script><script>alert(1)</script>",
                    '"><img src=x onerror=1>',
                    "{{ 7*7 }}",
                    "<!--",
                    "</style>",
                    "javascript:1",
                ]
            ),
        )
    )
    def test_names_stay_text(self, text: str) -> None:
        page = Parsed(render(factory.hostile_result(text)))
        known = known_page()
        assert page.stack == []
        assert (len(page.all("script")), len(page.all("style"))) == (1, 1)
        assert {tag for tag, _ in page.elements} <= {tag for tag, _ in known.elements}
        assert {k for _, a in page.elements for k in a} <= {k for _, a in known.elements for k in a}


class TestAccessible:
    def test_landmarks_headings_and_labels(self) -> None:
        page = Parsed(render(*EVERY))
        assert page.stack == [], "every element is closed"
        assert page.all("html")[0]["lang"] == "en-GB"
        for landmark in ("header", "nav", "main", "footer", "title", "h1"):
            assert len(page.all(landmark)) == 1
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), "no level is skipped"
        ids = [a["id"] for _, a in page.elements if "id" in a]
        assert len(ids) == len(set(ids))
        for _, attributes in page.elements:
            for key in ("aria-labelledby", "href"):
                assert key not in attributes or attributes[key].removeprefix("#") in ids
        assert all(a.get("scope") for a in page.all("th"))

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_contrast(self, scheme: str) -> None:
        """WCAG 2.1 AA: 4.5 to 1 for text."""
        css = re.search(r"<style>(.*?)</style>", render(), re.DOTALL)[1]
        light, dark = (
            dict(re.findall(r"--([\w-]+): (#\w+)", block))
            for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
        )
        colors = light if scheme == "light" else light | dark
        pairs = [(state, f"{state}-bg") for state in ("error", "warning", "note", "unchecked", "clean", "none")]
        pairs += [(text, ground) for text in ("ink", "soft", "link") for ground in ("bg", "paper")]
        pairs += [
            ("clean", "paper"),
            ("clean", "unchecked-bg"),
            ("ink", "unchecked-bg"),
            ("error", "paper"),
            ("error", "bg"),
        ]
        pairs += [
            ("h0-ink", "h0"),
            *(("h-ink", f"h{i}") for i in range(1, 6)),
            ("soft", "unchecked-bg"),
            ("warning", "paper"),
        ]
        pairs += [("unchecked", "paper"), *(("ink", f"{state}-bg") for state in ("error", "warning", "note", "clean"))]
        assert {
            f"{t} on {g}": round(contrast(colors[t], colors[g]), 2)
            for t, g in pairs
            if contrast(colors[t], colors[g]) < 4.5
        } == {}


def contrast(one: str, two: str) -> float:
    def luminance(color: str) -> float:
        digits = color[1:] if len(color) == 7 else "".join(2 * c for c in color[1:])
        parts = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


class TestContents:
    def test_every_finding_is_there_once(self) -> None:
        found = tuple(dataclasses.replace(f, message=f"Message {i} ends.") for i, f in enumerate(factory.findings()))
        text = Parsed(render(factory.result(findings=found))).text
        for finding in found:
            expected = 0 if finding.suppression else 1
            assert text.count(finding.message) == expected, finding.message
        assert "waiver: Published by the DfE already (until 2027-03-31)" in text

    def test_what_was_not_checked_comes_before_what_was_found(self) -> None:
        text = Parsed(render(factory.result())).text
        assert text.index("Not safe to publish") < text.index("What was not checked") < text.index("Whole workbook")
        assert "assumed: nobody declared it" in text

    def test_a_finding_on_a_page_or_visual_nobody_knows_is_not_lost(self) -> None:
        found = (
            factory.finding("SC001", Severity.ERROR, "On a lost page.", "Nowhere", "Ghost"),
            factory.finding("SC001", Severity.ERROR, "On a lost visual.", "Overview", "Ghost"),
        )
        for result in (factory.result(findings=()), factory.unreadable_result()):
            text = Parsed(render(dataclasses.replace(result, findings=(*found, *result.findings)))).text
            assert text.count("On a lost page.") == 1
            assert "On a lost visual." in text

    def test_what_follows_from_elsewhere_is_said_at_the_visual(self) -> None:
        follower = factory.finding("SC002", Severity.ERROR, "Follows.", "Detail", "Detail", visual_id="v2")
        cause = factory.finding("DR001", Severity.ERROR, "Cause.", "Overview", "Pupils by school", visual_id="v1")
        cause = dataclasses.replace(cause, related=(follower.fingerprint,))
        text = Parsed(render(factory.result(findings=(cause, follower)))).text
        assert "SC002 follows from DR001 at Overview > Pupils by school: Follows." in text

    def test_pages_of_one_name_can_be_told_apart(self) -> None:
        pages = (Page("p1", "Overview"), Page("p2", "Overview"))
        book = dataclasses.replace(factory.workbook(), pages=pages)
        titles = re.findall(r'<h3 id="w1-p\d-h">(?:<span.*?</span> )?(.*?)</h3>', render(factory.result(workbook=book)))
        assert titles[:2] == ["Overview", "Overview (2)"]

    def test_rules_left_out_are_named(self) -> None:
        assert (
            "nothing is said about them: SC001."
            in Parsed(render(factory.clean_result(), style=Style(left_out=("SC001",)))).text
        )

    def test_exact_values_only_on_request(self) -> None:
        assert "Exact:" not in render(factory.result())
        shown = Parsed(render(factory.result(), show_values=True)).text
        assert "handle it like the data itself" in shown
        assert "minimum 1" in shown

    def test_fifty_visuals_stay_small(self) -> None:
        assert len(render(factory.large_result(), rules=load_rules()).encode()) < 2_000_000


def two(*people: int, labels=(("a", "b"), ("x", "y")), hidden=(), unit=factory.KEY, opaque=(False, False)):
    """A layer of two by two groups; 0 people: no such cell."""
    present = [i for i, n in enumerate(people) if n]
    counts = Counts(tuple(people[i] for i in present))
    codes = (tuple(i // 2 for i in present), tuple(i % 2 for i in present))
    body = CellTable((0, 1), labels, codes, counts, counts, (), hidden)
    return dataclasses.replace(factory.layer(body, "Row", "Column", unit=unit), opaque=opaque)


def texts(grid) -> list[list[str]]:
    return [[square.text for square in row.squares] for row in grid.rows]


class TestHeatMap:
    def test_bands_and_no_counts(self) -> None:
        grid = grid_of(two(3, 40, 70, 100_000), LENIENT, 9, reveal=False)
        assert texts(grid) == [["1-9", "10-49"], ["50-99", "1,000+"]]

    def test_none_and_few_look_alike_where_zeros_disclose(self) -> None:
        few, none = (grid_of(two(n, 40, 70, 50), STRICT, 9, reveal=False) for n in (3, 0))
        assert few.rows == none.rows
        assert texts(few)[0][0] == "0-9"
        assert grid_of(two(0, 40, 70, 50), LENIENT, 9, reveal=False).rows[0].squares[0].text == "–"

    def test_exact_only_on_request(self) -> None:
        assert texts(grid_of(two(3, 40, 70, 0), STRICT, 9, reveal=True)) == [["3", "40"], ["70", "–"]]

    def test_the_smallest_base_counts(self) -> None:
        layer = two(40, 40, 70, 50)
        base = dataclasses.replace(factory.table(1).bases[0], units=Counts((40, 2, 0, 50)))
        layer = dataclasses.replace(layer, body=dataclasses.replace(layer.body, bases=(base,)))
        grid = grid_of(layer, LENIENT, 9, reveal=False)
        assert texts(grid) == [["10-49", "1-9"], ["50-99", "50-99"]]
        assert any("fewer people" in note for note in grid.notes)

    def test_hidden_cells_are_not_drawn(self) -> None:
        assert texts(grid_of(two(3, 40, 70, 50, hidden=(1, 0, 0, 0)), LENIENT, 9, reveal=False))[0][0] == "–"

    def test_labels_of_persons_are_numbers(self) -> None:
        grid = grid_of(two(3, 40, 70, 50, opaque=(True, False)), STRICT, 9, reveal=False)
        assert [row.label for row in grid.rows] == ["#1", "#2"]
        assert grid.columns == ("x", "y")

    def test_a_list_of_persons_is_short(self) -> None:
        body = factory.table(*(1 for _ in range(40)))
        layer = dataclasses.replace(factory.layer(body, "UPN"), opaque=(True,))
        grid = grid_of(layer, STRICT, 9, reveal=False)
        assert len(grid.rows) == 8
        assert "8 of 40 rows, those with most cells in the lowest band." in grid.notes

    def test_only_people(self) -> None:
        assert grid_of(two(3, 40, 70, 50, unit=Unit("not_people")), STRICT, 9, reveal=False) is None
        assert grid_of(two(3, 40, 70, 50, unit=Unit("unknown")), STRICT, 9, reveal=False).counted == "rows"

    def test_what_is_left_out_is_counted_and_holds_no_small_cell_before_the_rest(self) -> None:
        people = tuple(40 for _ in range(ROWS + 5))
        body = factory.table(*people[:-1], 2, labels=tuple(f"g{i:02}" for i in range(ROWS + 5)))
        grid = grid_of(factory.layer(body, "Group"), LENIENT, 9, reveal=False)
        assert len(grid.rows) == ROWS
        assert grid.rows[-1].squares[0].text == "1-9"
        assert f"{ROWS} of {ROWS + 5} rows, those with most cells in the lowest band." in grid.notes
        assert COLUMNS < ROWS

    def test_without_the_profile_there_is_none(self) -> None:
        page = Parsed(render(factory.result(profile="our-own")))
        assert "no heat map is drawn" in page.text
        assert not any(a.get("class") == "heat" for a in page.all("table"))


class TestWireframe:
    def shape(self, *box: float, number: int | None = 1, state="clean", name="Pupils") -> Shape:
        return Shape("v", number, name, "no finding", state, False, box)

    def test_boxes_stand_where_they_stand(self) -> None:
        drawing = wireframe([self.shape(0.5, 0.25, 0.25, 0.5)], 1000, 500)
        (box,) = drawing.boxes
        assert (drawing.width, drawing.height) == (1000, 500)
        assert (box.x, box.y, box.width, box.height) == (501, 126, 248, 248)
        assert [text for _, text in box.lines] == ["1 Pupils", "no finding"]

    def test_what_lies_beside_the_page_is_cut_off(self) -> None:
        drawing = wireframe([self.shape(-0.5, 0, 1, 1), self.shape(1.2, 0, 0.3, 0.3)], 800, 600)
        (box,) = drawing.boxes
        assert box.x + box.width <= drawing.width
        assert wireframe([self.shape(1.2, 0, 0.3, 0.3)], 800, 600) is None

    def test_the_worst_is_in_front(self) -> None:
        shapes = [self.shape(0, 0, 1, 1, state=s) for s in ("error", "none", "clean", "unchecked")]
        assert [b.shape.state for b in wireframe(shapes, 0, 0).boxes] == ["none", "clean", "unchecked", "error"]

    @given(st.text(max_size=80), st.floats(0.001, 1), st.floats(0.001, 1))
    def test_text_stays_in_its_box(self, name: str, width: float, height: float) -> None:
        drawing = wireframe([self.shape(0, 0, width, height, name=name)], 1280, 720)
        for box in drawing.boxes if drawing else ():
            assert all(down <= box.height and len(text) * 9.5 <= box.width for down, text in box.lines)

    def test_a_shape_below_others_keeps_no_text_that_would_lie_under_theirs(self) -> None:
        shapes = [self.shape(0, 0, 1, 0.5, number=None, name="banner"), self.shape(0.1, 0.1, 0.3, 0.3)]
        assert [bool(box.lines) for box in wireframe(shapes, 0, 0).boxes] == [False, True]
        assert wireframe(shapes[:1], 0, 0).boxes[0].lines

    def test_a_page_without_places_is_a_list(self) -> None:
        assert not Parsed(render(factory.result())).all("svg")

    def test_links_lead_to_the_visual(self) -> None:
        placed = dataclasses.replace(factory.workbook().visuals[0], box=(0, 0, 0.5, 0.5))
        book = dataclasses.replace(factory.workbook(), visuals=(placed, *factory.workbook().visuals[1:]))
        page = Parsed(render(factory.result(workbook=book)))
        assert page.all("svg")
        assert {"href": "#w1-v1", "aria-label": "1 Pupils by school: no finding"} in page.all("a")
