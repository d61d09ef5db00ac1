"""Measures to bases: whose rows stand behind the number that a DAX formula gives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.formulas.dax import to_model
from linter.model import Base

if TYPE_CHECKING:
    from linter.expressions import Column
    from linter.parsers.powerbi.model import Model


def bases(model: Model, name: str, caption: str, under: tuple[tuple[Column, str], ...] = ()) -> tuple[Base, ...]:
    """The bases of the measure of that name, called by its caption on the visual, under calculation items.

    A measure that can't be reduced has bases with problems; one that is not in the file has one
    base that says so. A constant has none.
    """
    if not model.known or model.schema.measure(name) is None:
        reason = f"measure not evaluated: {name!r} is not in this file"
        return (Base(caption, "value", "count", None, problems=(reason,)),)
    uses = model.reducer.measure_bases(name, under)
    return tuple(replace(base, measure=caption, problems=_worded(base)) for base in to_model(uses))


def _worded(base: Base) -> tuple[str, ...]:
    return tuple(f"measure not evaluated: {problem}" for problem in base.problems)
