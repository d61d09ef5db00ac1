"""The evidence pack: what a data protection officer keeps of one checked workbook, and signs.

A folder with the report to read (HTML) and for programs (JSON), one row for the register of releases
(CSV), a sheet to sign (DOCX), and ``pack.json`` with the hashes that say later whether all of this, and
the workbook, are still what was signed. Nothing in it is more exact than a report: no values.
"""
