# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Secret with the user and password of the OpenFaaS gateway, under the names that its chart mounts."""

from __future__ import annotations

import base64
import binascii
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import MeshError

USER_KEY = "basic-auth-user"
PASSWORD_KEY = "basic-auth-password"
ROTATED = "faas.mesh/rotated"
PASSWORD_LENGTH = 40


def secret_path(namespace: str, name: str) -> str:
    """The path of the Secret."""
    return f"/api/v1/namespaces/{namespace}/secrets/{name}"


def new_password() -> str:
    """40 random letters and digits (238 bits), safe in a URL, a shell and a prompt."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for __ in range(PASSWORD_LENGTH))


@dataclass(frozen=True)
class BasicAuth:
    """The gateway's credentials. ``rotated`` is when the password was last replaced (ISO 8601), empty for never."""

    user: str
    password: str
    rotated: str = ""

    def secret(self, namespace: str, name: str) -> dict[str, Any]:
        """The Secret object that holds these credentials."""
        metadata: dict[str, Any] = {"name": name, "namespace": namespace}
        if self.rotated:
            metadata["annotations"] = {ROTATED: self.rotated}
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "type": "Opaque",
            "data": {USER_KEY: _encoded(self.user), PASSWORD_KEY: _encoded(self.password)},
        }


def from_secret(secret: Mapping[str, Any]) -> BasicAuth:
    """The credentials in a Secret of the cluster.

    :raises MeshError: a key is missing, empty, or no text.
    """
    annotations = secret["metadata"].get("annotations") or {}
    return BasicAuth(_value(secret, USER_KEY), _value(secret, PASSWORD_KEY), annotations.get(ROTATED, ""))


def wanted(live: Mapping[str, Any] | None, user: str, *, rotate: bool, now: str) -> BasicAuth:
    """The credentials that the cluster should have, given the Secret that it has.

    :param user: the name for a new Secret; an existing one keeps its own.
    :param rotate: whether an existing password is replaced; ``now`` is then when.
    :raises MeshError: the Secret cannot be read as credentials.
    """
    if live is None:
        return BasicAuth(user, new_password())
    current = from_secret(live)
    return BasicAuth(current.user, new_password(), now) if rotate else current


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _value(secret: Mapping[str, Any], key: str) -> str:
    try:
        value = base64.b64decode((secret.get("data") or {}).get(key) or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        value = ""
    if not value:
        where = f"{secret['metadata']['namespace']}/{secret['metadata']['name']}"
        raise MeshError(
            f"Secret {where} is there without a readable {key}: put one into it, "
            "or delete the Secret to have a new one made."
        )
    return value
