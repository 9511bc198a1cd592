# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection options of a forward: as its process needs them, and as its file may know them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import Any

from .._kube.argspec import CONNECTION
from .._kube.digests import digest

# Options that are paths, which have to lead to the same file from any folder.
_PATHS = [name for name, spec in CONNECTION.items() if spec["type"] == "path"]


def options(params: Mapping[str, Any]) -> dict[str, Any]:
    """The connection options among a module's parameters, with absolute paths."""
    given: dict[str, Any] = {name: params.get(name) for name in CONNECTION}
    return {**given, **{name: os.path.abspath(given[name]) for name in _PATHS if given[name]}}


def sealed(connection: Mapping[str, Any], salt: str = "") -> str:
    """A text that tells whether two connections are the same, and nothing else of them.

    :param salt: of an earlier text, to compare with it; without it, a new one is made.
    """
    salt = salt or secrets.token_hex(16)
    return f"{salt}:{digest([salt, dict(connection), _kubeconfigs(connection)])}"


def is_same(connection: Mapping[str, Any], seal: str) -> bool:
    """Whether ``seal`` was made of this connection."""
    return sealed(connection, seal.partition(":")[0]) == seal


def files(connection: Mapping[str, Any]) -> list[str]:
    """The files that the connection is made of; not all of them need be there."""
    named = [connection[name] for name in _PATHS if connection[name]]
    return named + _kubeconfigs(connection)


def _kubeconfigs(connection: Mapping[str, Any]) -> list[str]:
    """The files that kubectl would take by itself, where the options name none."""
    if connection["kubeconfig"] or connection["host"]:
        return []
    return (os.environ.get("KUBECONFIG") or os.path.expanduser("~/.kube/config")).split(os.pathsep)
