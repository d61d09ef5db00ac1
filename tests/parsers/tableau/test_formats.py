"""Number formats, of fields and of worksheets, as spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from linter.model import Look
from linter.parsers.tableau.formats import plain_format
from tests.parsers.tableau.build import instance, load, workbook_xml


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("p0.0%", "0.0%"), ("n#,##0;-#,##0", "#,##0;-#,##0"), ('*[<6]"*";0', '[<6]"*";0'), ('c"£"#,##0', '"£"#,##0'),
        ("0.00", "0.00"), ("", ""), ("General", "General"),
    ],
)  # fmt: skip
def test_the_kind_in_front_is_taken_off(text: str, plain: str) -> None:
    assert plain_format(text) == plain


def test_formats_of_fields_and_worksheets(tmp_path: Path) -> None:
    score, reference = instance("Score", "Sum", "qk")
    school, place = instance("School")
    column = '<column caption="Points" datatype="real" default-format="n0.0" name="[Score]" role="measure" type="quantitative"/>'
    style = (
        f'<style><style-rule element="cell"><format attr="text-format" field="{reference}" value="*[&lt;6]&quot;*&quot;;0"/>'
        f'<format attr="text-format" field="{place}" value="n0"/><format attr="width" field="{reference}" value="9"/>'
        "</style-rule></style>"
    )
    document = workbook_xml(
        rows=place, encodings=f'<text column="{reference}"/>', instances=score + school, fields=column, table=style
    )
    workbook = load(tmp_path, document)
    (visual,) = workbook.visuals
    (measure,) = visual.layers[0].bases
    assert visual.looks == (Look(measure.measure, '[<6]"*";0'),)
    formats = {f.caption: f.format for f in workbook.sources[0].fields}
    assert formats["Points"] == "0.0"
    assert measure.measure == "Points"
