# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gateway's REST interface: one method a call, and the failures that users see.

The calls and their answers are those of the gateway ``faas`` 0.27 with the provider ``faas-netes`` 0.18.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import quote, urlencode

from .._errors import MeshError, NotAuthenticated, PassingFault, Refused
from .._kube.connection import Answer, Transport
from .._retry import Clock, retried
from .address import Address
from .credentials import Credentials
from .http import NoAnswer

Json = dict[str, Any]

REQUEST_SECONDS = 30.0
PATIENCE_SECONDS = 30.0
LIST_PATIENCE_SECONDS = 1.5

# How the Community Edition ends its answer at the limit.
_LIMIT = re.compile(r"maximum: (\d+)")

# How Kubernetes says that an object will never do, or that a quota is against it; the provider makes it a 500.
_FINAL = re.compile(r'" is (invalid|forbidden): ')

# How the calls for namespaces may say that they did their work (OpenFaaS Pro, go-sdk).
_DONE = (200, 201, 202)

# 500 is also how the gateway says that a function exists already, or is still being deleted.
PASSING_STATUSES = (429, 500, 502, 503, 504)


class Absent(MeshError):
    """The gateway knows no such function."""


class BeingDeleted(PassingFault):
    """A function of this name is on its way out; a look would still find it."""


class Exists(Refused):
    """There is one of that name already."""


class NotOffered(MeshError):
    """The gateway's edition or provider has no such call."""


class NoRoom(Refused):
    """The gateway runs as many functions as it takes."""

    def __init__(self, url: str, most: int) -> None:
        super().__init__(
            f"{url} runs at most {most} functions: remove one, or use OpenFaaS Pro, which has no such limit."
        )


class NothingDone(Refused):
    """The gateway answered a write with a success that it is not: 200 and an empty body, and nothing changed."""


class Gateway:
    """A gateway's management interface. Safe to use from several threads.

    Reads are repeated while their fault may pass; writes are tried once, for who repeats one must look first what
    became of it.

    :param patience: seconds for which a read's fault is waited out.
    """

    def __init__(
        self,
        address: Address,
        transport: Transport,
        credentials: Credentials,
        clock: Clock,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.address = address
        self.clock = clock
        self.patience = patience
        self._transport = transport
        self._credentials = credentials

    def functions(self, namespace: str | None) -> list[Json]:
        """Every function's FunctionStatus.

        With Prometheus away the gateway closes the connection on this call alone, so a lost answer is not waited out
        for long; an answer that asks us to come back is.

        :param namespace: that of the functions, None for the gateway's own. :raises Refused: it is not served.
        :raises PassingFault: the list cannot be had for now.
        """
        target = _target("/system/functions", namespace)
        try:
            answer = retried(lambda: self._send("GET", target), self.clock, min(self.patience, LIST_PATIENCE_SECONDS))
        except PassingFault as fault:
            if fault.retry_after is None:
                raise
            answer = retried(lambda: self._send("GET", target), self.clock, self.patience)
        return self._list(answer, target)

    def function(self, name: str, namespace: str | None) -> Json | None:
        """A function's FunctionStatus, or None where there is no such function."""
        try:
            return self._object(_target(f"/system/function/{quote(name)}", namespace))
        except Absent:
            return None

    def info(self) -> Json:
        """What the gateway says about itself: provider, versions, architecture."""
        return self._object("/system/info")

    def is_healthy(self) -> bool:
        """Whether the gateway reaches its provider just now; asked once, for the answer is what counts."""
        try:
            self._send("GET", "/healthz")
        except PassingFault as fault:
            if isinstance(fault, NoAnswer):
                raise
            return False
        return True

    def create(self, deployment: Json) -> None:
        """Ask for a new function.

        :raises PassingFault: refused for now, as also when it exists already. :raises BeingDeleted: or still does.
        :raises NoRoom: there are as many functions as it takes. :raises Refused: for good.
        """
        try:
            self._write("POST", "/system/functions", deployment)
        except PassingFault as fault:
            # Kubernetes' own words, which the provider hands on with a 500.
            if "object is being deleted" in str(fault):
                raise BeingDeleted(str(fault), fault.retry_after) from fault
            if _FINAL.search(str(fault)):
                raise Refused(str(fault)) from fault
            raise
        except Refused as error:
            limit = _LIMIT.search(str(error))
            if limit is None:
                raise
            raise NoRoom(self.address.url, int(limit[1])) from error

    def update(self, deployment: Json) -> None:
        """Replace a function whole. :raises Absent: there is none. :raises NothingDone: answered 200 for a failure."""
        self._write("PUT", "/system/functions", deployment)

    def delete(self, name: str, namespace: str | None) -> None:
        """Ask for a function's removal, which goes on after the answer. :raises Absent: there is none."""
        self._write("DELETE", _target("/system/functions", namespace), {"functionName": name})

    def scale(self, name: str, namespace: str | None, replicas: int) -> None:
        """Ask for so many replicas of a function; the Community Edition takes the nearest number from 1 to 5.

        :raises PassingFault: refused for now, as also where there is no such function.
        """
        body = {"serviceName": name, "replicas": replicas}
        self._write("POST", _target(f"/system/scale-function/{quote(name)}", namespace), body)

    def logs(self, query: Json) -> list[Json]:
        """What functions wrote, one message a line.

        :param query: ``name``, ``namespace``, ``instance``, ``tail``, ``since`` as the gateway takes them.
        :raises NotOffered: the provider keeps no logs.
        """
        target = f"/system/logs?{urlencode({**query, 'follow': 'false'})}"
        answer = retried(lambda: self._send("GET", target), self.clock, self.patience)
        try:
            found = [json.loads(line) for line in answer.body.splitlines() if line.strip()]
        except ValueError as error:
            raise self._foreign(target) from error
        if not all(isinstance(message, dict) for message in found):
            raise self._foreign(target)
        return found

    def secrets(self, namespace: str | None) -> list[Json]:
        """Name and namespace of each secret that was made through a gateway; never a value."""
        target = _target("/system/secrets", namespace)
        return self._list(retried(lambda: self._send("GET", target), self.clock, self.patience), target)

    def create_secret(self, secret: Json) -> None:
        """Keep a new secret. :raises Exists: there is one, perhaps made by something else."""
        self._write("POST", "/system/secrets", secret)

    def update_secret(self, secret: Json) -> None:
        """Give a secret another value. :raises Absent: there is none."""
        self._write("PUT", "/system/secrets", secret)

    def delete_secret(self, secret: Json) -> None:
        """Drop a secret. :raises Absent: there is none."""
        self._write("DELETE", "/system/secrets", secret)

    def namespaces(self) -> list[str]:
        """The names of the namespaces that may hold functions."""
        answer = retried(lambda: self._send("GET", "/system/namespaces"), self.clock, self.patience)
        return self._list(answer, "/system/namespaces")

    def namespace(self, name: str) -> Json | None:
        """A namespace's name, labels and annotations, or None where there is none.

        :raises NotOffered: the gateway's edition has one namespace, as also on every other call for a namespace.
        """
        try:
            return self._object(f"/system/namespace/{quote(name)}")
        except Absent:
            return None

    def create_namespace(self, namespace: Json) -> None:
        """Make a namespace for functions. :raises Exists: there is one."""
        self._write("POST", f"/system/namespace/{quote(namespace['name'])}", namespace, done=_DONE)

    def update_namespace(self, namespace: Json) -> None:
        """Replace a namespace's labels and annotations. :raises Absent: there is none."""
        self._write("PUT", f"/system/namespace/{quote(namespace['name'])}", namespace, done=_DONE)

    def delete_namespace(self, namespace: Json) -> None:
        """Remove a namespace and all that is in it, which goes on after the answer. :raises Absent: there is none."""
        self._write("DELETE", f"/system/namespace/{quote(namespace['name'])}", namespace, done=_DONE)

    def _object(self, target: str) -> Json:
        found = self._decoded(retried(lambda: self._send("GET", target), self.clock, self.patience), target)
        if not isinstance(found, dict):
            raise self._foreign(target)
        return found

    def _list(self, answer: Answer, target: str) -> list[Any]:
        found = self._decoded(answer, target)
        # Go's encoder writes an empty list as null where nothing was ever put into it.
        if found is None:
            return []
        if not isinstance(found, list):
            raise self._foreign(target)
        return found

    def _write(self, method: str, target: str, body: Json, done: Collection[int] = (202,)) -> None:
        answer = self._send(method, target, json.dumps(body).encode())
        if answer.status not in done:
            raise NothingDone(
                f"{self.address.url} answered {method} {target} with {answer.status} where 202 means done, and changed "
                "nothing: its provider's log has the reason."
            )

    def _send(self, method: str, target: str, body: bytes | None = None) -> Answer:
        headers = {"Authorization": self._credentials.header, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = self._transport.send(method, target, headers, body, REQUEST_SECONDS)
        if answer.status >= 300:
            raise self._failure(method, target, answer)
        return answer

    def _failure(self, method: str, target: str, answer: Answer) -> MeshError:
        status, url = answer.status, self.address.url
        said = _said(answer) or "without a word"
        if status == 401:
            return NotAuthenticated(
                f"{url} does not accept the login from {self._credentials.source} (401): check user and password."
            )
        if status < 400:
            return MeshError(
                f"{url} redirects {method} {target} to {answer.headers.get('location', 'nowhere')}: if that is the "
                "gateway, give its URL; the login is not sent on."
            )
        if _is_page(answer) and status not in PASSING_STATUSES:
            return self._foreign(target)
        if status == 404:
            return Absent(f"{url} has nothing at {target} (404, {said}): check the URL.")
        if status == 501:
            return NotOffered(f"{url} does not offer {method} {target} (501).")
        if status == 409:
            return Exists(f"{url} refused {method} {target} ({status}): {said}")
        if status in PASSING_STATUSES:
            return PassingFault(f"{url} answered {method} {target} with {status}: {said}", seconds(answer))
        return Refused(f"{url} refused {method} {target} ({status}): {said}")

    def _decoded(self, answer: Answer, target: str) -> Any:
        try:
            return json.loads(answer.body)
        except ValueError as error:
            raise self._foreign(target) from error

    def _foreign(self, target: str) -> MeshError:
        return MeshError(f"{self.address.url} does not answer {target} as an OpenFaaS gateway does: check the URL.")


def seconds(answer: Answer) -> float | None:
    """How long the server asked to wait (``Retry-After`` in seconds), if it did."""
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isdigit() else None


def _target(path: str, namespace: str | None) -> str:
    return f"{path}?{urlencode({'namespace': namespace})}" if namespace else path


def _is_page(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "") or answer.body.lstrip()[:1] == b"<"


def _said(answer: Answer) -> str:
    """The answer's text in one line; a page's markup says nothing to a user."""
    return "" if _is_page(answer) else " ".join(answer.body.decode(errors="replace").split())[:300]
