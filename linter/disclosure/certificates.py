"""Claims that a cell is recoverable, and their exact proof.

A certificate is a combination of equations with whole-number weights in which every variable cancels but
the cell itself (and cells proved before). It is checked with Python integers and printed as the
subtraction a reader would do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from linter.disclosure.late import sparse
from linter.disclosure.sparse_elimination import full_rank
from linter.disclosure.system import SHOWN, System
from linter.records import dataclass


@dataclass(frozen=True, slots=True)
class Joint:
    """Many equations that determine all their variables together.

    The exact proof has two parts: the values satisfy every equation, and the equations have full column
    rank modulo a prime, hence over the rationals, so that no other values do. The weights of a single
    combination would be numbers of hundreds of digits.

    Attributes:
        equations: whose variables are all in ``cells`` or proved before.
        cells: the variables.
        values: theirs, times the scale.
    """

    equations: tuple[int, ...]
    cells: tuple[int, ...]
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One recoverable cell.

    Attributes:
        cell: the variable.
        value: its exact value, in units.
        weights: (equation, weight) pairs; their sum is ``divisor`` times the cell plus known cells.
        divisor: not zero, except in joint claims.
        method: ``step`` (one equation), ``cut`` (one side of a bridge), ``combination``, ``joint``.
        joint: the joint proof of a large linked block; ``weights`` is then empty.
    """

    cell: int
    value: Fraction
    weights: tuple[tuple[int, int], ...]
    divisor: int
    method: str
    joint: Joint | None = None


def combined(system: System, weights: Mapping[int, int]) -> dict[int, int]:
    """Coefficient of every cell in a weighted sum of equations, zeros left out."""
    total: defaultdict[int, int] = defaultdict(int)
    for equation, weight in weights.items():
        cells, coefs = system.equation(equation)
        for cell, coef in zip(cells, coefs, strict=True):
            total[cell] += weight * coef
    return {cell: coef for cell, coef in total.items() if coef}


def value_of(system: System, claim: Claim, proved: Mapping[int, Fraction]) -> Fraction | None:
    """The value that a certificate yields, None if it proves nothing.

    Args:
        system: the equations.
        claim: what is claimed; its own ``value`` is not used.
        proved: cells that may be taken as known, with their values.
    """
    rest = combined(system, dict(claim.weights))
    own = rest.pop(claim.cell, 0)
    if own == 0 or own != claim.divisor:
        return None
    known = 0
    extra = Fraction(0)
    for cell, coef in rest.items():
        if system.state[cell] == SHOWN:
            known += coef * int(system.value[cell])
        elif cell in proved:
            extra += coef * proved[cell]
        else:
            return None
    return (Fraction(-known, system.scale) - extra) / own


def verify(system: System, claims: list[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Check claims in order, each with the help of those before it.

    Returns:
        the claims that hold, and those that do not.
    """
    proved: dict[int, Fraction] = {}
    joints: dict[int, dict[int, Fraction]] = {}
    good, bad = [], []
    for claim in claims:
        if claim.joint is None:
            value = value_of(system, claim, proved)
        else:
            if id(claim.joint) not in joints:
                joints[id(claim.joint)] = joint_values(system, claim.joint, proved)
            value = joints[id(claim.joint)].get(claim.cell)
        if value == claim.value:
            proved[claim.cell] = claim.value
            good.append(claim)
        else:
            bad.append(claim)
    return good, bad


def joint_values(system: System, joint: Joint, proved: Mapping[int, Fraction]) -> dict[int, Fraction]:
    """The values that a joint proof yields; empty if it proves nothing."""
    values = {c: Fraction(v, system.scale) for c, v in zip(joint.cells, joint.values, strict=True)}
    place = {cell: i for i, cell in enumerate(joint.cells)}
    entries: list[tuple[int, int, int]] = []
    for row, equation in enumerate(joint.equations):
        total = Fraction(0)
        for cell, coef in combined(system, {equation: 1}).items():
            if system.state[cell] == SHOWN:
                total += coef * system.shown_value(cell)
            elif (known := values.get(cell, proved.get(cell))) is not None:
                total += coef * known
            else:
                return {}
            if cell in place:
                entries.append((row, place[cell], coef))
        if total:
            return {}
    rows, cols, coefs = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    shape = (len(joint.equations), len(joint.cells))
    return values if full_rank(sparse.csr_array((coefs, (rows, cols)), shape=shape)) else {}


def flatten(system: System, claims: Mapping[int, Claim], cell: int) -> dict[int, Fraction]:
    """The certificate of a cell over the equations alone, without earlier claims.

    Args:
        system: the equations.
        claims: all claims by cell.
        cell: the cell to prove.

    Returns:
        equation -> weight, such that the weighted sum of equations is exactly the cell plus shown cells.

    Raises:
        ValueError: the cell rests on a joint proof, which has no single combination.
    """
    proofs: dict[int, dict[int, Fraction]] = {}
    stack = [cell]
    while stack:
        current = stack[-1]
        claim = claims[current]
        if claim.joint is not None:
            message = "a joint proof has no single combination of equations"
            raise ValueError(message)
        rest = combined(system, dict(claim.weights))
        needed = [c for c in rest if c != current and system.state[c] != SHOWN]
        if open_cells := [c for c in needed if c not in proofs]:
            stack += open_cells
            continue
        stack.pop()
        proof: defaultdict[int, Fraction] = defaultdict(Fraction)
        for equation, weight in claim.weights:
            proof[equation] += Fraction(weight, claim.divisor)
        for c in needed:
            for equation, share in proofs[c].items():
                proof[equation] -= share * Fraction(rest[c], claim.divisor)
        proofs[current] = {equation: weight for equation, weight in proof.items() if weight}
    return proofs[cell]


def derivation(system: System, claim: Claim, proved: Mapping[int, Fraction], *, show_values: bool = True) -> str:
    """The subtraction that a reader would do, such as ``142 - 96 - 43 = 3``.

    Args:
        system: the equations.
        claim: a verified claim.
        proved: values of the claims it rests on.
        show_values: without it only the names of the cells appear, no number.
    """
    if claim.joint is not None:
        found = f" = {number(claim.value)}" if show_values else ""
        sizes = f"{len(claim.joint.equations)} equations in {len(claim.joint.cells)} hidden cells"
        return f"[{system.name(claim.cell)}]{found}: the only solution of {sizes}"
    rest = combined(system, dict(claim.weights))
    divisor = rest.pop(claim.cell)
    sign = -1 if divisor > 0 else 1
    terms = sorted(((sign * coef, cell) for cell, coef in rest.items()), key=lambda t: (t[0] < 0, t[1]))
    words, numbers = [], []
    for coef, cell in terms:
        known = system.shown_value(cell) if system.state[cell] == SHOWN else proved[cell]
        factor = f"{abs(coef)} x " if abs(coef) != 1 else ""
        words.append(f"{'-' if coef < 0 else '+'} {factor}[{system.name(cell)}]")
        numbers.append(f"{'-' if coef < 0 else '+'} {factor}{number(known)}")
    names = _divided(words, abs(divisor)) + f" = [{system.name(claim.cell)}]"
    if not show_values:
        return names
    return f"{_divided(numbers, abs(divisor))} = {number(claim.value)}: {names}"


def _divided(terms: list[str], divisor: int) -> str:
    text = " ".join(terms).removeprefix("+ ") or "0"
    return text if divisor == 1 else f"({text}) / {divisor}"


def number(value: Fraction) -> str:
    """A figure as printed: whole, decimal where it ends, otherwise a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    decimal = float(value)
    return f"{decimal:.12g}" if Fraction(f"{decimal:.12g}") == value else str(value)
