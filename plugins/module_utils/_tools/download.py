# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Downloads over HTTP that go on where they were cut off."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from .._errors import MeshError, PassingFault
from .._retry import Clock, retried
from .address import shown

CHUNK_BYTES = 1 << 20
LONGEST_TEXT_BYTES = 1 << 16
TOLD_BYTES = 16 << 20
PASSING = frozenset({408, 429, 500, 502, 503, 504})
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Open(Protocol):
    """Sends a GET request; ``ansible.module_utils.urls.open_url`` is one, and tests may pass another.

    It honours the environment's proxies (``https_proxy``, ``no_proxy``), and follows redirects.
    """

    def __call__(self, url: str, *, headers: dict[str, str]) -> Any:
        """The response, with ``headers``, ``status``, ``read`` and ``geturl``."""


class Downloads:
    """Gets files and short texts.

    :param open_url: sends the requests. :param clock: for pauses between attempts.
    :param patience: seconds for which a fault that may pass is waited out, each time anew once more bytes have come.
    :param tell: is told how far a long download is.
    """

    def __init__(self, open_url: Open, clock: Clock, patience: float, tell: Callable[[str], None]) -> None:
        self._open_url = open_url
        self._clock = clock
        self._patience = patience
        self._tell = tell

    def text(self, url: str) -> str:
        """A short text, such as a checksum file. :raises MeshError: it cannot be had, or is long."""

        def get() -> bytes:
            try:
                with self._opened(url, {}) as response:
                    return bytes(response.read(LONGEST_TEXT_BYTES + 1))
            except (OSError, http.client.HTTPException) as error:
                raise _failure(url, error) from error

        content = retried(get, self._clock, self._patience)
        if len(content) > LONGEST_TEXT_BYTES:
            raise MeshError(f"{shown(url)} is no checksum file: it is longer than {LONGEST_TEXT_BYTES} bytes.")
        return content.decode(errors="replace")

    def file(self, url: str, path: Path) -> None:
        """Write what ``url`` gives to ``path``.

        A transfer that is cut off goes on from there (RFC 9110, Range and If-Range), or from the start where the server
        cannot do that.

        :raises MeshError: it cannot be had, or is cut off at the same place again and again.
        """
        with path.open("wb") as target:
            transfer = _Transfer(url, target, self._opened, self._tell)
            while not retried(transfer.advance, self._clock, self._patience):
                pass

    def _opened(self, url: str, headers: dict[str, str]) -> Any:
        response = self._open_url(url, headers=headers)
        if url.startswith("https:") and not response.geturl().startswith("https:"):
            response.close()
            raise MeshError(f"{shown(url)} leads to an address without TLS, {shown(response.geturl())}: not followed.")
        return response


class _Transfer:
    """One file on its way. It has ended when as many bytes have come as the server said."""

    def __init__(self, url: str, target: BinaryIO, opened: Callable[..., Any], tell: Callable[[str], None]) -> None:
        self._url = url
        self._target = target
        self._opened = opened
        self._tell = tell
        self._furthest = 0
        self._validator: str | None = None

    def advance(self) -> bool:
        """Ask for what is missing; whether that was all.

        :raises PassingFault: nothing came that had not come before.
        """
        start = self._target.tell()
        with self._asked(start) as response:
            total = self._placed(response, start)
            whole = self._copy(response, total)
        position = self._target.tell()
        if whole and (total is None or position >= total):
            return True
        if position <= self._furthest:
            of_total = "" if total is None else f" of {total}"
            raise PassingFault(f"{shown(self._url)} is cut off after {position}{of_total} bytes, again and again.")
        self._furthest = position
        return False

    def _asked(self, start: int) -> Any:
        headers = {"Range": f"bytes={start}-"} if start else {}
        if start and self._validator:
            headers["If-Range"] = self._validator
        try:
            return self._opened(self._url, headers)
        except (OSError, http.client.HTTPException) as error:
            if getattr(error, "code", None) == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                self._restart()
            raise _failure(self._url, error) from error

    def _placed(self, response: Any, start: int) -> int | None:
        """Make ready for the response's bytes; how long the whole file is, if the server says so."""
        tag = response.headers.get("ETag") or ""
        # A weak tag is no proof that the bytes are the same.
        self._validator = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
        if response.status == http.client.PARTIAL_CONTENT:
            found = _RANGE.fullmatch(response.headers.get("Content-Range") or "")
            if found and int(found[1]) == start:
                return None if found[2] == "*" else int(found[2])
            self._restart()
            raise PassingFault(f"{shown(self._url)} answers with another part of the file than it was asked for.")
        if start:
            self._restart()
        length = response.headers.get("Content-Length")
        return int(length) if length and length.isdigit() else None

    def _copy(self, response: Any, total: int | None) -> bool:
        """Write what comes; whether the connection lasted until its end."""
        told = self._target.tell()
        while True:
            try:
                chunk = response.read(CHUNK_BYTES)
            except (OSError, http.client.HTTPException):
                return False
            if not chunk:
                return True
            self._target.write(chunk)
            position = self._target.tell()
            if position - told >= TOLD_BYTES:
                told = position
                of_total = "" if total is None else f" of {total >> 20}"
                self._tell(f"{shown(self._url)}: {position >> 20}{of_total} MiB")

    def _restart(self) -> None:
        self._target.seek(0)
        self._target.truncate()


def _failure(url: str, error: Exception) -> MeshError:
    place = shown(url)
    if isinstance(error, urllib.error.HTTPError):
        return _refusal(place, error)
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return MeshError(
            f"The certificate of {place} is not trusted ({cause.verify_message}): "
            "name its authority's PEM file in ca_path."
        )
    if isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN:
        return MeshError(f"The host of {place} is not known ({cause.strerror}): check the address and the proxy.")
    said = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return PassingFault(f"No answer from {place} ({said}): check the address, the network and the proxy.")


def _refusal(place: str, error: urllib.error.HTTPError) -> MeshError:
    if error.code in PASSING or error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
        after = error.headers.get("Retry-After") or ""
        said = f"{place} answers with status {error.code} ({error.reason}): try again later."
        return PassingFault(said, float(after) if after.isdigit() else None)
    advice = (
        "check the version, and the mirror's layout" if error.code == http.client.NOT_FOUND else "check the address"
    )
    return MeshError(f"{place} answers with status {error.code} ({error.reason}): {advice}.")
