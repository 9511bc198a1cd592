"""The provider's routes, as faas-netes 0.18 (Community Edition) has them, over any back end.

Its warts: a POST of a function that exists is 500, not 409; a PUT that fails in most ways is 200 with an empty body and
changes nothing; one namespace; at most 15 functions; no word about environment variables in a status.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from .backend import (
    Backend,
    BackendError,
    Exists,
    LogQuery,
    NoEndpoints,
    NotAFunction,
    SecretMissing,
    Unknown,
    Unreachable,
)
from .credentials import Credentials
from .deployment import MOST_REPLICAS, Invalid, read_deployment
from .message import Headers, Request, Response, document, empty, text
from .namespaces import Namespaces
from .routes import FUNCTION, Routes

RELEASE = "0.18.17"


class Provider:
    """An application: the functions of one back end behind the provider's REST interface.

    `limit` is the most functions (None for no limit); `namespaces` make it the provider of OpenFaaS Pro, which scales
    as it is asked (None: the Community Edition's, with one namespace). `private_images` are prefixes of image names
    that are refused as not publicly pullable; `credentials`, where given, are asked for on /system.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        limit: int | None = 15,
        private_images: tuple[str, ...] = (),
        credentials: Credentials | None = None,
        namespaces: Namespaces | None = None,
    ) -> None:
        self.limit = limit
        self._backend = backend
        self._private_images = private_images
        self._namespaces = namespaces
        routes = Routes()
        guard = credentials.guard if credentials else lambda handler: handler
        for methods, pattern, handler in (
            ("GET", "/system/functions", self._list),
            ("POST", "/system/functions", self._create),
            ("PUT", "/system/functions", self._replace),
            ("DELETE", "/system/functions", self._delete),
            ("GET", f"/system/function/{FUNCTION}", self._status),
            ("POST", f"/system/scale-function/{FUNCTION}", self._scale),
            ("GET POST PUT DELETE", "/system/secrets", self._secrets),
            ("GET", "/system/namespaces", namespaces.names if namespaces else self._single_namespace),
            ("GET POST PUT DELETE", f"/system/namespace/{FUNCTION}", namespaces.one if namespaces else _not_offered),
            ("GET", "/system/info", self._info),
            ("GET", "/system/logs", self._logs),
        ):
            routes.add(methods, pattern, guard(handler))
        routes.add("", f"/function/{FUNCTION}(?P<rest>/.*)?", self._call)
        routes.add("GET", "/healthz", lambda request, match: empty(200))
        self._routes = routes

    def __call__(self, request: Request) -> Response:
        """Answer one request; a document that is not as it should be is 400 with the reason."""
        try:
            return self._routes(request)
        except Invalid as invalid:
            return text(400, str(invalid))

    def _list(self, request: Request, match: re.Match[str]) -> Response:
        self._check_namespace(request)
        return document(self._backend.statuses())

    def _status(self, request: Request, match: re.Match[str]) -> Response:
        self._check_namespace(request)
        status = self._backend.status(match["name"])
        return document(status) if status else empty(404)

    def _create(self, request: Request, match: re.Match[str]) -> Response:
        deployment = read_deployment(request.body, self._backend.namespace)
        try:
            self._backend.check_secrets(deployment.secrets)
        except SecretMissing as missing:
            return text(400, f"a secret is missing: {missing}")
        if deployment.image.startswith(self._private_images):
            return text(400, "the Community Edition takes public images only")
        deployment.canonical_resources()
        if self.limit is not None and self._backend.count() >= self.limit:
            # Clients know the case by these two words and the number.
            return text(400, f"too many functions, maximum: {self.limit}")
        try:
            self._backend.create(deployment)
        except BackendError as error:
            return text(500, f"the Deployment cannot be created: {error}")
        return empty(202)

    def _replace(self, request: Request, match: re.Match[str]) -> Response:
        deployment = read_deployment(request.body, self._backend.namespace)
        try:
            if not self._backend.exists(deployment.service):
                raise Unknown(f'deployments.apps "{deployment.service}" not found')
            if deployment.image.startswith(self._private_images):
                return empty(200)
            deployment.canonical_resources()
            self._backend.check_secrets(deployment.secrets)
            self._backend.replace(deployment)
        except Unknown as error:
            return text(404, f"the Deployment cannot be updated: {error}")
        except SecretMissing as error:
            return text(400, f"the Deployment cannot be updated: {error}")
        except Exception:
            # The wart: every other failure is only logged, and the reply is an empty 200.
            return empty(200)
        return empty(202)

    def _delete(self, request: Request, match: re.Match[str]) -> Response:
        self._check_namespace(request)
        name = _object(request.body).get("functionName")
        if not isinstance(name, str) or not name:
            return empty(400)
        try:
            self._backend.delete(name)
        except Unknown as error:
            return Response(404, str(error).encode())
        except NotAFunction:
            return Response(400, f"{name} is not a function".encode())
        return empty(202)

    def _scale(self, request: Request, match: re.Match[str]) -> Response:
        self._check_namespace(request)
        replicas = _object(request.body).get("replicas")
        if not isinstance(replicas, int) or (replicas < 1 and not self._namespaces):
            return text(400, "the Community Edition does not scale to 0")
        try:
            self._backend.scale(match["name"], replicas if self._namespaces else min(replicas, MOST_REPLICAS))
        except Unknown:
            return Response(500, f"there is no function {match['name']}".encode())
        return empty(202)

    def _secrets(self, request: Request, match: re.Match[str]) -> Response:
        if request.method == "GET":
            wanted = request.parameter("namespace") or self._backend.namespace
            if wanted != self._backend.namespace:
                return empty(400)
            return document([{"name": name, "namespace": wanted} for name in self._backend.secrets()])
        given = _object(request.body)
        if given.get("namespace", self._backend.namespace) != self._backend.namespace:
            return empty(400)
        name = str(given.get("name") or "").strip()
        if not name:
            return empty(500)
        try:
            if request.method == "DELETE":
                self._backend.delete_secret(name)
            elif request.method == "POST":
                self._backend.create_secret(name, _secret_value(given))
            else:
                self._backend.replace_secret(name, _secret_value(given))
        except Unknown:
            return empty(404)
        except Exists:
            return empty(409)
        return empty(202)

    def _single_namespace(self, request: Request, match: re.Match[str]) -> Response:
        return document([self._backend.namespace])

    def _info(self, request: Request, match: re.Match[str]) -> Response:
        version = {"release": RELEASE, "sha": "0" * 40}
        # Clients know the Community Edition, and with it the limit, by this name.
        name = "faas-netes" if self._namespaces or self.limit is None else "faas-netes-ce"
        return document({"provider": name, "orchestration": "kubernetes", "version": version})

    def _logs(self, request: Request, match: re.Match[str]) -> Response:
        tail = request.parameter("tail") or "-1"
        follow = request.parameter("follow") or "false"
        name = request.parameter("name")
        if not name or not re.fullmatch(r"-?\d+", tail) or follow not in ("true", "false", "1", "0"):
            return text(422, "a log query needs a name, a whole number as tail and a truth value as follow")
        self._check_namespace(request)
        query = LogQuery(
            name=name,
            instance=request.parameter("instance"),
            tail=int(tail),
            follow=follow in ("true", "1"),
            since=request.parameter("since"),
        )
        try:
            messages = self._backend.logs(query)
        except NotImplementedError:
            return empty(501)
        return Response(200, headers=Headers([("Content-Type", "application/x-ndjson")]), stream=_lines(messages))

    def _call(self, request: Request, match: re.Match[str]) -> Response:
        name, dot, namespace = match["name"].rpartition(".")
        if not dot:
            name, namespace = match["name"], self._backend.namespace
        try:
            if namespace != self._backend.namespace:
                raise Unknown(f"no functions in {namespace}")
            return self._backend.call(name, request.altered(path=match["rest"] or "/"))
        except Unknown:
            return _internal(text(404, f"there is no function {name}.{namespace}"))
        except NoEndpoints:
            return _internal(text(503, f"no pod of {match['name']} is ready"))
        except Unreachable:
            return _internal(text(500, f"{match['name']} cannot be reached"))

    def _check_namespace(self, request: Request) -> None:
        wanted = request.parameter("namespace") or self._backend.namespace
        if wanted != self._backend.namespace:
            raise Invalid(f"namespace must be: {self._backend.namespace}")


def _not_offered(request: Request, match: re.Match[str]) -> Response:
    return empty(501)


def _internal(response: Response) -> Response:
    """Mark a reply as the provider's own, not the function's."""
    return response.having(X_OpenFaaS_Internal="faas-provider")


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; raises Invalid."""
    try:
        given = json.loads(body)
    except ValueError as error:
        raise Invalid(f"the request is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise Invalid("the request is not a JSON object")
    return given


def _secret_value(given: dict[str, Any]) -> bytes:
    """The value to keep: `rawValue` (base64) wins over `value`."""
    try:
        raw = base64.b64decode(given.get("rawValue") or "", validate=True)
    except (binascii.Error, TypeError) as error:
        raise Invalid("the secret's rawValue is not base64") from error
    return raw or str(given.get("value") or "").encode()


def _lines(messages: Iterator[dict[str, str]]) -> Iterator[bytes]:
    """One JSON document a line."""
    for message in messages:
        yield json.dumps(message).encode() + b"\n"
