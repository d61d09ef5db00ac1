"""Where visuals stand: shares of the page, groups added up."""

import pytest

from linter.parsers.powerbi.legacy import box
from linter.parsers.powerbi.record import Container, PageRecord, placed


def page(*containers: Container, width: float = 1000, height: float = 500) -> PageRecord:
    return PageRecord("p", "P", "", "page", False, width, height, (), containers, {})


def visual(parent: str = "", place=(100, 50, 200, 100)) -> Container:
    return Container("v", "card", "", parent=parent, box=place)


def test_shares_of_the_page() -> None:
    assert placed(visual(), page(visual())) == (0.1, 0.1, 0.2, 0.2)


def test_corners_of_nested_groups_are_added() -> None:
    inner = Container("inner", "", "", parent="outer", box=(10, 20, 500, 400))
    outer = Container("outer", "", "", box=(90, 30, 600, 450))
    assert placed(visual("inner"), page(visual("inner"), inner, outer)) == pytest.approx((0.2, 0.2, 0.2, 0.2))


def test_groups_in_a_circle_end() -> None:
    one, two = (Container(a, "", "", parent=b, box=(10, 0, 1, 1)) for a, b in ("ab", "ba"))
    assert placed(visual("a"), page(visual("a"), one, two)) == pytest.approx((0.12, 0.1, 0.2, 0.2))


@pytest.mark.parametrize("place", [(0, 0, 0, 0), (1, 1, 0, 5), (1, 1, 5, -5)])
def test_no_extent_is_no_place(place) -> None:
    assert placed(visual(place=place), page(visual(place=place))) is None


def test_a_page_without_size_has_no_places() -> None:
    assert placed(visual(), page(visual(), width=0)) is None


@pytest.mark.parametrize("place", [None, "x", [], {"x": "1", "width": True, "height": None}])
def test_a_damaged_place_is_none(place) -> None:
    assert box(place) == (0, 0, 0, 0)
