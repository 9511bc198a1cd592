# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fields that another controller writes by design: we start them and hand them over.

A shared field is sent when the object is made, and for as long as nobody else owns it; once its controller does, it
is left out. Letting go earlier would reset it to the API's default (replicas fall to 1, a webhook's failurePolicy
becomes Fail).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from .connection import Object
from .objects import Identity
from .ownership import Path, entry_key, field_path, holds, owners

REPLICAS = field_path("spec", "replicas")
ScaleTargets = frozenset[tuple[str, str, str]]


def scale_targets(objects: Iterable[Object]) -> ScaleTargets:
    """What the HorizontalPodAutoscalers among objects scale, as (kind, namespace, name)."""
    return frozenset(
        (
            obj["spec"]["scaleTargetRef"]["kind"],
            obj["metadata"].get("namespace", ""),
            obj["spec"]["scaleTargetRef"]["name"],
        )
        for obj in objects
        if obj["kind"] == "HorizontalPodAutoscaler" and (obj.get("spec") or {}).get("scaleTargetRef")
    )


def paths(obj: Object, live: Object | None, scaled: ScaleTargets) -> list[Path]:
    """The shared fields of an object.

    :param live: the object as it is, or None. :param scaled: what the batch's autoscalers scale.

    ``replicas`` are the autoscaler's, of this batch or of somebody else. A webhook's ``caBundle`` is its controller's
    unless the document gives one, and so is the ``failurePolicy`` of a validating webhook that is rendered with
    Ignore: istiod raises it to Fail when it is up (istio#52785).
    """
    identity = Identity.of(obj)
    found: list[Path] = []
    if (identity.kind, identity.namespace, identity.name) in scaled or _is_autoscaled(live):
        found.append(REPLICAS)
    if identity.group == "admissionregistration.k8s.io":
        for webhook in obj.get("webhooks") or []:
            entry = ("f:webhooks", entry_key(name=webhook.get("name")))
            if not (webhook.get("clientConfig") or {}).get("caBundle"):
                found.append((*entry, *field_path("clientConfig", "caBundle")))
            if identity.kind == "ValidatingWebhookConfiguration" and webhook.get("failurePolicy") == "Ignore":
                found.append((*entry, *field_path("failurePolicy")))
    return found


def _is_autoscaled(live: Object | None) -> bool:
    """Whether the HorizontalPodAutoscaler's controller, or one that works like it, has set ``replicas``."""
    return live is not None and any(
        entry.get("manager") == "kube-controller-manager"
        and entry.get("subresource") == "scale"
        and holds(entry.get("fieldsV1") or {}, REPLICAS)
        for entry in live["metadata"].get("managedFields") or []
    )


def to_send(obj: Object, live: Object | None, shared: list[Path], manager: str) -> Object:
    """The document to apply: ``obj`` with each shared field as its present owner asks.

    :param live: the object as it is, or None where it is about to be made.
    """
    sent = copy.deepcopy(obj)
    for path in shared:
        if path[-1] == "f:caBundle":
            # An empty one, as charts render it, would take away what the controller put there.
            _remove(sent, path)
        elif live is not None:
            held_by = set(owners(live, path))
            if held_by - {manager}:
                _remove(sent, path)
            elif held_by:
                _set(sent, path, _value(live, path))
    return sent


def without_shared(obj: Object, shared: list[Path]) -> Object:
    """A copy of a document without its shared fields, as the receipt's digest counts it."""
    left = copy.deepcopy(obj)
    for path in shared:
        _remove(left, path)
    return left


def _parent(obj: Any, path: Path) -> Any:
    for part in path[:-1]:
        kind, __, key = part.partition(":")
        if kind == "f":
            obj = obj.get(key) if isinstance(obj, dict) else None
        else:
            obj = next((entry for entry in obj or [] if part == entry_key(name=entry.get("name"))), None)
        if obj is None:
            return None
    return obj


def _remove(obj: Object, path: Path) -> None:
    parent = _parent(obj, path)
    if parent is not None:
        parent.pop(path[-1][2:], None)


def _value(obj: Object, path: Path) -> Any:
    parent = _parent(obj, path)
    return None if parent is None else parent.get(path[-1][2:])


def _set(obj: Object, path: Path, value: Any) -> None:
    parent = _parent(obj, path)
    if parent is not None and value is not None:
        parent[path[-1][2:]] = value
