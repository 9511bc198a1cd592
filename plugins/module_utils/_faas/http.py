# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP over connections that stay open, of the standard library alone."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections import deque
from types import TracebackType

from .._errors import MeshError, PassingFault
from .._kube.connection import Answer
from .address import Address


class NoAnswer(PassingFault):
    """The connection failed or closed without an answer; the server may have done what was asked."""


class HttpTransport:
    """Sends requests to one address. Safe to use from several threads: each call has a connection to itself.

    Redirects are not followed, so what is sent never reaches another host.

    :param verify: whether the server's certificate is checked. :param ca_path: PEM file or folder of the authorities
        to trust in place of the machine's own. :raises MeshError: it cannot be read.
    """

    def __init__(self, address: Address, *, verify: bool = True, ca_path: str | None = None) -> None:
        self._address = address
        self._context = _context(verify, ca_path) if address.scheme == "https" else None
        self._idle: deque[http.client.HTTPConnection] = deque()

    def __enter__(self) -> HttpTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            self._idle.pop().close()

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The answer to one request.

        :param target: path and query below the address. :param seconds: how long the server may be silent.
        :raises NoAnswer: none came. :raises MeshError: none ever will: unknown host, certificate not trusted.
        """
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connection()
        try:
            connection.timeout = seconds
            if connection.sock is not None:
                connection.sock.settimeout(seconds)
            connection.request(method, self._address.path + target, body, headers)
            response = connection.getresponse()
            answer = Answer(
                response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
            )
        except BaseException as error:
            connection.close()
            if isinstance(error, OSError | http.client.HTTPException):
                raise self._failure(error) from error
            if isinstance(error, ValueError):
                # The text of the error would show the header, which may be a secret.
                url = self._address.url
                raise MeshError(f"A header for {url} holds characters that HTTP does not allow.") from None
            raise
        self._idle.append(connection)
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._address.host, self._address.port)
        return http.client.HTTPSConnection(self._address.host, self._address.port, context=self._context)

    def _failure(self, error: Exception) -> MeshError:
        url = self._address.url
        if isinstance(error, ssl.SSLCertVerificationError):
            return MeshError(
                f"The certificate of {url} is not trusted ({error.verify_message}): "
                "name its authority's PEM file in ca_path."
            )
        if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
            return MeshError(f"{url} does not speak TLS: check the scheme and the port of the URL.")
        if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
            return MeshError(f"The host of {url} is not known ({error.strerror}): check the URL.")
        if isinstance(error, http.client.HTTPException) and not isinstance(error, ConnectionError):
            return NoAnswer(f"{url} does not answer as an HTTP server does ({type(error).__name__}): check the port.")
        if isinstance(error, TimeoutError):
            return NoAnswer(f"{url} gave no answer in time: check the address and whether the server is well.")
        said = getattr(error, "strerror", None) or str(error)
        return NoAnswer(f"No answer from {url} ({said}): check the address and whether the server runs.")


def _context(verify: bool, ca_path: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if ca_path:
            # Only these authorities: who names one does not want the machine's hundred others to vouch too.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            _load(context, ca_path)
    except OSError as error:
        raise MeshError(f"The certificates in ca_path {ca_path} cannot be read ({error.strerror or error}).") from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _load(context: ssl.SSLContext, ca_path: str) -> None:
    try:
        context.load_verify_locations(cafile=ca_path)
    except IsADirectoryError:
        context.load_verify_locations(capath=ca_path)
