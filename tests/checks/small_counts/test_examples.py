"""The cells that a finding names: groups by name, persons not at all."""

import dataclasses

from checks.small_counts.examples import PERSON, TOTAL, examples
from tests.reporters import factory


def test_persons_are_neither_named_nor_numbered() -> None:
    layer = dataclasses.replace(factory.cross(1, 2, 3, 40, 5, 60), opaque=(True, False))
    found = examples(layer, lambda table: [n < 10 for n in table.contributors.values])
    assert [record["groups"] for record in found] == [(PERSON, "F"), (PERSON, "M"), (PERSON, TOTAL), (TOTAL, "F")]


def test_groups_are_named() -> None:
    found = examples(factory.cross(1, 20, 30, 40, 50, 60), lambda table: [n < 10 for n in table.contributors.values])
    assert [record["groups"] for record in found] == [("Ash School", "F")]


def test_days_are_named_without_midnight() -> None:
    layer = factory.cross(1, 20, 30, 40, 50, 60)

    def dated(table):
        return dataclasses.replace(table, labels=tuple([f"2025-09-0{i + 1} 00:00:00" for i, _ in enumerate(names)]
                                                       for names in table.labels))  # fmt: skip

    layer = dataclasses.replace(layer, body=dated(layer.body), totals=tuple((t, dated(x)) for t, x in layer.totals))
    found = examples(layer, lambda table: [n < 10 for n in table.contributors.values])
    assert [record["groups"] for record in found] == [("2025-09-01", "2025-09-01")]
