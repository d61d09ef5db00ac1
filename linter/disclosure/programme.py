"""One linear programme that is solved many times with changing objectives (HiGHS, warm-started)."""

from __future__ import annotations

from time import monotonic
from typing import Any, Literal

import numpy as np

from linter.disclosure.late import highspy, sparse
from linter.disclosure.system import Floats

OUT_OF_TIME = "out of time"

Method = Literal["vertex", "interior", "integer"]


class Undecided(Exception):
    """The time allowed has run out, or the solver gave up; the text says which."""


class Infeasible(Exception):
    """No values satisfy the equations and the bounds together."""


class Programme:
    """Equations and bounds of one connected component.

    Args:
        matrix: equations x variables.
        right: shape (equations,).
        low, high: finite bounds, shape (variables,).
        deadline: on the clock of ``time.monotonic``.
        method: ``vertex`` (simplex), ``interior`` (no vertex, but seconds instead of minutes on linked systems
            of thousands of variables), ``integer`` (whole values only).
    """

    def __init__(
        self, matrix: sparse.csr_array, right: Floats, low: Floats, high: Floats, deadline: float, *, method: Method
    ) -> None:
        self.size = matrix.shape[1]
        self.deadline = deadline
        self.columns = np.arange(self.size, dtype=np.int32)
        self.cost = np.zeros(self.size)
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = matrix.shape
        model.col_cost_ = np.zeros(self.size)
        model.col_lower_, model.col_upper_ = low, high
        model.row_lower_, model.row_upper_ = right, right
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = matrix.data.astype(np.float64)
        if method == "integer":
            model.integrality_ = [highspy.HighsVarType.kInteger] * self.size
        self.solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        # Only the objective changes between solves, so the last vertex stays feasible: primal simplex.
        options: dict[str, str | int | bool | float] = {"output_flag": False, "threads": 1, "simplex_strategy": 4}
        if method == "vertex":
            options |= {"presolve": "off", "solver": "simplex"}
        elif method == "interior":
            options |= {"solver": "ipm", "run_crossover": "off", "ipm_optimality_tolerance": 1e-10}
        for name, value in options.items():
            self.solver.setOptionValue(name, value)
        self.solver.passModel(model)

    def maximise(self, cost: Floats) -> Floats:
        """A vertex at which ``cost`` is largest, shape (variables,).

        Raises:
            Undecided: the deadline has passed, or the solver gave up.
            Infeasible: there is no solution.
        """
        left = self.deadline - monotonic()
        if left <= 0:
            raise Undecided(OUT_OF_TIME)
        changed = np.flatnonzero(cost != self.cost).astype(np.int32)
        self.solver.changeColsCost(len(changed), changed, -cost[changed])
        self.cost = cost
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + left)
        self.solver.run()
        status = self.solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return np.array(self.solver.getSolution().col_value)
        if status in {highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt}:
            raise Undecided(OUT_OF_TIME)
        if status == highspy.HighsModelStatus.kInfeasible:
            raise Infeasible
        raise Undecided(f"the solver gave up ({self.solver.modelStatusToString(status)})")

    def extreme(self, variable: int, sign: int) -> Floats:
        """A vertex at which one variable is largest (``sign`` 1) or smallest (-1)."""
        cost = np.zeros(self.size)
        cost[variable] = sign
        return self.maximise(cost)
