"""The API server's audit log, read to count what one user asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

WRITING = frozenset(("create", "update", "patch", "delete", "deletecollection"))
# Resources that are only questions put as objects: nothing is stored.
REVIEWS = "authorization.k8s.io"
TOKEN_REVIEWS = "authentication.k8s.io"
BLOCK = 65_536


@dataclass(frozen=True)
class Traffic:
    """What a user asked of the API server: all requests, and those that stored something."""

    requests: int
    writes: tuple[str, ...]


@dataclass(frozen=True)
class AuditLog:
    """An audit log with one JSON event a line, as the API server's log backend writes it.

    :param path: the file; it may not exist yet.
    """

    path: Path

    def end(self) -> int:
        """The position behind the last whole event, in bytes: where the next run's events begin."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as log:
            position = log.seek(0, os.SEEK_END)
            # The last line may be half written.
            while position:
                begin = max(0, position - BLOCK)
                log.seek(begin)
                found = log.read(position - begin).rfind(b"\n")
                if found >= 0:
                    return begin + found + 1
                position = begin
        return 0

    def traffic(self, user: str, start: int) -> Traffic:
        """What ``user`` asked for in the events from position ``start`` on."""
        events = [event for event in self.events(start) if event.get("user", {}).get("username") == user]
        return Traffic(len(events), tuple(_described(event) for event in events if stored(event)))

    def events(self, start: int) -> Iterator[dict[str, Any]]:
        """Every answered request from position ``start`` on; a watch counts once, when it begins."""
        with self.path.open("rb") as log:
            log.seek(start)
            for line in log:
                # The last line may be half written.
                event = json.loads(line) if line.endswith(b"\n") else {}
                stage = "ResponseStarted" if event.get("verb") == "watch" else "ResponseComplete"
                if event.get("stage") == stage:
                    yield event


def stored(event: dict[str, Any]) -> bool:
    """Whether a request asked the server to store something: no dry run, no access review."""
    if event["verb"] not in WRITING or "dryRun" in parse_qs(urlsplit(event["requestURI"]).query):
        return False
    return event.get("objectRef", {}).get("apiGroup") not in (REVIEWS, TOKEN_REVIEWS)


def _described(event: dict[str, Any]) -> str:
    """A write as one line: the verb, and the path that it went to."""
    return f"{event['verb']} {urlsplit(event['requestURI']).path}"
