# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calling a function, as anybody may: the gateway's login is not shown to functions."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from .._errors import MeshError, PassingFault
from .._kube.connection import Answer, Transport
from .._retry import Clock, retried
from .address import Address, function_path
from .gateway import seconds

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
"""Methods that by their definition change nothing (RFC 9110, section 9.2.1)."""

PASSING_STATUSES = (429, 502, 503, 504)
_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie")


@dataclass(frozen=True)
class Invocation:
    """One call. :param path: what follows the function's name. :param body: text as it is; anything else as JSON."""

    name: str
    namespace: str | None = None
    method: str = "POST"
    path: str = ""
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def is_safe(self) -> bool:
        """Whether the call may be made in check mode, and made again."""
        return self.method in SAFE_METHODS

    @property
    def target(self) -> str:
        """Path and query below the gateway."""
        path = function_path(self.name, self.namespace)
        if self.path:
            path += "/" + quote(self.path.lstrip("/"), safe="/%:@!$&'()*+,;=~")
        return f"{path}?{urlencode(self.query, doseq=True)}" if self.query else path

    @property
    def secrets(self) -> list[str]:
        """Values of headers that are secrets by their name; of ``Bearer X`` also X."""
        values = [value for name, value in self.headers.items() if name.lower() in _SECRET_HEADERS]
        return values + [value.partition(" ")[2] for value in values]

    def send(self, address: Address, transport: Transport, clock: Clock, timeout: float, expected: list[int]) -> Answer:
        """The function's answer, whatever its status. Only a safe call whose fault may pass is made again.

        :param timeout: seconds for which the function may be silent. :param expected: statuses that are no fault.
        :raises MeshError: no answer came.
        """
        headers = dict(self.headers)
        body = None
        if self.body is not None:
            text = self.body if isinstance(self.body, str) else json.dumps(self.body)
            body = text.encode()
            if not any(name.lower() == "content-type" for name in headers):
                headers["Content-Type"] = "text/plain" if isinstance(self.body, str) else "application/json"
        last: list[Answer] = []

        def once() -> Answer:
            last.clear()
            answer = transport.send(self.method, self.target, headers, body, timeout)
            last.append(answer)
            if self.is_safe and answer.status in PASSING_STATUSES and answer.status not in expected:
                raise PassingFault(f"{address.url} answered {answer.status}.", seconds(answer))
            return answer

        try:
            return retried(once, clock, timeout if self.is_safe else 0.0)
        except PassingFault:
            if last:
                return last[0]
            raise


def result_of(answer: Answer, url: str) -> dict[str, Any]:
    """The answer as a module's result; a body that is no UTF-8 text comes as base64."""
    result: dict[str, Any] = {"status": answer.status, "headers": answer.headers, "url": url}
    try:
        result["body"] = answer.body.decode()
    except UnicodeDecodeError:
        return {**result, "body": None, "body_base64": base64.b64encode(answer.body).decode()}
    if "json" in answer.headers.get("content-type", ""):
        with contextlib.suppress(ValueError):
            result["json"] = json.loads(answer.body)
    return result


def unexpected(answer: Answer, invocation: Invocation, address: Address, expected: list[int]) -> MeshError:
    """The failure for a status that was not asked for, with the beginning of what the function said."""
    said = " ".join(answer.body.decode(errors="replace").split())[:300]
    wanted = " or ".join(str(status) for status in expected)
    hint = " Is it deployed?" if answer.status == 404 else ""
    return MeshError(
        f"{invocation.method} {address.url}{invocation.target} answered {answer.status} where {wanted} was expected"
        + (f": {said}" if said else ".")
        + hint
    )
