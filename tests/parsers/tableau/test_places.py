"""Where worksheets stand on their dashboard."""

import pytest
from lxml import etree

from linter.parsers.tableau.dashboards import read_layout

ROOT = """<workbook><worksheets><worksheet name='S'/><worksheet name='T'/></worksheets><dashboards>
<dashboard name='D'><size maxheight='800' maxwidth='1000'/><zones>
  <zone h='100000' w='100000' x='0' y='0' type='layout-basic'>
    <zone h='25000' w='50000' x='10000' y='20000' name='S'/><zone name='T' x='a' y='1' w='2' h='3'/></zone>
</zones><devicelayouts><devicelayout><zones><zone id='9' h='1' w='1' x='1' y='1' name='S'/></zones></devicelayout>
</devicelayouts></dashboard></dashboards></workbook>"""


def test_zones_are_parts_of_the_dashboard() -> None:
    layout = read_layout(etree.fromstring(ROOT), "w.twb")
    assert layout.box_of("S") == pytest.approx((0.1, 0.2, 0.5, 0.25))
    assert layout.box_of("T") is None
    assert layout.box_of("not there") is None
