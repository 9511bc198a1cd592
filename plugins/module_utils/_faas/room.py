# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Room for new functions: what the edition's limit leaves out is known before the first write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._errors import PassingFault
from .edition import MOST_FUNCTIONS, Edition, edition_of
from .gateway import Gateway, NoRoom
from .observe import Observation
from .plan import Change


def allotted(
    gateway: Gateway | None, changes: Sequence[Change], seen: Observation, edition: Edition | None = None
) -> list[Change]:
    """``changes``, where the new functions that the Community Edition has no room for are refused: the last listed.

    Removals of the same plan make room. A plan without new functions costs no request. One request more counts the
    functions where only one was looked at, and one asks for the edition where there would be more than it may have.

    :param gateway: None where there is none yet. :param seen: what the plan was made from.
    :param edition: that of the gateway when the plan is carried out, None for what it says now.
    :raises MeshError: the gateway does not answer.
    """
    created = [index for index, change in enumerate(changes) if change.verb == "created"]
    there = _count(gateway, seen) if created else None
    if there is None:
        return list(changes)
    room = max(MOST_FUNCTIONS - there + sum(change.verb == "deleted" for change in changes), 0)
    refused = created[room:]
    if not refused or (edition or _edition(gateway)) != "ce":
        return list(changes)
    sentence = str(NoRoom(gateway.address.url if gateway else "The gateway", MOST_FUNCTIONS))
    return [replace(change, refusal=sentence) if index in refused else change for index, change in enumerate(changes)]


def _count(gateway: Gateway | None, seen: Observation) -> int | None:
    """How many functions there are; None where that cannot be had, so that only the gateway's refusal tells."""
    if gateway is None:
        return 0
    if seen.whole is not None:
        return seen.count if seen.whole else None
    try:
        return len(gateway.functions(None))
    except PassingFault:
        return None


def _edition(gateway: Gateway | None) -> Edition | None:
    return edition_of(gateway.info()) if gateway else None
