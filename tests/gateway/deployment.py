"""A FunctionDeployment, the document that deploys a function: read, checked, and turned into a FunctionStatus."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .quantity import canonical

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
MOST_REPLICAS = 5
_PRO_LABELS = ("com.openfaas.scale.zero-duration", "com.openfaas.scale.target", "com.openfaas.scale.type")
_SCALE_MIN = "com.openfaas.scale.min"
_SCALE_MAX = "com.openfaas.scale.max"


class Invalid(Exception):
    """A document that is refused with 400; the text says why."""


@dataclass(frozen=True)
class Deployment:
    """What a client asks for. `limits` and `requests` hold `memory` and `cpu` as the client wrote them."""

    service: str
    image: str
    env_process: str = ""
    env_vars: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)
    read_only_root_filesystem: bool = False

    @property
    def least_replicas(self) -> int | None:
        """What the label for the minimum asks for, None without a usable one."""
        asked = self.labels.get(_SCALE_MIN, "")
        return int(asked) if asked.isdecimal() and int(asked) > 0 else None

    def canonical_resources(self) -> tuple[dict[str, str] | None, dict[str, str] | None]:
        """Limits and requests in the API server's spelling, None for a pair with nothing set; raises Invalid."""
        return _canonical_pair(self.limits), _canonical_pair(self.requests)


def _canonical_pair(given: Mapping[str, str]) -> dict[str, str] | None:
    """Memory and cpu in the API server's spelling; the one that is not set beside the other is `0`."""
    try:
        pair = {key: canonical(given.get(key, "")) for key in ("memory", "cpu")}
    except ValueError as error:
        raise Invalid(str(error)) from error
    return pair if set(pair.values()) != {"0"} else None


def read_deployment(body: bytes, namespace: str) -> Deployment:
    """The document of a POST or PUT to /system/functions; raises Invalid with the provider's reasons.

    Quantities are not looked at here: a POST refuses bad ones, a PUT says 200 and does nothing.
    """
    try:
        given = json.loads(body)
    except ValueError as error:
        raise Invalid(f"the request is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise Invalid("the request is not a JSON object")
    reader = _Reader(given)
    deployment = Deployment(
        service=reader.string("service"),
        image=reader.string("image"),
        env_process=reader.string("envProcess"),
        env_vars=reader.strings("envVars"),
        constraints=reader.names("constraints"),
        secrets=reader.names("secrets"),
        labels=reader.strings("labels"),
        annotations={"prometheus.io.scrape": "false"} | reader.strings("annotations"),
        limits=reader.strings("limits"),
        requests=reader.strings("requests"),
        read_only_root_filesystem=reader.flag("readOnlyRootFilesystem"),
    )
    _check(deployment)
    wanted = reader.string("namespace") or namespace
    if wanted != namespace:
        raise Invalid(f"namespace must be: {namespace}")
    _check_annotations(deployment.annotations)
    return deployment


def _check(deployment: Deployment) -> None:
    """The rules for names, images and the labels that the Community Edition does not sell."""
    if not deployment.service:
        raise Invalid("validation failed: a service is required")
    if not NAME.fullmatch(deployment.service):
        raise Invalid(f"validation failed: service ({deployment.service}) is not a valid DNS label")
    if not deployment.image:
        raise Invalid("validation failed: an image is required")
    refused = [label for label in _PRO_LABELS if label in deployment.labels]
    if deployment.labels.get("com.openfaas.scale.zero") == "true":
        refused.append("com.openfaas.scale.zero")
    for label in (_SCALE_MIN, _SCALE_MAX):
        value = deployment.labels.get(label, "")
        if value.isdecimal() and int(value) > MOST_REPLICAS:
            refused.append(label)
    if refused:
        raise Invalid(f"validation failed: the Community Edition does not take {refused[0]} with this value")


def _check_annotations(annotations: Mapping[str, str]) -> None:
    """The annotations that the Community Edition does not sell."""
    if "," in annotations.get("topic", ""):
        raise Invalid("the Community Edition takes one topic in the annotation, not a list")
    for key in annotations:
        if "amazonaws.com" in key or "gke.io" in key:
            raise Invalid(f"the Community Edition does not take the annotation {key}")


class _Reader:
    """Typed reading of a JSON object in which any key may be missing or null."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given

    def string(self, key: str) -> str:
        return str(self._typed(key, str, ""))

    def flag(self, key: str) -> bool:
        return bool(self._typed(key, bool, False))

    def strings(self, key: str) -> dict[str, str]:
        pairs: dict[str, str] = self._typed(key, dict, {})
        for name, value in pairs.items():
            if not isinstance(value, str):
                raise Invalid(f"the request's {key}.{name} is not a string")
        return dict(pairs)

    def names(self, key: str) -> tuple[str, ...]:
        items: list[str] = self._typed(key, list, [])
        if not all(isinstance(item, str) for item in items):
            raise Invalid(f"the request's {key} is not a list of strings")
        return tuple(items)

    def _typed(self, key: str, kind: type, default: Any) -> Any:
        value = self._given.get(key)
        if value is None:
            return default
        if not isinstance(value, kind):
            raise Invalid(f"the request's {key} is not a {kind.__name__}")
        return value


def status_document(
    deployment: Deployment,
    *,
    namespace: str,
    labels: Mapping[str, str],
    replicas: int,
    available: int,
    created_at: str,
) -> dict[str, Any]:
    """The FunctionStatus of a deployment: never its environment, constraints or read-only flag (faas-netes#922).

    Keys with an empty value are left out, zero replicas among them; `labels` are those of the pods.
    """
    limits, requests = deployment.canonical_resources()
    given = {
        "name": deployment.service,
        "image": deployment.image,
        "namespace": namespace,
        "envProcess": deployment.env_process,
        "secrets": sorted(deployment.secrets),
        "labels": dict(labels),
        "annotations": dict(deployment.annotations),
        "limits": limits,
        "requests": requests,
        "replicas": replicas,
        "availableReplicas": available,
        "createdAt": created_at,
    }
    return {key: value for key, value in given.items() if value}
