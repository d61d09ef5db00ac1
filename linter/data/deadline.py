"""A query that may take only so long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from linter.errors import Unreadable

SPENT = "the time allowed was spent"


@contextmanager
def within(seconds: float, cancel: Callable[[], object]) -> Iterator[None]:
    """Call ``cancel`` from another thread if the block is not done in time, and say so.

    Raises:
        Unreadable: time was up, whatever the block raised when it was stopped.
    """
    if seconds <= 0:
        raise Unreadable(SPENT)
    lock, done, stopped = threading.Lock(), False, False

    def stop() -> None:
        nonlocal stopped
        with lock:  # never a query that comes after the block
            if not done:
                stopped = True
                cancel()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if stopped:
            raise Unreadable(SPENT) from error
        raise
    finally:
        with lock:
            done = True
        timer.cancel()
