"""All DAX of the sample models: every text parses, nearly every measure reduces."""

from __future__ import annotations

import pytest

from linter.expressions import problems, walk
from linter.formulas.dax import DaxError, Reducer, lineage, parse, show, to_model
from tests.formulas.dax.corpus import Model, models
from tests.samples import samples_dir

pytestmark = pytest.mark.samples

UNDERSTOOD = 0.99
"""Share of measures without a stated problem, measured on these samples (401 of 402)."""


@pytest.fixture(scope="module")
def corpus() -> list[Model]:
    root = samples_dir()
    if root is None or not (root / "powerbi").is_dir():
        pytest.skip("the shared sample workbooks are not here")
    return models(root / "powerbi")


def test_every_text_parses_and_prints(corpus: list[Model]) -> None:
    texts = [(model.name, text) for model in corpus for text in model.texts if text.strip()]
    refused = []
    for name, text in texts:
        try:
            node = parse(text)
        except DaxError as error:
            refused.append((name, str(error), text[:80]))
        else:
            assert parse(show(node)) == node
    assert refused == []
    assert len(texts) > 600


def test_measures_reduce(corpus: list[Model]) -> None:
    total = understood = 0
    for model in corpus:
        reducer = Reducer(model.schema)
        for name in model.measures:
            found = reducer.measure_bases(name)
            total += 1
            understood += not any(use.problems for use in found)
            for use in found:
                assert use.table is not None or use.problems
                parts = [part for expr in (use.arg, *use.adds) if expr is not None for part in walk(expr)]
                assert not any(problems(part) for part in parts)
            assert {use.table for use in to_model(found)} <= {*model.columns, None}
    assert total > 350
    assert understood / total >= UNDERSTOOD


def test_lineage_covers_the_bases(corpus: list[Model]) -> None:
    """What a base rests on must be among what the text names at any depth."""
    checked = 0
    for model in corpus:
        schema = model.schema
        reducer = Reducer(schema)
        for name in model.measures:
            rests_on = lineage(schema, name)
            assert rests_on.problems == (), (model.name, name)
            for use in reducer.measure_bases(name):
                assert use.table in rests_on.tables or use.table == schema.table(model.measures[name][0])
                checked += 1
    assert checked > 500
