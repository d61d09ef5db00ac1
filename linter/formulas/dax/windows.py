"""Window functions over the values of one column in its own order, as the filters that they stand for.

Source: https://learn.microsoft.com/dax/window-function-dax
"""

from __future__ import annotations

from linter.formulas.dax.tree import Call, Chain, Let, Name, Node, Number, Ref, Unary

_NEAR = "the value to compare with"  # a variable, of a name that no formula can have
_FREE = frozenset({"ALL", "ALLSELECTED", "ALLNOBLANKROW"})


def as_filter(node: Call) -> Node | None:
    """FILTER over the column that gives the same rows; None for any other window.

    Understood are INDEX of the greatest and WINDOW from the first up to the current one, over ``ALL(T[c])``
    or ``ALLSELECTED(T[c])`` ordered by ``T[c]``. The smallest, and the one before, may be BLANK.
    """
    tables = [arg for arg in node.args if isinstance(arg, Call) and arg.function in _FREE]
    orders = [arg for arg in node.args if isinstance(arg, Call) and arg.function == "ORDERBY"]
    numbers = [arg for arg in node.args if arg not in tables and arg not in orders]
    if len(tables) != 1 or len(orders) != 1 or len(tables[0].args) != 1:
        return None
    (table,), (order,), column = tables, orders, tables[0].args[0]
    if not isinstance(column, Ref) or not order.args or order.args[0] != column or len(order.args) > 2:
        return None
    descending = len(order.args) == 2 and order.args[1] == Name("DESC")
    if len(order.args) == 2 and order.args[1] not in {Name("DESC"), Name("ASC")}:
        return None
    match node.function, [_number(n) for n in numbers]:
        case "INDEX", [1 | -1 as place] if (place == 1) is descending:
            return _equal(table, column, Call("CALCULATE", (Call("MAX", (column,)), table)))
        case "WINDOW", [1, "ABS", 0, "REL"]:
            return _compared(
                table, column, ">=" if descending else "<=", Call("MIN" if descending else "MAX", (column,))
            )
        case _:
            return None


def _equal(table: Call, column: Ref, value: Node) -> Node:
    """Without such a value there is no row, not that of BLANK."""
    known = Call("NOT", (Call("ISBLANK", (Name(_NEAR),)),))
    same = Chain(Chain(column, (("==", Name(_NEAR)),)), (("&&", known),))
    return Let(((_NEAR, value),), Call("FILTER", (table, same)))


def _compared(table: Call, column: Ref, op: str, value: Node) -> Node:
    """The value is taken in the cell, before any row of the table is looked at."""
    return Let(((_NEAR, value),), Call("FILTER", (table, Chain(column, ((op, Name(_NEAR)),)))))


def _number(node: Node) -> int | str | None:
    match node:
        case Number():
            return int(node.value)
        case Unary("-", Number() as inner):
            return -int(inner.value)
        case Name(name):
            return name.upper()
        case _:
            return None
