"""Records behave as the standard library's dataclasses do."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter import records


def pair(decorate: Any) -> tuple[type, type, type]:
    """The same three classes by one decorator: several fields, one field, none."""

    @decorate(frozen=True, slots=True)
    class Several:
        a: int
        b: str = ""
        c: tuple[int, ...] = ()
        d: list[int] = dataclasses.field(default_factory=list, repr=False, compare=False)

        def twice(self) -> int:
            return 2 * self.a

    @decorate(frozen=True, slots=True)
    class One:
        a: object

    @decorate(slots=True)
    class Free:
        a: int = 0

    return Several, One, Free


OURS, THEIRS = pair(records.dataclass), pair(dataclasses.dataclass)
values = st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.lists(st.integers(0, 1), max_size=2).map(tuple))


@given(values, values)
def test_records_compare_hash_and_show_as_dataclasses(first: tuple[Any, ...], second: tuple[Any, ...]) -> None:
    ours, theirs = [OURS[0](*v) for v in (first, second)], [THEIRS[0](*v) for v in (first, second)]
    assert (ours[0] == ours[1]) == (theirs[0] == theirs[1]) == (first == second)
    assert (len(set(ours))) == len(set(theirs))
    assert repr(ours[0]) == repr(theirs[0])
    assert dataclasses.asdict(ours[0]) == dataclasses.asdict(theirs[0])
    assert dataclasses.replace(ours[0], a=7) == OURS[0](7, *first[1:])
    assert ours[0] != theirs[0]
    assert OURS[1](first) == OURS[1](first) != OURS[1]("other")


def test_what_does_not_compare_does_not_hash() -> None:
    assert OURS[0](1, d=[1]) == OURS[0](1, d=[2])
    assert hash(OURS[0](1, d=[1])) == hash(OURS[0](1, d=[2]))
    assert "d=" not in repr(OURS[0](1, d=[1]))


def test_records_that_may_change_can_not_be_hashed() -> None:
    free = OURS[2](1)
    free.a = 2
    assert free == OURS[2](2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(free)
    with pytest.raises(AttributeError):
        free.other = 1


def test_by_identity_where_it_is_asked() -> None:
    @records.dataclass(frozen=True, slots=True, eq=False)
    class Own:
        a: int

    own = Own(1)
    assert own == own  # noqa: PLR0124 - identity is what is tested
    assert own != Own(1)
    assert len({own, Own(1), own}) == 2


def test_own_methods_and_matching_stay() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Own:
        a: int

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 5

    assert (repr(Own(1)), Own(1) == Own(2), hash(Own(1))) == ("own", True, 5)
    Several = OURS[0]  # noqa: N806 - a class
    match OURS[0](3, "x"):
        case Several(a, b):
            assert (a, b) == (3, "x")
        case _:
            pytest.fail("no match")
    assert OURS[0](3).twice() == 6
    assert OURS[0].__slots__ == ("a", "b", "c", "d")


def test_pickled_and_back() -> None:
    from linter.expressions import Column

    column = Column("t", "c")
    assert pickle.loads(pickle.dumps(column)) == column
