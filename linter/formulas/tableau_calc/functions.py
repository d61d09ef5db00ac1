"""Every documented function of Tableau's calculation language.

Source: Tableau help, "Tableau Functions (Alphabetical)" and the pages it refers to (table
calculations, pass-through, user, spatial and additional functions). One line per function:
name, least and most arguments (``*``: any number), result, and for a row-level function its
counterpart in ``linter.expressions`` (``-``: it takes more than passing the arguments on).
"""

from __future__ import annotations

from typing import Literal, get_args

from linter.records import dataclass

Type = Literal["text", "integer", "real", "date", "datetime", "boolean", "spatial", "unknown"]

Kind = Literal[
    "row", "aggregate", "table_calc", "user", "spatial", "script", "model", "passthrough",
    "passthrough_aggregate", "connector",
]  # fmt: skip
"""``connector``: offered by single databases only, with no meaning of its own."""

Result = Type | Literal["first", "common"]
"""A type, that of the first argument, or the common type of all arguments."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its arity, its class, the type it gives and its neutral counterpart, if plain."""

    name: str
    least: int
    most: int | None
    kind: Kind
    result: Result
    neutral: str | None = None

    def takes(self, count: int) -> bool:
        """Whether it can be called with that number of arguments."""
        return self.least <= count and (self.most is None or count <= self.most)


_TABLE: dict[Kind, str] = {
    "row": """
        ABS 1 1 first abs            ACOS 1 1 real acos           ASIN 1 1 real asin
        ATAN 1 1 real atan           ATAN2 2 2 real atan2         CEILING 1 1 integer ceiling
        COS 1 1 real cos             COT 1 1 real cot             DEGREES 1 1 real degrees
        DIV 2 2 integer idiv         EXP 1 1 real exp             FLOOR 1 1 integer floor
        HEXBINX 2 2 real -           HEXBINY 2 2 real -           LN 1 1 real ln
        LOG 1 2 real -               PI 0 0 real pi               POWER 2 2 real pow
        RADIANS 1 1 real radians     ROUND 1 2 first round        SIGN 1 1 integer sign
        SIN 1 1 real sin             SQRT 1 1 real sqrt           SQUARE 1 1 first -
        TAN 1 1 real tan             ZN 1 1 first -
        ASCII 1 1 integer ascii      CHAR 1 1 text char           CONTAINS 2 2 boolean contains
        ENDSWITH 2 2 boolean -       FIND 2 3 integer find        FINDNTH 3 3 integer find_nth
        LEFT 2 2 text left           LEN 1 1 integer length       LOWER 1 1 text lower
        LTRIM 1 1 text ltrim         MID 2 3 text mid             PROPER 1 1 text proper
        REPLACE 3 3 text replace     RIGHT 2 2 text right         RTRIM 1 1 text rtrim
        SPACE 1 1 text space         SPLIT 3 3 text split         STARTSWITH 2 2 boolean -
        TRIM 1 1 text trim           UPPER 1 1 text upper
        REGEXP_EXTRACT 2 2 text regex_extract        REGEXP_EXTRACT_NTH 3 3 text regex_extract
        REGEXP_MATCH 2 2 boolean regex_match         REGEXP_REPLACE 3 3 text regex_replace
        DATEADD 3 3 datetime -       DATEDIFF 3 4 integer -       DATENAME 2 3 text -
        DATEPARSE 2 2 datetime -     DATEPART 2 3 integer -       DATETRUNC 2 3 datetime -
        DAY 1 1 integer -            WEEK 1 1 integer -           MONTH 1 1 integer -
        QUARTER 1 1 integer -        YEAR 1 1 integer -           ISOWEEK 1 1 integer -
        ISOWEEKDAY 1 1 integer -     ISOQUARTER 1 1 integer -     ISOYEAR 1 1 integer -
        MAKEDATE 3 3 date make_date  MAKETIME 3 3 datetime make_time
        MAKEDATETIME 2 2 datetime make_datetime
        NOW 0 0 datetime now         TODAY 0 0 date today         ISDATE 1 1 boolean is_date
        DATE 1 1 date -              DATETIME 1 1 datetime -      FLOAT 1 1 real -
        INT 1 1 integer -            STR 1 1 text to_text
        IFNULL 2 2 common coalesce   IIF 3 4 common -             ISNULL 1 1 boolean is_null
    """,
    "aggregate": """
        ATTR 1 1 first any           AVG 1 1 real avg             COLLECT 1 1 spatial collect
        CORR 2 2 real corr           COUNT 1 1 integer count      COUNTD 1 1 integer count_distinct
        COVAR 2 2 real covar         COVARP 2 2 real covarp       MAX 1 2 first max
        MEDIAN 1 1 real median       MIN 1 2 first min            PERCENTILE 2 2 real percentile
        STDEV 1 1 real stdev         STDEVP 1 1 real stdevp       SUM 1 1 first sum
        VAR 1 1 real var             VARP 1 1 real varp
    """,
    "table_calc": """
        FIRST 0 0 integer -          INDEX 0 0 integer -          LAST 0 0 integer -
        LOOKUP 1 2 first -           PREVIOUS_VALUE 1 1 first -   SIZE 0 0 integer -
        TOTAL 1 1 first -
        RANK 1 2 integer -           RANK_DENSE 1 2 integer -     RANK_MODIFIED 1 2 integer -
        RANK_PERCENTILE 1 2 real -   RANK_UNIQUE 1 2 integer -
        RUNNING_AVG 1 1 real -       RUNNING_COUNT 1 1 integer -  RUNNING_MAX 1 1 first -
        RUNNING_MIN 1 1 first -      RUNNING_SUM 1 1 first -
        WINDOW_AVG 1 3 real -        WINDOW_CORR 2 4 real -       WINDOW_COUNT 1 3 integer -
        WINDOW_COVAR 2 4 real -      WINDOW_COVARP 2 4 real -     WINDOW_MAX 1 3 first -
        WINDOW_MEDIAN 1 3 real -     WINDOW_MIN 1 3 first -       WINDOW_PERCENTILE 2 4 real -
        WINDOW_STDEV 1 3 real -      WINDOW_STDEVP 1 3 real -     WINDOW_SUM 1 3 first -
        WINDOW_VAR 1 3 real -        WINDOW_VARP 1 3 real -
    """,
    "user": """
        FULLNAME 0 0 text -          ISCURRENTUSER 1 1 boolean -  ISFULLNAME 1 1 boolean -
        ISMEMBEROF 1 1 boolean -     ISUSERNAME 1 1 boolean -     USERATTRIBUTE 1 1 text -
        USERATTRIBUTEINCLUDES 2 2 boolean -                       USERDOMAIN 0 0 text -
        USEREMAIL 0 0 text -         USERNAME 0 0 text -
    """,
    "spatial": """
        AREA 2 2 real -              BUFFER 3 3 spatial -         DIFFERENCE 2 2 spatial -
        DISTANCE 3 3 real -          INTERSECTION 2 2 spatial -   INTERSECTS 2 2 boolean -
        LENGTH 2 2 real -            MAKELINE 2 2 spatial -       MAKEPOINT 2 3 spatial -
        OUTLINE 1 1 spatial -        SHAPETYPE 1 1 text -         SYMDIFFERENCE 2 2 spatial -
        VALIDATE 1 1 spatial -
    """,
    "script": """
        SCRIPT_BOOL 1 * boolean -    SCRIPT_INT 1 * integer -     SCRIPT_REAL 1 * real -
        SCRIPT_STR 1 * text -
    """,
    "model": """
        MODEL_EXTENSION_BOOL 1 * boolean -           MODEL_EXTENSION_INT 1 * integer -
        MODEL_EXTENSION_REAL 1 * real -              MODEL_EXTENSION_STR 1 * text -
        MODEL_PERCENTILE 2 * real -                  MODEL_QUANTILE 3 * real -
    """,
    "passthrough": """
        RAWSQL_BOOL 1 * boolean -    RAWSQL_DATE 1 * date -       RAWSQL_DATETIME 1 * datetime -
        RAWSQL_INT 1 * integer -     RAWSQL_REAL 1 * real -       RAWSQL_SPATIAL 1 * spatial -
        RAWSQL_STR 1 * text -
    """,
    "passthrough_aggregate": """
        RAWSQLAGG_BOOL 1 * boolean - RAWSQLAGG_DATE 1 * date -    RAWSQLAGG_DATETIME 1 * datetime -
        RAWSQLAGG_INT 1 * integer -  RAWSQLAGG_REAL 1 * real -    RAWSQLAGG_STR 1 * text -
    """,
    "connector": """
        DOMAIN 1 1 text -            GET_JSON_OBJECT 2 2 text -   GROUP_CONCAT 1 1 text -
        HOST 1 1 text -              LOG2 1 1 real -              LTRIM_THIS 2 2 text -
        PARSE_URL 2 2 text -         PARSE_URL_QUERY 2 2 text -   RTRIM_THIS 2 2 text -
        TIMESTAMP_TO_USEC 1 1 integer -                           TLD 1 1 text -
        USEC_TO_TIMESTAMP 1 1 datetime -                          XPATH_BOOLEAN 2 2 boolean -
        XPATH_DOUBLE 2 2 real -      XPATH_FLOAT 2 2 real -       XPATH_INT 2 2 integer -
        XPATH_LONG 2 2 integer -     XPATH_SHORT 2 2 integer -    XPATH_STRING 2 2 text -
    """,
}


def _read() -> dict[str, Function]:
    results = {name: name for name in (*get_args(Type), "first", "common")}
    found: dict[str, Function] = {}
    for kind, text in _TABLE.items():
        words = iter(text.split())
        for name, least, most, result, neutral in zip(words, words, words, words, words, strict=True):
            found[name] = Function(
                name, int(least), None if most == "*" else int(most), kind, results[result],
                None if neutral == "-" else neutral,
            )  # fmt: skip
    return found


FUNCTIONS: dict[str, Function] = _read()
"""Every documented function by its name in capitals."""
