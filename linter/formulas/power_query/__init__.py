"""Power Query (M): only as far as rows are typed into a query. No I/O."""

from linter.formulas.power_query.cutting import without_rows
from linter.formulas.power_query.parser import section
from linter.formulas.power_query.typed import Queries, forget, typed_in, typed_table

__all__ = ["Queries", "forget", "section", "typed_in", "typed_table", "without_rows"]
