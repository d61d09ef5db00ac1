"""The Tableau calculation language: text -> tree -> neutral expression, and lineage between fields.

``parse`` reads a formula; ``translate`` gives it a meaning, asking a ``Resolver`` what its names stand
for; ``FormulaSet`` is that resolver for a workbook's fields. Pure functions of their input.
"""

from linter.formulas.tableau_calc.calls import Locale
from linter.formulas.tableau_calc.fields import FieldEntry, FormulaSet, Lineage
from linter.formulas.tableau_calc.functions import FUNCTIONS, Function, Type
from linter.formulas.tableau_calc.parser import parse
from linter.formulas.tableau_calc.translate import Resolved, Resolver, Translated, translate
from linter.formulas.tableau_calc.tree import FormulaError, Node, references

__all__ = [
    "FUNCTIONS", "FieldEntry", "FormulaError", "FormulaSet", "Function", "Lineage", "Locale", "Node",
    "Resolved", "Resolver", "Translated", "Type", "parse", "references", "translate",
]  # fmt: skip
