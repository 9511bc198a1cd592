# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of a function's log messages are wanted, in the gateway's terms."""

from __future__ import annotations

import datetime
import re
from typing import Any

from .._errors import MeshError
from .gateway import Gateway, NotOffered

# Durations as faas-cli takes them (Go's time.ParseDuration), without those below a second.
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|m|s)")
_SECONDS = {"h": 3600, "m": 60, "s": 1}


def moment(since: str, now: datetime.datetime) -> str:
    """The moment that ``since`` means, in UTC as RFC 3339 writes it.

    :param since: a duration before ``now`` such as ``1h30m``, or a moment of RFC 3339; without an offset it is UTC.
    :raises MeshError: it is neither.
    """
    parts = _PART.findall(since)
    if parts and "".join(number + unit for number, unit in parts) == since:
        found = now - datetime.timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))
    else:
        try:
            found = datetime.datetime.fromisoformat(since)
        except ValueError as error:
            raise MeshError(
                f"since: '{since}' is neither a duration such as 1h30m nor a moment such as 2026-01-31T12:00:00Z."
            ) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.UTC)
    return found.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(gateway: Gateway, query: dict[str, Any]) -> list[dict[str, str | None]]:
    """The messages in the order of their moments. :raises MeshError: the gateway keeps no logs, or cannot be read."""
    try:
        found = gateway.logs(query)
    except NotOffered as error:
        raise MeshError(f"{gateway.address.url} has no logs to give: its provider does not keep any (501).") from error
    names = ("name", "namespace", "instance", "timestamp", "text")
    return sorted(({name: message.get(name) for name in names} for message in found), key=_moment)


def _moment(message: dict[str, str | None]) -> tuple[str, str]:
    return message["timestamp"] or "", message["instance"] or ""
