"""Texts of a document that tell where it was made: files of pictures, the server that it was published to."""

from __future__ import annotations

from lxml import etree

from linter.parsers.tableau.texts import read_texts

BOOK = """<workbook xml:base="https://reports01">
<repository-location derived-from="http://reports02:8000/workbooks/KS4?rev=1.0" id="KS4" path="/workbooks"/>
<dashboards><dashboard name="Home">
<zones><zone type="bitmap" param="C:\\Users\\jsmith\\logo.png"/><zone type-v2="bitmap" param="Image/map.png"/></zones>
<devicelayouts><devicelayout><zones><zone type="bitmap" param="Image/map.png"/></zones></devicelayout></devicelayouts>
</dashboard></dashboards>
<worksheets><worksheet name="S"><repository-location derived-from="http://reports02:8000/other"/></worksheet></worksheets>
</workbook>"""


def test_pictures_and_servers_are_told_once() -> None:
    found = [(t.where, t.text) for t in read_texts(etree.fromstring(BOOK), "w.twb")]
    assert found == [
        ("picture on dashboard Home", "C:\\Users\\jsmith\\logo.png\nImage/map.png"),
        ("server address", "https://reports01"),
        ("server address", "http://reports02:8000"),
    ]
