"""DAX: text to a typed tree, lineage, and the bases of measures. No I/O."""

from linter.formulas.dax.context import Condition, Shift
from linter.formulas.dax.functions import FUNCTIONS, Function
from linter.formulas.dax.lexer import DaxError
from linter.formulas.dax.lineage import Lineage, Origin, References, lineage, references, text_lineage
from linter.formulas.dax.parser import parse
from linter.formulas.dax.reduce import Reducer
from linter.formulas.dax.schema import CalculationGroup, Relationship, Schema
from linter.formulas.dax.tree import show
from linter.formulas.dax.uses import BaseUse, Guard, Iteration, to_model
from linter.formulas.dax.values import explicit
from linter.model import Link

__all__ = [
    "FUNCTIONS",
    "BaseUse",
    "CalculationGroup",
    "Condition",
    "DaxError",
    "Function",
    "Guard",
    "Iteration",
    "Lineage",
    "Link",
    "Origin",
    "Reducer",
    "References",
    "Relationship",
    "Schema",
    "Shift",
    "explicit",
    "lineage",
    "parse",
    "references",
    "show",
    "text_lineage",
    "to_model",
]
