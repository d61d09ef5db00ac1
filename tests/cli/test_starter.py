"""The starter manifest declares what is sure and asks the rest, one question a line, each fit to be answered alone."""

import itertools
import tomllib

from linter.commands.starter import questions, starter
from linter.config.strict import validated
from linter.evidence import Evidence, Unit
from linter.expressions import Column
from linter.manifest import Manifest
from linter.model import Source, Table, TableColumn, Workbook

FOUND = {"Pupil": ("UPN", "high"), "Orders": ("Customer", "medium"), "Staff": ("Person", "low")}


def written(*tables: str) -> str:
    made = tuple(Table(t, t, (TableColumn(FOUND[t][0], FOUND[t][0], caption=FOUND[t][0]),)) for t in tables)
    units = {("s", t): Unit("key", FOUND[t][0], Column(t, FOUND[t][0]), FOUND[t][1], "its name") for t in tables}
    book = Workbook("tableau", "x.twbx", "0" * 64, (Source("s", "S", "embedded", made),), (), ())
    return starter("x.twbx", book, Evidence({}, units, {}), frozenset())


def keys(text: str) -> list[str]:
    return validated(Manifest, tomllib.loads(text), "x").unit_keys


def test_only_what_is_sure_is_declared() -> None:
    text = written("Pupil", "Orders", "Staff")
    assert keys(text) == ["Pupil.UPN"]
    for n in range(3):
        for chosen in itertools.combinations(("Orders.Customer", "Staff.Person"), n):
            answered = text
            for name in chosen:
                answered = answered.replace(f'# ? "{name}"', f'"{name}"')
            assert keys(answered) == ["Pupil.UPN", *chosen]
            assert questions(text) - questions(answered) == n


def test_nothing_sure_is_no_declaration() -> None:
    assert keys(written("Orders")) == []
    assert keys(written("Pupil")) == ["Pupil.UPN"]
