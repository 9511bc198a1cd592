# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The DestinationRules that leave out a version's pods that fail, whatever kind of route leads calls there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._kube.connection import Object
from .route import Route, object_name


def documents(route: Route, namespace: str) -> list[Object]:
    """One for each function with a weight, where the route asks for it."""
    outliers: Mapping[str, Any] = route.options.get("outlier_detection") or {}
    return [_rule(target, namespace, outliers) for target in route.weights] if outliers else []


def _rule(target: str, namespace: str, outliers: Mapping[str, Any]) -> Object:
    detection = {
        "consecutive5xxErrors": outliers["consecutive_errors"],
        "interval": outliers["interval"],
        "baseEjectionTime": outliers["ejection_time"],
        "maxEjectionPercent": outliers["max_ejection_percent"],
    }
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": object_name(target), "namespace": namespace},
        "spec": {"host": target, "trafficPolicy": {"outlierDetection": detection}},
    }
