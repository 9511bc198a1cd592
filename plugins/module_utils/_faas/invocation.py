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
from .body import Body
from .gateway import seconds

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
"""Methods that by their definition change nothing (RFC 9110, section 9.2.1)."""

PASSING_STATUSES = (429, 502, 503, 504)
_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie")


@dataclass(frozen=True)
class Invocation:
    """One call.

    :param path: what follows the function's name. :param asynchronous: whether the gateway is to queue the call and
        answer at once. :param callback: URL that then gets the function's answer.
    :param idempotent: whether the call may be made again, whatever its method.
    """

    name: str
    namespace: str | None = None
    method: str = "POST"
    path: str = ""
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Body | None = None
    asynchronous: bool = False
    callback: str | None = None
    idempotent: bool = False

    @property
    def is_safe(self) -> bool:
        """Whether the call may be made in check mode."""
        return self.method in SAFE_METHODS

    @property
    def is_repeatable(self) -> bool:
        """Whether the call may be made again."""
        return self.is_safe or self.idempotent

    @property
    def target(self) -> str:
        """Path and query below the gateway."""
        path = function_path(self.name, self.namespace, asynchronous=self.asynchronous)
        if self.path:
            path += "/" + quote(self.path.lstrip("/"), safe="/%:@!$&'()*+,;=~")
        return f"{path}?{urlencode(self.query, doseq=True)}" if self.query else path

    def header(self, name: str) -> str | None:
        """The value of the request's field, in whatever case it is written."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    @property
    def secrets(self) -> list[str]:
        """Values of headers that are secrets by their name; of ``Bearer X`` also X."""
        values = [value for name, value in self.headers.items() if name.lower() in _SECRET_HEADERS]
        return values + [value.partition(" ")[2] for value in values]

    def refuse_contradictions(self) -> None:
        """Stop before a call that no gateway could make. :raises MeshError: its options do not go together."""
        if self.asynchronous and self.method != "POST":
            raise MeshError(f"An asynchronous call of function '{self.name}' must be a POST, not a {self.method}.")
        if self.callback and not self.asynchronous:
            raise MeshError(f"callback_url needs asynchronous: true; function '{self.name}' answers a call itself.")

    def send(self, address: Address, transport: Transport, clock: Clock, timeout: float, expected: list[int]) -> Answer:
        """The answer, whatever its status. Only a repeatable call whose fault may pass is made again.

        :param timeout: seconds for which the function may be silent. :param expected: statuses that are no fault.
        :raises MeshError: no answer came.
        """
        headers = {**self.headers, **({"X-Callback-Url": self.callback} if self.callback else {})}
        if self.body is not None and self.header("Content-Type") is None:
            headers["Content-Type"] = self.body.kind
        body = self.body.content if self.body is not None else None
        last: list[Answer] = []

        def once() -> Answer:
            last.clear()
            answer = transport.send(self.method, self.target, headers, body, timeout)
            last.append(answer)
            if self.is_repeatable and answer.status in PASSING_STATUSES and answer.status not in expected:
                raise PassingFault(f"{address.url} answered {answer.status}.", seconds(answer))
            return answer

        try:
            return retried(once, clock, timeout if self.is_repeatable else 0.0)
        except PassingFault:
            if last:
                return last[0]
            raise


def result_of(answer: Answer, invocation: Invocation, url: str) -> dict[str, Any]:
    """The answer as a module's result; a body that is no UTF-8 text comes as base64."""
    result: dict[str, Any] = {"status": answer.status, "headers": answer.headers, "url": url}
    # The gateway does not repeat the name that the caller gave the call.
    if call_id := answer.headers.get("x-call-id") or invocation.header("X-Call-Id"):
        result["call_id"] = call_id
    try:
        result["body"] = answer.body.decode()
    except UnicodeDecodeError:
        return {**result, "body": None, "body_base64": base64.b64encode(answer.body).decode()}
    if "json" in answer.headers.get("content-type", ""):
        with contextlib.suppress(ValueError):
            result["json"] = json.loads(answer.body)
    return result


def without_body(result: dict[str, Any]) -> dict[str, Any]:
    """The result of an answer whose body went elsewhere."""
    return {**{name: value for name, value in result.items() if name not in ("body_base64", "json")}, "body": None}


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
