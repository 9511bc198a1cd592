# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trying again: the clock, and the one loop that repeats a call while its fault may pass."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from ._errors import PassingFault

T = TypeVar("T")

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0


class Clock(Protocol):
    """Time as the code sees it; tests pass one that does not really sleep."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def retried(
    call: Callable[[], T],
    clock: Clock,
    seconds: float = 30.0,
    jitter: Callable[[], float] = random.random,
) -> T:
    """The answer of ``call``, repeated while it raises PassingFault and the time lasts.

    :param seconds: how long to go on trying; a pause that would end later is not begun, and the
        last fault is raised instead.
    :param jitter: a number from 0 to 1, so that many clients do not come back at one moment.
    :raises PassingFault: the last fault, when the time is over.

    A pause is what the server asked for, else doubles from 0.2 s to 5 s, of which a random half
    is taken off.
    """
    deadline = clock.now() + seconds
    pause = FIRST_PAUSE
    while True:
        try:
            return call()
        except PassingFault as fault:
            wait = pause * (1 - jitter() / 2) if fault.retry_after is None else fault.retry_after
            if clock.now() + wait > deadline:
                raise
        clock.sleep(wait)
        pause = min(pause * 2, LONGEST_PAUSE)
