"""A web server on loopback that serves releases: whole, cut off, changed, and by way of a proxy."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.faas.mesh.plugins.module_utils._tools.platform import Platform

HERE = Platform.of_this_machine()
ELF_MACHINES = {"amd64": 0x3E, "arm64": 0xB7}


class Mirror:
    """What the server serves, what it was asked, and how it misbehaves.

    :param url: of the server. It answers as a proxy too, and then looks only at the path.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.hosts: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.cuts: dict[str, list[int]] = {}
        """After how many bytes the answers to the next requests for a path end, before their time."""
        self.statuses: dict[str, list[int]] = {}
        """Status codes for the next requests for a path."""
        self.ranges = True
        """Whether parts of files are served."""
        self.redirects: dict[str, str] = {}
        self.login: str | None = None
        """``user:password`` that every request has to show, in answer to a challenge (RFC 7617)."""

    def put(self, path: str, content: bytes, *, checksum: str | None = "") -> None:
        """Serve a file, and beside it its checksum; another text in its place, or none with None."""
        self.files[path] = content
        if checksum is not None:
            self.files[f"{path}.sha256"] = (checksum or sha256(content)).encode()


def sha256(content: bytes) -> str:
    """The sum in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def script(output: str) -> bytes:
    """A program that prints ``output``, whatever it is asked."""
    return f"#!/bin/sh\ncat <<'END'\n{output}\nEND\n".encode()


def kubectl(version: str) -> bytes:
    """A program that tells its version as kubectl does."""
    return script(f'{{"clientVersion": {{"gitVersion": "v{version}", "platform": "{HERE}"}}}}')


def istioctl(version: str) -> bytes:
    """A program that tells its version as istioctl does."""
    return script(f'{{"clientVersion": {{"version": "{version}", "revision": "abc", "tag": "{version}"}}}}')


def elf(architecture: str) -> bytes:
    """The beginning of a Linux program."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 2, ELF_MACHINES[architecture])
    return header + bytes(1000)


def archive(**members: bytes) -> bytes:
    """A ``.tar.gz`` of these files, after a link and a folder that must not matter."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        link = tarfile.TarInfo("../escape")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _basic(login: str) -> str:
    return f"Basic {base64.b64encode(login.encode()).decode()}"


@contextmanager
def running_mirror() -> Iterator[Mirror]:
    """A server for the time of a test."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            mirror.asked.append(path)
            mirror.hosts.append(self.headers.get("Host") or "")
            mirror.headers.append(dict(self.headers.items()))
            statuses = mirror.statuses.get(path)
            if mirror.login and self.headers.get("Authorization") != _basic(mirror.login):
                self._answer(401, b"who are you?", {"WWW-Authenticate": 'Basic realm="releases"'})
            elif statuses:
                self._answer(statuses.pop(0), b"not now", {"Retry-After": "0"})
            elif path in mirror.redirects:
                self._answer(302, b"", {"Location": mirror.redirects[path]})
            elif path in mirror.files:
                self._serve(path, mirror.files[path])
            else:
                self._answer(404, b"not here", {})

        def _serve(self, path: str, content: bytes) -> None:
            tag = f'"{sha256(content)[:12]}"'
            start = 0
            wanted = self.headers.get("Range")
            if wanted and mirror.ranges and self.headers.get("If-Range", tag) == tag:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            headers = {"ETag": tag}
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            cuts = mirror.cuts.get(path)
            end = max(start, cuts.pop(0)) if cuts else len(content)
            self._answer(206 if start else 200, content[start:end], headers, len(content) - start)
            if end < len(content):
                self.close_connection = True

        def _answer(self, status: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mirror = Mirror(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield mirror
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
