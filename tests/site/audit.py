"""The API server's audit log, read to count what one user asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

WRITING = frozenset(("create", "update", "patch", "delete", "deletecollection"))
# Resources that are only questions put as objects: nothing is stored.
REVIEWS = "authorization.k8s.io"
TOKEN_REVIEWS = "authentication.k8s.io"


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
        """The log's end, in bytes: where the next run's events begin."""
        return self.path.stat().st_size if self.path.exists() else 0

    def traffic(self, user: str, start: int) -> Traffic:
        """What ``user`` asked for in the events from position ``start`` on."""
        events = [event for event in self.events(start) if event.get("user", {}).get("username") == user]
        return Traffic(len(events), tuple(_described(event) for event in events if stored(event)))

    def events(self, start: int) -> Iterator[dict[str, Any]]:
        """Every answered request whose event begins at ``start`` or later; a watch counts once, when it begins."""
        with self.path.open("rb") as log:
            if start:
                # The server may have been amid an event, which is one of before: its rest is left out.
                log.seek(start - 1)
                log.readline()
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
