"""HTTP requests and replies as values, so that handlers can be joined with or without a network between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs


class Headers:
    """An ordered list of header fields; names compare without case."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = tuple(fields)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def get(self, name: str, default: str = "") -> str:
        """The first value of `name`, or `default`."""
        return next((value for key, value in self._fields if key.lower() == name.lower()), default)

    def without(self, *names: str) -> Headers:
        """A copy lacking every field called one of `names`."""
        dropped = {name.lower() for name in names}
        return Headers(item for item in self._fields if item[0].lower() not in dropped)

    def having(self, **values: str) -> Headers:
        """A copy in which each field is set once; `X_Call_Id` names the field `X-Call-Id`."""
        fields = {name.replace("_", "-"): value for name, value in values.items()}
        return Headers([*self.without(*fields), *fields.items()])


@dataclass(frozen=True)
class Request:
    """What a client sent: `path` is still percent-encoded and without `query`; `client` is "address:port"."""

    method: str
    path: str
    query: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    client: str = ""

    def parameter(self, name: str) -> str:
        """The first value of a query parameter, or an empty string."""
        return parse_qs(self.query, keep_blank_values=True).get(name, [""])[0]

    def altered(self, **changes: Any) -> Request:
        """A copy with some attributes replaced."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Response:
    """A reply: `stream`, where given, follows `body` in chunks of its own until it ends."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=Headers)
    stream: Iterator[bytes] | None = None

    def having(self, **values: str) -> Response:
        """A copy with header fields set, named as in `Headers.having`."""
        return replace(self, headers=self.headers.having(**values))


Application = Callable[[Request], Response]
"""Anything that answers a request: a set of routes, a back end, another server."""


class ConnectionDropped(Exception):
    """Raised by an application in place of a reply: the server closes the connection, with a reset if `reset`."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__("the connection is closed without a reply")
        self.reset = reset


def text(status: int, message: str) -> Response:
    """A plain text reply, ended by a newline as Go's http.Error ends it."""
    headers = Headers([("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")])
    return Response(status, f"{message}\n".encode(), headers)


def document(value: Any, status: int = 200) -> Response:
    """A JSON reply."""
    return Response(status, json.dumps(value).encode(), Headers([("Content-Type", "application/json")]))


def empty(status: int) -> Response:
    """A reply without a body."""
    return Response(status)
