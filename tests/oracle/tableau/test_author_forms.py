"""Forms in which authors count the few: every one leads to these few, as plain Python counts them."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from lxml import etree

from linter.engine import LintOptions, recompute
from tests.parsers.tableau.build import COLUMNS, instance, package, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

SCHOOLS = ("Ash", "Birch", "Cedar")
ROWS = [
    {"UPN": f"U{i:03}", "School": SCHOOLS[i % 3], "Sex": "FM"[i % 2], "Score": i, "Born": f"2012-0{1 + i % 9}-11",
     "Year": 2024 + term, "FSM": int(i % 20 == 0), "Has": str(i % 25 == 1).lower(), "Absent": 6 if i % 30 == 2 else term}
    for i in range(120) for term in (0, 1)
]  # fmt: skip
EXTRA = '<column name="FSM" datatype="integer"/><column name="Has" datatype="boolean"/><column name="Absent" datatype="integer"/>'


def of(*columns: str) -> dict[str, int]:
    """Pupils of each school for whom one of the columns is neither 0 nor false."""
    found = defaultdict(set)
    for row in ROWS:
        if any(row[c] not in (0, "false") for c in columns):
            found[row["School"]].add(row["UPN"])
    return {s: len(found[s]) for s in SCHOOLS}


def often() -> dict[str, int]:
    """Pupils of each school who were away more than ten times."""
    away = defaultdict(int)
    for row in ROWS:
        away[row["School"], row["UPN"]] += row["Absent"]
    return {s: sum(n > 10 for (school, _), n in away.items() if school == s) for s in SCHOOLS}


FSM, HAS, OFTEN = of("FSM"), of("Has"), often()
FORMS = [
    ("SUM([FSM])", FSM),
    ("AVG([FSM])", FSM),
    ("1 - AVG([FSM])", FSM),
    ("SUM([FSM]) / COUNT([UPN])", FSM),
    ("AVG([FSM]) / WINDOW_AVG(AVG([FSM]))", FSM),
    ("SUM([FSM] * [Score])", {s: n - (s == "Ash") for s, n in FSM.items()}),  # the pupil with score 0 adds nothing
    ("AVG(IF [FSM] = 1 THEN 100 ELSE 0 END)", FSM),
    ("SUM(ZN([FSM]))", FSM),
    ("SUM(INT([Has]))", HAS),
    ("AVG(FLOAT([Has])) * 100", HAS),
    ("SUM(INT([FSM] = 1))", FSM),
    ("COUNTD(IF [FSM] = 1 THEN [UPN] END)", FSM),
    ("SUM({FIXED [UPN] : MAX([FSM])})", FSM),
    ("AVG({INCLUDE [UPN] : MAX([FSM])})", FSM),
    ("MAX({FIXED [School] : SUM([FSM])})", FSM),
    ("MIN({FIXED [School] : SUM([FSM]) / COUNTD([UPN])})", FSM),
    ("AVG({FIXED [School] : AVG([FSM])})", FSM),
    ("ATTR({FIXED [School] : COUNTD(IF [FSM] = 1 THEN [UPN] END)})", FSM),
    ("SUM({INCLUDE [UPN] : IF SUM([Absent]) > 10 THEN 1 ELSE 0 END})", OFTEN),
    ("AVG({INCLUDE [UPN] : IF SUM([Absent]) > 10 THEN 1 ELSE 0 END})", OFTEN),
    ("AVG({FIXED [UPN] : IF SUM([Absent]) > 10 THEN 100 ELSE 0 END})", OFTEN),
    ("COUNTD(IF {FIXED [UPN] : SUM([Absent])} > 10 THEN [UPN] END)", OFTEN),
    ("'FSM: ' + STR(SUM([FSM]))", FSM),
]  # fmt: skip


def sheet(number: int, formula: str) -> tuple[str, str]:
    """A calculated field, and its worksheet by school."""
    kind = "string" if formula.startswith("'") else "real"
    field = (
        f'<column caption="Made {number}" datatype="{kind}" name="[Calculation_{number}]" role="measure" '
        f'type="quantitative"><calculation class="tableau" formula={quoteattr(formula)}/></column>'
    )
    school, rows = instance("School")
    made, shown = instance(f"Calculation_{number}", "User", "qk")
    document = workbook_xml(rows=rows, instances=school + made, encodings=f'<text column="{shown}"/>')
    found = etree.fromstring(document.encode()).find("worksheets/worksheet")
    found.set("name", formula)
    return field, etree.tostring(found, encoding="unicode")


def test_no_form_hides_the_few(tmp_path: Path) -> None:
    fields, sheets = zip(*(sheet(i, formula) for i, (formula, _) in enumerate(FORMS)), strict=True)
    document = workbook_xml(fields="".join(fields)).replace(COLUMNS, COLUMNS + EXTRA)
    root = etree.fromstring(document.encode())
    held = root.find("worksheets")
    held[:] = [etree.fromstring(s) for s in sheets]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(ROWS[0]))
    writer.writeheader()
    writer.writerows(ROWS)
    path = package(tmp_path / "b.twbx", etree.tostring(root).decode(), {"Data/pupils.csv": text.getvalue().encode()})
    result = recompute(path, LintOptions(units=("UPN",)))
    for formula, expected in FORMS:
        visual = result.evidence.visuals[formula]
        assert visual.status == "evaluated", (formula, visual.reasons)
        (layer,) = visual.layers
        schools = [layer.body.labels[0][code] for code in layer.body.codes[0]]
        fewest = [min(b.units.values[i] for b in layer.body.bases) for i in range(len(schools))]
        assert dict(zip(schools, fewest, strict=True)) == expected, formula
