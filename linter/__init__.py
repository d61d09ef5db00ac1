"""disclint: a pre-publication disclosure linter for Power BI and Tableau workbooks."""

__version__ = "0.1.0"
