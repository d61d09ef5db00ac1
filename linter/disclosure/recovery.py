"""The audit: which hidden cells follow exactly from what is shown.

Subtraction first, because a reader would do it and its derivation can be printed; bridges for what
remains of two-way tables; null space and exact elimination for linked systems. Every claim is verified
with whole numbers before it is returned.
"""

from __future__ import annotations

from dataclasses import field, replace
from fractions import Fraction
from time import monotonic

import numpy as np

from linter.disclosure import cuts, linked, nullspace
from linter.disclosure.certificates import (
    Claim,
    Joint,
    derivation,
    flatten,
    joint_values,
    value_of,
    verify,
)
from linter.disclosure.cuts import Draft
from linter.disclosure.linked import Block
from linter.disclosure.reduction import Reduction
from linter.disclosure.system import Bools, Inconsistency, System
from linter.records import dataclass


@dataclass(slots=True, eq=False)
class Recovery:
    """The result of an audit.

    Attributes:
        system: what was audited.
        claims: verified, in the order of their derivation.
        inconsistent: contradictions found; what they name was left out.
        uncertified: cells that look determined but for which no certificate was found: not claims, and
            not clean either.
        by_cell: claims by cell.
        values: recovered values by cell, in units.
    """

    system: System
    claims: list[Claim]
    inconsistent: list[Inconsistency]
    uncertified: list[int] = field(default_factory=list)

    by_cell: dict[int, Claim] = field(init=False)
    values: dict[int, Fraction] = field(init=False)

    def __post_init__(self) -> None:
        self.by_cell = {claim.cell: claim for claim in self.claims}
        self.values = {claim.cell: claim.value for claim in self.claims}

    def determined(self) -> Bools:
        """Shape (cells,): the cells claimed."""
        mask = np.zeros(self.system.n_cells, dtype=np.bool_)
        mask[[claim.cell for claim in self.claims]] = True
        return mask

    def derivation(self, cell: int, *, show_values: bool = True) -> str:
        """The calculation that yields a claimed cell, see ``certificates.derivation``."""
        return derivation(self.system, self.by_cell[cell], self.values, show_values=show_values)

    def proof(self, cell: int) -> dict[int, Fraction]:
        """Equation -> weight: the certificate of a claimed cell over the equations alone."""
        return flatten(self.system, self.by_cell, cell)


def audit(system: System, *, budget: float = 20.0, seed: int = 0) -> Recovery:
    """Find and prove every cell that the equations determine.

    Args:
        system: the equations and what is shown.
        budget: seconds after which cells of linked systems that still lack a certificate are returned as
            ``uncertified``; the rest of the audit is not limited.
        seed: of the random vectors; it can change neither which claims are right nor their values.
    """
    reduction = Reduction(system)
    reduction.run()
    auditor = _Auditor(system, reduction, seed, monotonic() + budget)
    auditor.networks()
    auditor.blocks()
    return auditor.result()


@dataclass(slots=True, eq=False)
class _Auditor:
    """Collects claims; the steps of the reduction become claims in the order in which they were made."""

    system: System
    reduction: Reduction
    seed: int
    deadline: float
    claims: list[Claim] = field(default_factory=list)
    proved: dict[int, Fraction] = field(default_factory=dict)
    inconsistent: list[Inconsistency] = field(default_factory=list)
    uncertified: set[int] = field(default_factory=set)
    steps_taken: int = 0

    @property
    def slack(self) -> float:
        return self.system.tolerance * self.system.scale

    def networks(self) -> None:
        """Bridges of the two-way parts."""
        lengths = np.diff(self.system.indptr)
        found = cuts.find(self.reduction.remainder(), lengths, self.slack, self.system.scale, self.seed)
        self.leave_out(found.inconsistent)
        for draft in found.drafts:
            self.claim(draft, "cut")

    def blocks(self) -> None:
        """Everything that is no graph."""
        lengths = np.diff(self.system.indptr)
        rest = cuts.find(self.reduction.remainder(), lengths, self.slack, self.system.scale, self.seed).rest
        for whole in linked.blocks(rest):
            block, clashes = linked.consistent(whole, self.slack, self.system.scale)
            self.leave_out(clashes)
            if not len(block.cells):
                self.doubt(whole.cells.tolist())
            elif block.small:
                for draft in linked.small_drafts(block):
                    self.claim(draft, "combination")
                self.doubt(linked.small_determined(block).tolist())
            else:
                self.large(block)

    def large(self, block: Block) -> None:
        """The null space says what to prove; closed parts first, then one by one."""
        looks, unsure = nullspace.determined(block.matrix, seed=self.seed)
        for part in linked.closed_parts(block, np.flatnonzero(looks)):
            for draft in linked.closed_drafts(part):
                self.claim(draft, "combination")
            if not self.reduction.known[part.cells].all() and (proof := linked.joint(part)) is not None:
                self.claim_jointly(proof)
        for variable in np.flatnonzero(looks).tolist():
            left = self.deadline - monotonic()
            if left <= 0 or self.reduction.known[block.cells[variable]]:
                continue
            if (single := linked.single_draft(block, variable, left)) is not None:
                self.claim(single, "combination")
        self.doubt(block.cells[looks | unsure].tolist())

    def claim_jointly(self, proof: Joint) -> None:
        """Claim the cells of a joint proof, as few as let subtraction find the others."""
        self.take_steps()
        for cell, value in joint_values(self.system, proof, self.proved).items():
            if self.reduction.known[cell]:
                continue
            claim = Claim(cell, value, (), 0, "joint", proof)
            if (clash := self.impossible(claim, value)) is not None:
                self.inconsistent.append(clash)
                return
            self.claims.append(claim)
            self.proved[cell] = value
            scaled = int(value * self.system.scale)
            self.reduction.settle(np.array([cell]), np.array([scaled]))
            self.take_steps()

    def claim(self, draft: Draft, method: str) -> None:
        """Add a claim, unless its value is impossible: then its equations contradict each other."""
        cell, weights, divisor = draft
        if self.reduction.known[cell]:
            return
        self.take_steps()
        claim = Claim(cell, Fraction(0), tuple(sorted(weights.items())), divisor, method)
        value = value_of(self.system, claim, self.proved)
        if value is None:
            self.uncertified.add(cell)
            return
        if (clash := self.impossible(claim, value)) is not None:
            self.inconsistent.append(clash)
            return
        self.claims.append(replace(claim, value=value))
        self.proved[cell] = value
        scaled = value * self.system.scale
        if scaled.denominator == 1:
            self.reduction.settle(np.array([cell]), np.array([scaled.numerator]))

    def impossible(self, claim: Claim, value: Fraction) -> Inconsistency | None:
        """A count below zero, or not whole."""
        equations = tuple(equation for equation, _ in claim.weights)
        if self.system.nonnegative and value * self.system.scale < -self.slack:
            return Inconsistency("negative", equations, None, claim.cell, value)
        if self.system.integral and value.denominator != 1:
            return Inconsistency("fraction", equations, None, claim.cell, value)
        return None

    def leave_out(self, clashes: list[Inconsistency]) -> None:
        """Report contradictions and go on without the equations they name."""
        self.inconsistent += clashes
        for clash in clashes:
            if clash.left_out is not None:
                self.reduction.drop(clash.left_out)

    def doubt(self, cells: list[int]) -> None:
        """Cells that ought to have been proved by now."""
        self.uncertified.update(cell for cell in cells if not self.reduction.known[cell])

    def take_steps(self) -> None:
        """Turn new steps of the reduction into claims."""
        for step in self.reduction.steps[self.steps_taken :]:
            cells, coefs = self.system.equation(step.equation)
            coef = sum(k for c, k in zip(cells, coefs, strict=True) if c == step.cell)
            value = Fraction(step.value, self.system.scale)
            self.claims.append(Claim(step.cell, value, ((step.equation, coef),), coef * coef, "step"))
            self.proved[step.cell] = value
        self.steps_taken = len(self.reduction.steps)

    def result(self) -> Recovery:
        """Everything, with all certificates checked once more from the beginning."""
        self.take_steps()
        inconsistent = [*self.system.conflicts, *self.reduction.inconsistent, *self.inconsistent]
        verified, _ = verify(self.system, self.claims)
        good = _standing(self.system, verified, {clash.left_out for clash in inconsistent})
        doubtful = (self.uncertified | {claim.cell for claim in self.claims}) - {claim.cell for claim in good}
        return Recovery(self.system, good, inconsistent, sorted(doubtful))


def _standing(system: System, claims: list[Claim], left_out: set[int | None]) -> list[Claim]:
    """The claims that rest on no equation that turned out to contradict others, directly or by an earlier claim."""
    claimed = {claim.cell for claim in claims}
    fallen: set[int] = set()
    for claim in claims if left_out - {None} else ():
        equations = claim.joint.equations if claim.joint else [e for e, _ in claim.weights]
        cells = {int(c) for e in equations for c in system.cells[system.indptr[e] : system.indptr[e + 1]]}
        if not left_out.isdisjoint(equations) or (cells & claimed - {claim.cell}) & fallen:
            fallen.add(claim.cell)
    return [claim for claim in claims if claim.cell not in fallen]
