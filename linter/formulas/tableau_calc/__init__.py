"""The Tableau calculation language: text -> tree -> neutral expression, and lineage between fields.

``parse`` reads a formula; ``translate`` gives it a meaning, asking a ``Resolver`` what its names stand
for; ``FormulaSet`` is that resolver for a workbook's fields. Pure functions of their input.
"""

from linter.formulas.tableau_calc.calls import Locale
from linter.formulas.tableau_calc.fields import FieldEntry, FormulaSet, Lineage
from linter.formulas.tableau_calc.functions import FUNCTIONS, Function, Type
from linter.formulas.tableau_calc.parser import parse
from linter.formulas.tableau_calc.resolved import Part, Resolved, Resolver, Translated, View
from linter.formulas.tableau_calc.shapes import ON_SHAPES
from linter.formulas.tableau_calc.translate import ON_MARKS, WHO_LOOKS, translate
from linter.formulas.tableau_calc.tree import FormulaError, Node, references

__all__ = [
    "FUNCTIONS", "ON_MARKS", "ON_SHAPES", "WHO_LOOKS", "FieldEntry", "FormulaError", "FormulaSet", "Function",
    "Lineage", "Locale", "Node", "Part", "Resolved", "Resolver", "Translated", "Type", "View", "parse",
    "references", "translate",
]  # fmt: skip
