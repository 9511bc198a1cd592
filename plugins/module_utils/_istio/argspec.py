# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Option specs of the modules that lead calls of functions, as the doc fragment ``traffic`` describes them."""

from __future__ import annotations

from typing import Any

TRAFFIC: dict[str, Any] = {
    "namespace": {"type": "str", "default": "openfaas"},
    "functions_namespace": {"type": "str", "default": "openfaas-fn"},
    "ingress_api": {"type": "str", "choices": ["istio", "gateway"], "default": "istio"},
    "ingress_namespace": {"type": "str", "default": "istio-system"},
    "api": {"type": "str", "default": "openfaas-api"},
    "set_namespace": {"type": "str", "default": "faas-mesh"},
    "on_conflict": {"type": "str", "choices": ["fail", "take"], "default": "fail"},
    "timeout": {"type": "int", "default": 300},
}
