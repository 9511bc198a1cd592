# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Option specs of the modules that talk to a gateway, cut along the lines of the doc fragment."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback

# Where faas-cli looks.
STORE_URL = "https://raw.githubusercontent.com/openfaas/store/master/functions.json"

GATEWAY: dict[str, Any] = {
    "gateway": {"type": "str", "fallback": (env_fallback, ["OPENFAAS_URL"])},
    "user": {"type": "str", "default": "admin"},
    "password": {"type": "str", "no_log": True},
    "token": {"type": "str", "no_log": True},
    "password_secret": {
        "type": "dict",
        "no_log": False,
        "options": {
            "namespace": {"type": "str", "default": "openfaas"},
            "name": {"type": "str", "default": "basic-auth"},
        },
    },
    "allow_insecure": {"type": "bool", "default": False},
    "gateway_validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
}

_RESOURCES: dict[str, Any] = {"type": "dict", "options": {"memory": {"type": "str"}, "cpu": {"type": "str"}}}

FUNCTION: dict[str, Any] = {
    "image": {"type": "str"},
    "fprocess": {"type": "str"},
    "env": {"type": "dict", "aliases": ["environment"]},
    "labels": {"type": "dict"},
    "annotations": {"type": "dict"},
    "secrets": {"type": "list", "elements": "str", "no_log": False},
    "limits": _RESOURCES,
    "requests": _RESOURCES,
    "constraints": {"type": "list", "elements": "str"},
    "readonly_root_filesystem": {"type": "bool"},
    "store": {"type": "str"},
}

LISTS = ("functions", "stack_file", "stack_content")
"""The options that list several functions."""

LISTING: dict[str, Any] = {
    **FUNCTION,
    "name": {"type": "str"},
    "functions": {
        "type": "list",
        "elements": "dict",
        "options": {**FUNCTION, "name": {"type": "str", "required": True}, "namespace": {"type": "str"}},
    },
    "stack_file": {"type": "path"},
    "stack_content": {"type": "raw"},
    "stack_variables": {"type": "dict"},
    "filter": {"type": "str"},
    "regex": {"type": "str"},
}

STORE: dict[str, Any] = {
    "store_url": {"type": "str", "default": STORE_URL, "fallback": (env_fallback, ["OPENFAAS_STORE"])},
    "store_file": {"type": "path"},
}
