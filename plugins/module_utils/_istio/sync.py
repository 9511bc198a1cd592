# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether proxies have the configuration that istiod sent them, by istiod's own data (its debug page ``syncz``)."""

from __future__ import annotations

import json
from typing import Any

from .._errors import MeshError

# istiod answers its debug pages without a login to callers on its own loopback only: a port-forward is one.
PORT = 8080
PAGE = "/debug/syncz"
SYNCED, STALE, NOT_SENT = "SYNCED", "STALE", "NOT SENT"
# As istioctl proxy-status names the kinds of configuration.
KINDS = {"cds": "cluster", "lds": "listener", "rds": "route", "eds": "endpoint"}

State = dict[str, str]


def parsed(page: str, istiod: str) -> dict[str, State]:
    """The state of each proxy that one istiod serves, by ``namespace/pod``.

    :param page: the text of ``syncz``. :param istiod: the pod that it comes from.
    :return: of each kind of configuration whether it is SYNCED, STALE (sent, and not acknowledged yet) or NOT SENT,
        with the proxy's ``version`` and the ``istiod`` that serves it.
    :raises MeshError: the page is not as Istio 1.31 writes it.
    """
    try:
        entries: list[dict[str, Any]] = json.loads(page) or []
        return {_pod(entry["proxy"]): _state(entry, istiod) for entry in entries}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MeshError(f"Pod {istiod} answers {PAGE} with something else than the state of its proxies.") from error


def _pod(proxy: str) -> str:
    """``namespace/pod`` of a proxy's id ``pod.namespace``; pods may have dots in their names, namespaces have none."""
    name, __, namespace = proxy.rpartition(".")
    return f"{namespace}/{name}"


def _state(entry: dict[str, Any], istiod: str) -> State:
    states = {kind: _of(entry.get(f"{name}_sent"), entry.get(f"{name}_acked")) for kind, name in KINDS.items()}
    return {**states, "version": str(entry.get("istio_version") or ""), "istiod": istiod}


def _of(sent: str | None, acked: str | None) -> str:
    if not sent:
        return NOT_SENT
    return SYNCED if sent == acked else STALE
