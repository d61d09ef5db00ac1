"""One hardened way to parse XML from untrusted files, and Tableau's feature-gated names undone.

No entity is resolved, no network or file is reached, a document type declaration is refused (so
there is nothing to expand), and size and depth are capped.
"""

from __future__ import annotations

import re

from lxml import etree

from linter.errors import Unreadable

MAX_BYTES = 512 << 20
MAX_DEPTH = 400  # real workbooks stay under 40
ORDINARY_BYTES = 10_000_000  # below this the parser's own limits can't stop an honest file

_PROLOG = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_ENCODINGS = {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"}
_GATED = re.compile(r"_\.fcp\.[^.]+\.(true|false)\.\.\.(.+)", re.DOTALL)


def parse(content: bytes, part: str = "") -> etree._Element:
    """Parse a document and give its root.

    Raises:
        Unreadable: with ``part`` set; too large, not well-formed, nested too deeply, with a
            document type declaration or in an encoding that could hide one.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable(f"the XML is larger than {MAX_BYTES >> 20} MB", part=part)
    _refuse_declarations(content, part)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=len(content) > ORDINARY_BYTES,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"the XML is not well-formed (line {error.lineno})", part=part) from None
    _check_depth(root, part)
    return root


def ungate(root: etree._Element) -> None:
    """Undo names like ``_.fcp.Feature.true...relation``, of elements and of attributes, in place.

    Since 2020.2 Tableau writes twins: ``.false`` for older versions, ``.true`` for those that know
    the feature. The ``.true`` twin takes the plain name, the ``.false`` one goes.
    """
    for element in list(root.iter(etree.Element)):
        if gate := _GATED.fullmatch(str(element.tag)):
            parent = element.getparent()
            if gate[1] == "true":
                element.tag = gate[2]
            elif parent is not None:
                parent.remove(element)
        for name, value in list(element.attrib.items()):
            if gate := _GATED.fullmatch(str(name)):
                del element.attrib[name]
                if gate[1] == "true":
                    element.set(gate[2], value)


def _refuse_declarations(content: bytes, part: str) -> None:
    encoding = _ENCODING.match(content[:400])
    if (encoding and encoding[1].lower() not in _ENCODINGS) or b"\0" in content[:4096]:
        raise Unreadable("the XML is in an unusual text encoding", part=part)
    prolog = _PROLOG.match(content)
    start = prolog.end() if prolog else 0
    if content[start : start + 9].upper() == b"<!DOCTYPE":
        raise Unreadable("the XML has a document type declaration, which no honest workbook has", part=part)


def _check_depth(root: etree._Element, part: str) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise Unreadable("the XML is nested too deeply", part=part)
