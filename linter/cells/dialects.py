"""The two SQL dialects disclint writes: Hyper's and DuckDB's."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp
from sqlglot.dialects import DuckDB, Postgres

Engine = Literal["hyper", "duckdb"]


class Hyper(Postgres):
    """Hyper reads PostgreSQL's dialect and has TRY_CAST besides."""

    class Generator(Postgres.Generator):
        """Keeps what the PostgreSQL writer would rewrite."""

        TRY_SUPPORTED = True
        # PostgreSQL's writer has a transformation that would win over the method below
        TRANSFORMS = {k: v for k, v in Postgres.Generator.TRANSFORMS.items() if k is not exp.TryCast}  # noqa: RUF012

        def trycast_sql(self, expression: exp.TryCast) -> str:
            """``TRY_CAST(x AS type)`` as it is."""
            return str(self.cast_sql(expression, safe_prefix="TRY_"))


def sql_text(tree: exp.Expr, engine: Engine) -> str:
    """The text of a query in the engine's dialect; every identifier is quoted."""
    return tree.sql(dialect=Hyper if engine == "hyper" else DuckDB, identify=True)
