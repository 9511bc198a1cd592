"""A table of routes: methods and a path pattern lead to a handler."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from .message import Application, Request, Response, empty, text

Handler = Callable[[Request, re.Match[str]], Response]
FUNCTION = r"(?P<name>[-a-zA-Z_0-9.]+)"


class Routes:
    """An application made of routes, tried in the order in which they were added.

    A path without a route is 404 with Go's text, a method that no route of the path takes 405 without one.
    """

    def __init__(self) -> None:
        self._routes: list[tuple[frozenset[str], re.Pattern[str], Handler]] = []

    def add(self, methods: str, pattern: str, handler: Handler) -> None:
        """Route `methods` (names with spaces between; empty for any) of paths that match `pattern` wholly."""
        self._routes.append((frozenset(methods.split()), re.compile(pattern), handler))

    def __call__(self, request: Request) -> Response:
        """The reply of the first route that fits."""
        path = unquote(request.path)
        known = False
        for methods, pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if match and (not methods or request.method in methods):
                return handler(request, match)
            known = known or match is not None
        return empty(405) if known else text(404, "404 page not found")


def to(application: Application) -> Handler:
    """A handler that lets an application answer, whatever the path matched."""
    return lambda request, match: application(request)
