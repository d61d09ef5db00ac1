"""scipy and the solver, imported when they are first used: most workbooks hide nothing that they judge."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["csgraph", "highspy", "linalg", "optimize", "sparse"]


class _Late:
    """A module that is imported when something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(importlib.import_module(self._name), name)
        setattr(self, name, found)
        return found


if TYPE_CHECKING:
    import highspy
    from scipy import optimize, sparse
    from scipy.sparse import csgraph, linalg
else:
    highspy = _Late("highspy")
    optimize = _Late("scipy.optimize")
    sparse = _Late("scipy.sparse")
    csgraph = _Late("scipy.sparse.csgraph")
    linalg = _Late("scipy.sparse.linalg")
