"""Spatial functions. Shapes are never computed, but what tells one from another is known.

Equal arguments make equal shapes, so a shape stands for the text of its arguments: grouping by a
point is grouping by its coordinates. What is measured on shapes has no neutral value, but it is
null exactly where one of its arguments is.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from linter.expressions import Column, Expr, call
from linter.expressions import Literal as Value
from linter.formulas.tableau_calc.typed import Typed, combine, present, unsupported

if TYPE_CHECKING:
    from linter.formulas.tableau_calc.functions import Type

ON_SHAPES = "is computed on shapes"
_BETWEEN = Value(" ; ")


def shape(name: str, kind: Type, args: tuple[Typed, ...]) -> Typed:
    """A spatial function over translated arguments."""
    held = any(arg.type == "spatial" and isinstance(arg.expr, Column) for arg in args)
    if kind != "spatial" or held or any(arg.poisoned for arg in args):
        level = combine(args[0].expr, kind, args).level
        return replace(unsupported(f"{name} {ON_SHAPES}", kind, level), present=present(args))
    texts = [_text(arg) for arg in args]
    return combine(reduce(_joined, texts), kind, args)


def _text(arg: Typed) -> Expr:
    return arg.expr if arg.type in {"spatial", "text"} else call("to_text", arg.expr)


def _joined(first: Expr, second: Expr) -> Expr:
    return call("concat", call("concat", first, _BETWEEN), second)
