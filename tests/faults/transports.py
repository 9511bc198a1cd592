"""Faults on the way to the API server: transports that stand between the engine and a real one."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from ansible_collections.faas.mesh.plugins.module_utils._errors import PassingFault
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer, Transport


class Killed(BaseException):
    """Our process ends here, as by ``kill -9``: nothing catches it."""


@dataclass
class Timepiece:
    """A clock that does not wait; it remembers how long it was told to."""

    time: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def now(self) -> float:
        """Seconds since it was made."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass at once."""
        self.pauses.append(seconds)
        self.time += seconds


@dataclass
class Between:
    """Passes requests on; subclasses say what goes wrong."""

    onward: Transport
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """See ``connection.Transport``."""
        return self.onward.send(method, target, headers, body, seconds)


@dataclass
class Overloaded(Between):
    """Refuses the first tries of every request.

    :param answers: what comes instead of the first, the second and further tries.
    """

    answers: tuple[Answer, ...] = ()
    seen: Counter[tuple[str, str, bytes | None]] = field(default_factory=Counter)

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """One of the refusals, then the server's answer."""
        with self._lock:
            number = self.seen[method, target, body]
            self.seen[method, target, body] += 1
        if number < len(self.answers):
            return self.answers[number]
        return self.onward.send(method, target, headers, body, seconds)


def refusal(status: int, **headers: str) -> Answer:
    """An answer of a server that cannot just now."""
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"try again")


@dataclass
class LosesReplies(Between):
    """The server gets every write, but its first answer does not come back."""

    lost: set[tuple[str, str, bytes | None]] = field(default_factory=set)

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The answer, if it is not lost."""
        answer = self.onward.send(method, target, headers, body, seconds)
        key = (method, target, body)
        with self._lock:
            if method != "GET" and key not in self.lost:
                self.lost.add(key)
                raise PassingFault("connection reset by peer")
        return answer


@dataclass
class Kills(Between):
    """Ends our process at one write; the requests of all threads go one by one.

    :param at: its number among the writes, from 1. :param before: whether the request does not even reach the server.
    """

    at: int = 0
    before: bool = True
    count: int = 0

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The answer, as long as we live."""
        with self._lock:
            if self.count >= self.at:
                raise Killed
            # A kill at a question is like one at the write before it.
            self.count += method != "GET" and "dryRun" not in target
            if self.count == self.at and self.before:
                raise Killed
            answer = self.onward.send(method, target, headers, body, seconds)
            if self.count == self.at:
                raise Killed
            return answer


@dataclass
class Acts(Between):
    """Does something before the first request that fits.

    :param fits: is given the method and the target.
    """

    fits: Callable[[str, str], bool] = lambda method, target: False
    act: Callable[[], object] = lambda: None
    done: bool = False

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The answer, after the deed."""
        with self._lock:
            due = not self.done and self.fits(method, target)
            self.done = self.done or due
        if due:
            self.act()
        return self.onward.send(method, target, headers, body, seconds)


@dataclass
class Crowded(Between):
    """A cluster with many more objects: lists of one path are long.

    :param path: of the list. :param count: how many objects there seem to be.
    """

    path: str = ""
    count: int = 0
    pages: int = 0

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """A page of the long list, or the server's answer."""
        asked = urlsplit(target)
        if method != "GET" or asked.path != self.path:
            return self.onward.send(method, target, headers, body, seconds)
        query = parse_qs(asked.query)
        start, limit = int(query.get("continue", ["0"])[0]), int(query.get("limit", [str(self.count)])[0])
        end = min(start + limit, self.count)
        with self._lock:
            self.pages += 1
        metadata = {"continue": str(end), "remainingItemCount": self.count - end} if end < self.count else {}
        items = [
            {"metadata": {"name": f"foreign-{n}", "uid": str(n)}, "data": {"x": "y" * 2000}} for n in range(start, end)
        ]
        return Answer(200, {}, json.dumps({"metadata": metadata, "items": items}).encode())
