"""What waivers and ignores that don't hold have in common."""

from __future__ import annotations

import datetime as dt

CODE, NAME = "ME004", "waiver-problem"


def ends(last: dt.date, today: dt.date, longest: int) -> str:
    """Why a last day is none to go by: passed, or more than ``longest`` days ahead. Empty if it is."""
    if last < today:
        return f"it expired on {last}"
    if last > today + dt.timedelta(days=longest):
        return f"it ends on {last}, more than {longest} days ahead"
    return ""
