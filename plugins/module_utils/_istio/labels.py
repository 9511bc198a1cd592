# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The labels by which Istio's own objects are known (istio/istio, operator/pkg/manifest, release 1.31)."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

DEFAULT = "default"

REVISION = "istio.io/rev"
TAG = "istio.io/tag"
COMPONENT = "operator.istio.io/component"
OWNER = "install.operator.istio.io/owning-resource"
OWNER_NAMESPACE = "install.operator.istio.io/owning-resource-namespace"
NOT_PRUNED = "install.operator.istio.io/owning-resource-not-pruned"
MANAGED = "operator.istio.io/managed"
VERSION = "operator.istio.io/version"


def labels_of(obj: Object) -> dict[str, str]:
    """An object's labels."""
    labels: dict[str, str] = obj["metadata"].get("labels") or {}
    return labels


def labelled(obj: Object, labels: dict[str, str]) -> Object:
    """A copy of an object with these labels on top of its own."""
    return {**obj, "metadata": {**obj["metadata"], "labels": {**labels_of(obj), **labels}}}
