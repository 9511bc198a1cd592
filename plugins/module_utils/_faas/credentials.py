# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who we are to a gateway: a password, a token, or what the login file has."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from .._errors import MeshError
from .._kube.connection import Cluster
from .address import Address
from .basic_auth import from_secret, secret_path
from .login import Login, LoginFile


class NoLogin(MeshError):
    """Nobody logged in to the gateway, and the options say nothing."""


@dataclass(frozen=True)
class Credentials:
    """A proof of identity for one gateway.

    :param login: the proof, as the login file has it. :param source: where it came from, for messages.
    """

    login: Login = field(repr=False)
    source: str

    @classmethod
    def basic(cls, user: str, password: str, source: str) -> Credentials:
        """Basic auth (RFC 7617) with a user's name and password. :raises MeshError: the name holds a colon."""
        if ":" in user:
            raise MeshError(f"The user's name '{user}' must not hold a colon: Basic auth ends the name there.")
        return cls(Login("basic", base64.b64encode(f"{user}:{password}".encode()).decode()), source)

    @classmethod
    def of_secret(cls, cluster: Cluster, namespace: str, name: str) -> Credentials | None:
        """What OpenFaaS keeps in its Secret, ``basic-auth`` by name; None where there is no such Secret.

        :raises MeshError: the cluster does not give it out, or it holds no user and password.
        """
        secret = cluster.get(secret_path(namespace, name))
        if secret is None:
            return None
        kept = from_secret(secret)
        return cls.basic(kept.user, kept.password, f"the Secret {namespace}/{name}")

    @property
    def user(self) -> str | None:
        """The user's name, where it is known."""
        try:
            return base64.b64decode(self.login.token).decode().partition(":")[0] if self.login.auth == "basic" else None
        except (binascii.Error, UnicodeDecodeError):
            return None

    @property
    def header(self) -> str:
        """The value of the request's ``Authorization`` field."""
        return f"{'Basic' if self.login.auth == 'basic' else 'Bearer'} {self.login.token}"

    @property
    def secrets(self) -> list[str]:
        """Every form of the secret, so that no output shows one."""
        token = self.login.token
        if self.login.auth != "basic":
            return [token]
        try:
            return [token, base64.b64decode(token, validate=True).decode().partition(":")[2]]
        except (binascii.Error, UnicodeDecodeError):
            return [token]


def find(params: dict[str, Any], address: Address, file: LoginFile) -> Credentials:
    """The credentials that a module's options give, else those of the login file.

    :param params: the module's parameters, with the options of ``argspec.GATEWAY``.
    :raises NoLogin: there are none. :raises MeshError: the login file cannot be understood.
    """
    if params["password"]:
        return Credentials.basic(params["user"], params["password"], "the option password")
    if params["token"]:
        return Credentials(Login("oauth2", params["token"]), "the option token")
    login = file.find(address.key)
    if login is None or not login.token:
        raise NoLogin(
            f"There is no login for {address.url}: give password or token, or log in with faas_login or faas-cli "
            f"first ({file.path} has none for it)."
        )
    return Credentials(login, f"the login file {file.path}")
