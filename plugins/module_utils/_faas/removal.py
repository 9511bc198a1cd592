# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Removing something at a gateway, once, whatever becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable

from .._errors import PassingFault
from .._retry import Clock, retried
from .gateway import Absent


def removed(delete: Callable[[], None], clock: Clock, patience: float) -> bool:
    """Repeat ``delete`` until it is answered; whether we removed it, not somebody else since the plan was made.

    :param patience: seconds for which passing faults are waited out.
    :raises MeshError: the gateway refuses, or does not answer in time.
    """
    repeated = False

    def attempt() -> bool:
        nonlocal repeated
        try:
            delete()
        except Absent:
            # After a lost answer it was ours.
            return repeated
        except PassingFault:
            repeated = True
            raise
        return True

    return retried(attempt, clock, patience)
