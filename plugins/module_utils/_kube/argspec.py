# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Option specs of the modules that work on a cluster, cut along the lines of the doc fragments."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback


def _option(name: str, **spec: Any) -> dict[str, Any]:
    return {"fallback": (env_fallback, [f"K8S_AUTH_{name}"]), **spec}


# Names and environment variables are kubernetes.core's, so that its users change nothing.
CONNECTION: dict[str, Any] = {
    "kubeconfig": _option("KUBECONFIG", type="path"),
    "context": _option("CONTEXT", type="str"),
    "host": _option("HOST", type="str"),
    "api_key": _option("API_KEY", type="str", no_log=True),
    "validate_certs": _option("VERIFY_SSL", type="bool"),
    "ca_cert": _option("SSL_CA_CERT", type="path"),
    "client_cert": _option("CERT_FILE", type="path"),
    "client_key": _option("KEY_FILE", type="path", no_log=False),
    "proxy": _option("PROXY", type="str"),
    "no_proxy": _option("NO_PROXY", type="str"),
    "impersonate_user": _option("IMPERSONATE_USER", type="str"),
    "impersonate_groups": _option("IMPERSONATE_GROUPS", type="list", elements="str"),
}

WAIT: dict[str, Any] = {
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 300},
}

PURGE = ("crds", "namespaces", "volumes", "load_balancers")

SET: dict[str, Any] = {
    "set_namespace": {"type": "str", "default": "faas-mesh"},
    "on_conflict": {"type": "str", "choices": ["fail", "take"], "default": "fail"},
    "prune": {"type": "bool", "default": True},
    "purge": {"type": "list", "elements": "str", "choices": list(PURGE), "default": []},
}


def is_given(params: dict[str, Any]) -> bool:
    """Whether the options (or their K8S_AUTH_ variables) name a cluster.

    The file that kubectl would take by itself does not count: a module that works without a
    cluster must not pick up whichever one the user last looked at.
    """
    return any(params.get(name) for name in ("kubeconfig", "context", "host"))
