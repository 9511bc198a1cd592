# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looking again and again until what was asked for is there."""

from __future__ import annotations

from collections.abc import Callable

from .._retry import Clock

POLL_SECONDS = 0.5


def missing_after(seconds: float, look: Callable[[], str], clock: Clock) -> str:
    """What is still missing, empty as soon as nothing is.

    :param seconds: how long to look; one look is made in any case.
    :param look: gives what is missing, empty for nothing.
    """
    deadline = clock.now() + seconds
    while (missing := look()) and clock.now() < deadline:
        clock.sleep(min(POLL_SECONDS, deadline - clock.now()))
    return missing
