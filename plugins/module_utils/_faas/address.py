# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The address of a gateway, and what it says about how safe the way there is."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from .._errors import MeshError


@dataclass(frozen=True)
class Address:
    """Where a gateway listens.

    :param url: the URL without a slash at its end, such as ``https://faas.example.com``.
    :param scheme: ``http`` or ``https``. :param host: the host's name or IP address.
    :param port: the port, that of the scheme where the URL names none.
    :param path: what stands before every request's path, ``""`` where the gateway has the whole host.
    """

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address that a user wrote; without a scheme it is ``http://``, as faas-cli reads it.

        :raises MeshError: the text is no HTTP URL, or carries a user, a query or a fragment.
        """
        url = text.strip().rstrip("/")
        if "://" not in url:
            url = f"http://{url}"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise MeshError("The gateway's URL cannot be read: write it as https://HOST[:PORT].") from error
        if parts.username is not None or parts.password is not None:
            raise MeshError("The gateway's URL must not carry a user or a password: give them as user and password.")
        scheme = parts.scheme.lower()
        unclean = any(character <= " " for character in url) or bool(parts.query or parts.fragment)
        if scheme not in ("http", "https") or not parts.hostname or unclean:
            raise MeshError(f"'{text}' is no URL of a gateway: write it as https://HOST[:PORT].")
        return cls(url, scheme, parts.hostname, port or (443 if scheme == "https" else 80), parts.path)

    @property
    def key(self) -> str:
        """The gateway's name in the login file: the whole URL in lower case, as faas-cli writes it."""
        return self.url.lower()

    def function_url(self, name: str, namespace: str | None, *, asynchronous: bool = False) -> str:
        """Where a function is called, at once or later."""
        return f"{self.url}{function_path(name, namespace, asynchronous=asynchronous)}"

    @property
    def is_loopback(self) -> bool:
        """Whether what is sent there stays on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def refuse_plain_text(self, allowed: bool) -> None:
        """Stop before a secret is sent without encryption.

        :param allowed: the user's ``allow_insecure``.
        :raises MeshError: the URL is ``http://`` to another machine and nobody allowed that.
        """
        if self.scheme == "http" and not self.is_loopback and not allowed:
            raise MeshError(
                f"The login would go to {self.url} without encryption: use an https:// URL, or set "
                "allow_insecure: true if everybody on the way there may read it."
            )


def function_path(name: str, namespace: str | None, *, asynchronous: bool = False) -> str:
    """The path below a gateway at which a function is called.

    :param asynchronous: whether the gateway is to queue the call and answer at once.
    """
    way = "async-function" if asynchronous else "function"
    return f"/{way}/{name}.{namespace}" if namespace else f"/{way}/{name}"
