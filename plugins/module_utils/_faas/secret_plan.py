# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be done about secrets: those asked for against those that the gateway lists."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._kube.connection import ApiError, Cluster
from .function import DEFAULT_NAMESPACE, Key
from .gateway import Gateway
from .plan import Verb
from .secret import Secret

Present = Mapping[Key, str]
"""The secrets that are there, with the namespace that each really is in."""

_UNSHOWN = "(not shown)"
_ANOTHER = "(another one, not shown)"
_UNKNOWN = "(not known, since the gateway never gives it back)"


@dataclass(frozen=True)
class Change:
    """One secret's part of a plan.

    :param verb: what is to be done, in the word that says it was done. :param secret: None for a removal.
    :param compared: whether the value that is there was seen.
    """

    key: Key
    verb: Verb
    secret: Secret | None = None
    compared: bool = False

    def difference(self) -> dict[str, Any]:
        """The change as Ansible's ``--diff`` shows it: never with a value."""
        before = {"created": "", "deleted": _UNSHOWN}.get(self.verb, _ANOTHER if self.compared else _UNKNOWN)
        return {
            "before_header": f"secret {self.key}",
            "after_header": f"secret {self.key} ({self.verb})",
            "before": {"value": before} if before else "",
            "after": {"value": _UNSHOWN} if self.secret else "",
        }


class Values:
    """The values that the cluster's Secrets hold, compared in memory and kept nowhere.

    :param cluster: None where none is given. :param warn: is told once where the cluster gives no Secret out.
    """

    def __init__(self, cluster: Cluster | None, warn: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._warn = warn

    def same(self, secret: Secret, namespace: str) -> bool | None:
        """Whether the cluster has the secret with this value; None where that cannot be seen.

        :raises MeshError: the cluster cannot be asked at all.
        """
        if self._cluster is None:
            return None
        try:
            found = self._cluster.get(_path(secret.key, namespace))
        except ApiError as error:
            if error.status != 403:
                raise
            self._cluster = None
            self._warn(f"The values of secrets cannot be compared, so update decides. {error}")
            return None
        if found is None:
            return False
        try:
            return base64.b64decode((found.get("data") or {}).get(secret.key.name) or "") == secret.value
        except binascii.Error:
            return False


def present(gateway: Gateway, keys: Sequence[Key]) -> dict[Key, str]:
    """Those of ``keys`` that are there: one request for each namespace. :raises MeshError: it cannot be read."""
    found: dict[Key, str] = {}
    for namespace in {key.namespace: None for key in keys}:
        listed = {entry.get("name"): entry.get("namespace") for entry in gateway.secrets(namespace)}
        for key in keys:
            if key.namespace == namespace and key.name in listed:
                found[key] = listed[key.name] or namespace or DEFAULT_NAMESPACE
    return found


def is_any_kept(cluster: Cluster, keys: Sequence[Key]) -> bool:
    """Whether the cluster has one of these Secrets, or does not tell. :raises MeshError: it cannot be asked."""
    try:
        return any(cluster.get(_path(key, key.namespace or DEFAULT_NAMESPACE)) for key in keys)
    except ApiError as error:
        if error.status != 403:
            raise
        return True


def deployments(secrets: Sequence[Secret], there: Present, values: Values, always: bool) -> list[Change]:
    """What brings each secret about, in the order asked for.

    :param always: whether a value that cannot be compared is written. :raises MeshError: the cluster cannot be asked.
    """
    return [_deployment(secret, there.get(secret.key), values, always) for secret in secrets]


def removals(keys: Sequence[Key], there: Present) -> list[Change]:
    """What removes each secret, in the order asked for."""
    return [Change(key, "deleted" if key in there else "unchanged") for key in keys]


def _path(key: Key, namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets/{key.name}"


def _deployment(secret: Secret, namespace: str | None, values: Values, always: bool) -> Change:
    if namespace is None:
        return Change(secret.key, "created", secret)
    same = values.same(secret, namespace)
    stays = not always if same is None else same
    return Change(secret.key, "unchanged" if stays else "updated", secret, same is not None)
