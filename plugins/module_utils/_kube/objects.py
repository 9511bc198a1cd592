# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kubernetes objects as documents: their identity, their checks and their order."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from .._errors import MeshError
from .._libraries import required
from .connection import Object


@dataclass(frozen=True, order=True)
class Identity:
    """What names an object in a cluster, whatever version of its API is spoken."""

    group: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, obj: Object) -> Identity:
        """The identity of a document."""
        metadata = obj["metadata"]
        return cls.named(obj["apiVersion"], obj["kind"], metadata.get("namespace") or "", metadata["name"])

    @classmethod
    def named(cls, api_version: str, kind: str, namespace: str, name: str) -> Identity:
        """The identity of the object that these name; ``namespace`` is empty for one that has none."""
        return cls(api_version.rpartition("/")[0], kind, namespace, name)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def parsed(text: str, source: str) -> list[Object]:
    """The objects of a YAML text.

    :param source: where it comes from, for messages.
    :raises MeshError: with the line, when it is no YAML or not a list of objects.
    """
    yaml = required("yaml", "PyYAML")
    try:
        documents = list(yaml.load_all(text, Loader=_loader()))
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        # What the parser quotes may be a part of a Secret's value.
        problem = re.sub(r" '[^']{2,}'", "", str(error.problem))
        raise MeshError(f"{source}{line} is not valid YAML: {problem}.") from error
    return flattened(documents, source)


_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)$")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)$"
    r"|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
)


@cache
def _loader() -> Any:
    """YAML as Kubernetes reads it: a date and a time of day (10:30) stay text, a plain = too, and 1e3 is a number."""
    yaml = required("yaml", "PyYAML")
    loader: Any = type("KubernetesLoader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    kept = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:merge", "tag:yaml.org,2002:null")
    loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag in kept]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("-+0123456789"))
    loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))
    return loader


def flattened(documents: Iterable[Any], source: str) -> list[Object]:
    """The objects among documents, with Lists opened and empty documents left out.

    :raises MeshError: for a document that is not an object with apiVersion, kind and a name.
    """
    return [
        obj for number, document in enumerate(documents, 1) for obj in _opened(document, f"{source}, document {number}")
    ]


def _opened(document: Any, where: str) -> Iterator[Object]:
    if document is None or document == {}:
        return
    if not isinstance(document, dict):
        raise MeshError(
            f"{where} is not a Kubernetes object: it has to be a mapping with apiVersion, kind and metadata."
        )
    if str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _opened(item, where)
        return
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    for key, value in (
        ("apiVersion", document.get("apiVersion")),
        ("kind", document.get("kind")),
        ("metadata.name", name),
    ):
        if not isinstance(value, str) or not value:
            raise MeshError(f"{where} has no {key} (kind {document.get('kind')!r}, name {name!r}): add it.")
    yield document


def prepared(obj: Object) -> Object:
    """A copy of a document as it is sent: what only the server writes is gone, stringData is data.

    :raises MeshError: for two entries of one key in a keyed list, which the API server answers with a 500
        (kubernetes#121575), and for a Secret's value that is not text, which it would repeat in its answer.
    """
    _refuse_twins(obj)
    clean = copy.deepcopy(obj)
    clean.pop("status", None)
    for name in ("managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"):
        clean["metadata"].pop(name, None)
    if clean["kind"] == "Secret" and clean["apiVersion"] == "v1":
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in _texts(clean, "stringData").items()}
        # The server takes base64 with line breaks, and gives it back without.
        data = {key: "".join(value.split()) for key, value in _texts(clean, "data").items()}
        for key in ("data", "stringData"):
            clean.pop(key, None)
        if data or encoded:
            clean["data"] = {**data, **encoded}
    return clean


def _texts(secret: Object, key: str) -> dict[str, str]:
    values = secret.get(key) or {}
    for name, value in values.items() if isinstance(values, dict) else [("", values)]:
        if not isinstance(value, str):
            raise MeshError(f"{Identity.of(secret)}: {key}.{name} is not text: put it into quotes.")
    return dict(values)


_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "imagePullSecrets": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "webhooks": ("name",),
}
_BUILT_IN = ("", "apps", "batch", "admissionregistration.k8s.io")


def _refuse_twins(obj: Object) -> None:
    identity = Identity.of(obj)
    if identity.group in _BUILT_IN:
        _look_for_twins(obj, "", identity)


def _look_for_twins(value: Any, path: str, identity: Identity) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            if isinstance(inner, list) and _keys_of(name, identity):
                _refuse_twin_entries(inner, _keys_of(name, identity), here, identity)
            _look_for_twins(inner, here, identity)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _look_for_twins(inner, f"{path}[{number}]", identity)


def _keys_of(name: str, identity: Identity) -> tuple[str, ...]:
    if name == "ports":
        return ("port", "protocol") if identity.kind == "Service" else ("containerPort", "protocol")
    return _KEYS.get(name, ())


def _refuse_twin_entries(entries: list[Any], keys: tuple[str, ...], path: str, identity: Identity) -> None:
    seen: set[tuple[Any, ...]] = set()
    for entry in entries:
        if not isinstance(entry, dict) or entry.get(keys[0]) is None:
            continue
        key = tuple(entry.get(part, "TCP" if part == "protocol" else None) for part in keys)
        if key in seen:
            raise MeshError(
                f"{identity} has two entries with {keys[0]} {entry[keys[0]]!r} in {path}: remove one, "
                "the API server cannot tell them apart."
            )
        seen.add(key)


# What has to be there before what: a step is done, and for CRDs waited for, before the next begins.
NAMESPACES, DEFINITIONS, CONFIGURATION, MUTATING, WORKLOADS, VALIDATING = range(6)
STEPS = (
    "namespaces",
    "custom resource definitions",
    "configuration",
    "mutating webhooks",
    "workloads",
    "validating webhooks",
)

_STEP = {
    ("", "Namespace"): NAMESPACES,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): DEFINITIONS,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): MUTATING,
    ("", "Pod"): WORKLOADS,
    ("", "ReplicationController"): WORKLOADS,
    ("apps", "Deployment"): WORKLOADS,
    ("apps", "StatefulSet"): WORKLOADS,
    ("apps", "DaemonSet"): WORKLOADS,
    ("apps", "ReplicaSet"): WORKLOADS,
    ("batch", "Job"): WORKLOADS,
    ("batch", "CronJob"): WORKLOADS,
    ("apiregistration.k8s.io", "APIService"): WORKLOADS,
    # Its open Challenge is ended by way of its Issuer, which has to be there until then.
    ("cert-manager.io", "Certificate"): WORKLOADS,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): VALIDATING,
}


def step(identity: Identity) -> int:
    """The step of an apply in which objects of this kind are written (an index of STEPS)."""
    return _STEP.get((identity.group, identity.kind), CONFIGURATION)
