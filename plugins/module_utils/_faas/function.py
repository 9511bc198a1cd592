# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A function as a user asks for it, and as a gateway shows it, in one form that can be compared."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._errors import MeshError
from .._kube.quantity import amount, canonical
from .texts import texts
from .workload import Workload

Settings = dict[str, Any]

# The gateway's own rule, and the length that a Service's name may have.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")

DEFAULT_NAMESPACE = "openfaas-fn"
DIGESTS = "faas.mesh/config-hash"
"""The annotation that remembers what the gateway does not give back: NAME=DIGEST, joined with commas."""
OWNER = "faas.mesh/owner"
"""The label that names the inventory to which a function belongs."""

_UNRETURNED = {"env": "envVars", "constraints": "constraints", "readonly_root_filesystem": "readOnlyRootFilesystem"}
_LABELS_OF_PROVIDER = ("faas_function", "uid")
_ANNOTATIONS_OF_OTHERS = ("prometheus.io.scrape", "kubectl.kubernetes.io/restartedAt")


@dataclass(frozen=True)
class Key:
    """Which function: its name, and its namespace where one was named."""

    name: str
    namespace: str | None = None

    @classmethod
    def checked(cls, name: str, namespace: str | None = None) -> Key:
        """A key whose name a gateway can take. :raises MeshError: it cannot."""
        if not _NAME.fullmatch(name):
            raise MeshError(
                f"'{name}' is no name for a function: use at most 63 lower-case letters, digits and hyphens, "
                "with a letter or digit at both ends."
            )
        return cls(name, namespace or None)

    def __str__(self) -> str:
        return f"{self.name}.{self.namespace}" if self.namespace else self.name


def refuse_repeated(keys: Iterable[Key], kind: str = "function") -> None:
    """Stop where something is asked for twice, also where its namespace is named only once.

    :param kind: what the keys name. :raises MeshError: naming it.
    """
    seen: dict[Key, Key] = {}
    for key in keys:
        same = seen.setdefault(replace(key, namespace=key.namespace or DEFAULT_NAMESPACE), key)
        if same is key:
            continue
        name, how = (key, "") if same == key else (key.name, f", with the namespace {DEFAULT_NAMESPACE} and without it")
        raise MeshError(f"{kind.capitalize()} '{name}' is listed twice{how}: give each {kind} once.")


@dataclass(frozen=True)
class Function:
    """A function as it should be.

    :param settings: every setting under its option's name, in canonical form: quantities as the API server writes
        them, lists sorted, nothing left out. It is what a diff shows.
    """

    key: Key
    settings: Settings

    @classmethod
    def of_options(cls, key: Key, options: Mapping[str, Any], owner: str | None = None) -> Function:
        """The function that a module's options describe; an option left out means empty, as the gateway has it.

        :param options: the options of ``argspec.FUNCTION``. :param owner: the inventory that it is to belong to.
        :raises MeshError: a value that no gateway would take.
        """
        if not options.get("image"):
            raise MeshError(f"Function '{key}' has no image: give one, or remove the function with state: absent.")
        env = texts(options.get("env"), f"env of function '{key}'")
        # The provider keeps the process among the variables: both spellings are one setting.
        fprocess = env.pop("fprocess", "")
        if fprocess and options.get("fprocess") not in (None, "", fprocess):
            raise MeshError(f"Function '{key}' has two values for fprocess, one of them in env: give one.")
        labels = texts(options.get("labels"), f"labels of function '{key}'")
        taken = sorted(set(labels) & set(_LABELS_OF_PROVIDER))
        if taken:
            raise MeshError(f"Function '{key}': OpenFaaS sets the label {taken[0]} itself: leave it out.")
        if OWNER in labels:
            raise MeshError(f"Function '{key}': the label {OWNER} is written by this collection: use owner.")
        if owner:
            labels = dict(sorted({**labels, OWNER: owner}.items()))
        annotations = texts(options.get("annotations"), f"annotations of function '{key}'")
        if DIGESTS in annotations:
            raise MeshError(f"Function '{key}': the annotation {DIGESTS} is written by this collection: leave it out.")
        limits = _resources(options.get("limits"), f"limits of function '{key}'")
        requests = _resources(options.get("requests"), f"requests of function '{key}'")
        _refuse_more_than(limits, requests, key)
        return cls(
            key,
            {
                "image": options["image"],
                "fprocess": options.get("fprocess") or fprocess,
                "env": env,
                "labels": labels,
                "annotations": annotations,
                "secrets": sorted(set(options.get("secrets") or ())),
                "limits": limits,
                "requests": requests,
                "constraints": sorted(set(options.get("constraints") or ())),
                "readonly_root_filesystem": bool(options.get("readonly_root_filesystem")),
            },
        )

    def with_image(self, image: str) -> Function:
        """The same function with another image."""
        return replace(self, settings={**self.settings, "image": image})

    @property
    def digests(self) -> dict[str, str]:
        """A digest for each setting that the gateway does not give back."""
        return {name: _digest(self.settings[name]) for name in _UNRETURNED}

    def deployment(self) -> dict[str, Any]:
        """The gateway's FunctionDeployment; settings that are empty are left out."""
        settings = self.settings
        remembered = ",".join(f"{name}={digest}" for name, digest in self.digests.items())
        document = {
            "service": self.key.name,
            "namespace": self.key.namespace,
            "image": settings["image"],
            "envProcess": settings["fprocess"],
            "envVars": settings["env"],
            "constraints": settings["constraints"],
            "secrets": settings["secrets"],
            "labels": settings["labels"],
            "annotations": {**settings["annotations"], DIGESTS: remembered},
            "limits": settings["limits"],
            "requests": settings["requests"],
            "readOnlyRootFilesystem": settings["readonly_root_filesystem"],
        }
        return {name: value for name, value in document.items() if value}


@dataclass(frozen=True)
class Status:
    """A function as the gateway shows it.

    :param document: its FunctionStatus. :param workload: its Deployment, where the cluster was asked.
    """

    document: Mapping[str, Any]
    workload: Workload | None = None

    @property
    def namespace(self) -> str:
        """The namespace that the function really is in."""
        return str(self.document.get("namespace") or DEFAULT_NAMESPACE)

    @property
    def replicas(self) -> int:
        """How many replicas are wanted."""
        return int(self.document.get("replicas") or 0)

    @property
    def available(self) -> int:
        """How many replicas answer."""
        return int(self.document.get("availableReplicas") or 0)

    @property
    def uid(self) -> str:
        """A mark that every write of the provider changes, empty after the first."""
        return str((self.document.get("labels") or {}).get("uid", ""))

    @property
    def owner(self) -> str | None:
        """The inventory that the function belongs to."""
        return (self.document.get("labels") or {}).get(OWNER)

    @property
    def is_foreign(self) -> bool:
        """Whether another tool deployed it last."""
        return DIGESTS not in (self.document.get("annotations") or {})

    def shows(self, wanted: Function) -> bool:
        """Whether the function is as it should be, as far as the gateway alone can tell."""
        return replace(self, workload=None).settings(wanted) == wanted.settings

    def settings(self, wanted: Function | None = None) -> Settings:
        """The settings in the form of ``Function.settings``, less what the provider adds by itself.

        :param wanted: what to compare with. A setting that the gateway does not give back is the Deployment's where
            that is known, else it has this one's value where its digest says so and a sentence in its place where not;
            without ``wanted`` it is left out.
        """
        document = self.document
        asked = wanted.settings if wanted else {"labels": {}, "annotations": {}}
        labels, annotations = document.get("labels") or {}, document.get("annotations") or {}
        settings = {
            "image": document.get("image") or "",
            "fprocess": document.get("envProcess") or "",
            "labels": {key: value for key, value in labels.items() if key not in _LABELS_OF_PROVIDER},
            "annotations": {
                key: value
                for key, value in annotations.items()
                if key != DIGESTS and (key not in _ANNOTATIONS_OF_OTHERS or key in asked["annotations"])
            },
            "secrets": sorted(document.get("secrets") or ()),
            "limits": _resources(document.get("limits"), "limits"),
            "requests": _resources(document.get("requests"), "requests"),
        }
        if wanted is not None:
            settings.update(self._unreturned(wanted, annotations.get(DIGESTS, "")))
        return {name: settings[name] for name in (wanted.settings if wanted else settings)}

    def _unreturned(self, wanted: Function, remembered: str) -> Settings:
        digests = dict(part.split("=", 1) for part in remembered.split(",") if "=" in part)
        found = self._of_workload(wanted)
        for name, field in _UNRETURNED.items():
            if name in found:
                continue
            if self.document.get(field):
                found[name] = _canonical(name, self.document[field])
            elif name not in digests:
                found[name] = "(not given back by the gateway, and not remembered: deployed with another tool)"
            elif digests[name] == wanted.digests[name]:
                found[name] = wanted.settings[name]
            else:
                found[name] = "(another value, which the gateway does not give back)"
        return found

    def _of_workload(self, wanted: Function) -> Settings:
        if self.workload is None:
            return {}
        constraints = self.workload.constraints(wanted.settings["constraints"])
        return {
            "env": dict(sorted(self.workload.env.items())),
            "readonly_root_filesystem": self.workload.readonly_root_filesystem,
            **({} if constraints is None else {"constraints": constraints}),
        }

    def facts(self) -> dict[str, Any]:
        """Everything that the gateway tells, under the names of the options."""
        document = self.document
        return {
            "name": document.get("name"),
            "namespace": self.namespace,
            **self.settings(),
            "replicas": self.replicas,
            "available_replicas": self.available,
            "invocation_count": int(document.get("invocationCount") or 0),
            "created_at": document.get("createdAt"),
        }


def _canonical(name: str, value: Any) -> Any:
    if name == "env":
        return {key: text for key, text in value.items() if key != "fprocess"}
    return sorted(value) if name == "constraints" else value


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def _resources(given: Mapping[str, Any] | None, what: str) -> dict[str, str]:
    """The quantities in canonical form; zero means unset, as the provider gives an unset sibling back."""
    parsed = {
        name: canonical(str(given[name]), f"{what}, {name}")
        for name in ("memory", "cpu")
        if given and given.get(name) not in (None, "")
    }
    for name, text in parsed.items():
        if text.startswith("-"):
            raise MeshError(f"{what}, {name}: '{given and given[name]}' is below zero, which Kubernetes refuses.")
    return {name: text for name, text in parsed.items() if text != "0"}


def _refuse_more_than(limits: Mapping[str, str], requests: Mapping[str, str], key: Key) -> None:
    for name in sorted(limits.keys() & requests.keys()):
        if amount(requests[name], "requests") > amount(limits[name], "limits"):
            raise MeshError(
                f"Function '{key}' requests more {name} ({requests[name]}) than its limit ({limits[name]}), which "
                "Kubernetes refuses: raise the limit or lower the request."
            )


def checked_owner(owner: str) -> str:
    """An owner's name that can be a label's value. :raises MeshError: it cannot."""
    if not _LABEL_VALUE.fullmatch(owner):
        raise MeshError(
            f"'{owner}' is no name for an owner: use at most 63 letters, digits, hyphens, underscores and dots, with a "
            "letter or digit at both ends."
        )
    return owner
