"""Waiting for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.lab.errors import LabError

INTERVAL = 0.1


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Ask ``condition`` again and again until it holds.

    :param seconds: how long to go on asking.
    :param what: what is waited for, for the error.
    :raises LabError: the time is over.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise LabError(f"Waited {seconds:.0f} seconds in vain for {what}.")
        time.sleep(INTERVAL)
