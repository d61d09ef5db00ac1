"""Which file a running Power BI Desktop has open.

Desktop tells an external tool the address of its model, never the path of its file. The engine that
listens there is a child of the Desktop process, whose command line names the file it was started with.
That is a proposal only: another file may have been opened, or this one saved under another name.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import psutil

_DESKTOP = "pbidesktop"  # PBIDesktop.exe, or PBIDesktopStore.exe from the Microsoft Store
_FILES = (".pbix", ".pbit", ".pbip")


def open_file(server: str) -> Path | None:
    """The file of the Desktop whose model is at ``localhost:PORT``; None where that can't be told."""
    engine = _listening(_port(server))
    if engine is None:
        return None
    try:
        above = engine.parents()
        desktop = next((p for p in above if p.name().lower().startswith(_DESKTOP)), None)
        return None if desktop is None else named_in(desktop.cmdline())
    except psutil.Error:
        return None  # of another user, or gone meanwhile: the person is asked


def named_in(arguments: Iterable[str]) -> Path | None:
    """The one file of a Desktop's command line that is there."""
    paths = [Path(text) for text in arguments if text.lower().endswith(_FILES)]
    found = [path for path in paths if path.is_file()]
    return found[0] if len(found) == 1 else None


def _port(server: str) -> int | None:
    tail = server.rpartition(":")[2]
    return int(tail) if tail.isascii() and tail.isdigit() and len(tail) <= 5 else None


def _listening(port: int | None) -> psutil.Process | None:
    """The process that listens on a port."""
    try:
        for connection in psutil.net_connections("tcp") if port else ():
            here = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            if here and connection.pid and connection.pid != os.getpid():
                return psutil.Process(connection.pid)
    except psutil.Error:
        return None
    return None
