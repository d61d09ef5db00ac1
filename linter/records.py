"""``dataclass`` as in the standard library, for a third of the time.

A run makes some three hundred records before it reads anything, and the standard decorator compiles six
methods for each, which is a tenth of a small check. Here only the constructor is compiled: comparing,
hashing and showing are shared. What comes out is a dataclass to ``fields``, ``replace`` and ``asdict``.

``frozen`` records can be hashed; that nothing sets their fields is the type checker's business, not
checked while running.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True):
        """A record class; the options mean what they mean in the standard library."""

        def made(cls: type) -> type:
            own = vars(cls)
            record = dataclasses.dataclass(cls, repr=False, eq=False, slots=slots)
            if "__repr__" not in own:
                record.__repr__ = _shown
            if eq and "__eq__" not in own:
                record.__eq__, key = _compared(record)
                record.__hash__ = _hashed(key) if frozen else None
            return record

        return made if cls is None else made(cls)


def _compared(record: type) -> tuple[Callable[[Any, object], bool], Callable[[Any], object]]:
    """How two records are compared, and what of one it rests on."""
    names = [f.name for f in dataclasses.fields(record) if f.compare]
    key: Callable[[Any], object] = attrgetter(*names) if names else lambda _: ()

    def equal(self: Any, other: object) -> bool:
        return key(self) == key(other) if self.__class__ is other.__class__ else NotImplemented

    return equal, key


def _hashed(key: Callable[[Any], object]) -> Callable[[Any], int]:
    return lambda self: hash(key(self))


def _shown(self: Any) -> str:
    shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"
