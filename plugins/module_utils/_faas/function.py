# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A function as a user asks for it, and as a gateway shows it, in one form that can be compared."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import MeshError
from .quantity import canonical

Settings = dict[str, Any]

# The gateway's own rule, and the length that a Service's name may have.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")

DEFAULT_NAMESPACE = "openfaas-fn"
DIGESTS = "faas.mesh/config-hash"
"""The annotation that remembers what the gateway does not give back: NAME=DIGEST, joined with commas."""

_UNRETURNED = {"env": "envVars", "constraints": "constraints", "readonly_root_filesystem": "readOnlyRootFilesystem"}
_LABELS_OF_PROVIDER = ("faas_function", "uid")
_ANNOTATIONS_OF_OTHERS = ("prometheus.io.scrape", "kubectl.kubernetes.io/restartedAt")


@dataclass(frozen=True, order=True)
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


@dataclass(frozen=True)
class Function:
    """A function as it should be.

    :param settings: every setting under its option's name, in canonical form: quantities as the API server writes
        them, lists sorted, nothing left out. It is what a diff shows.
    """

    key: Key
    settings: Settings

    @classmethod
    def of_options(cls, key: Key, options: Mapping[str, Any]) -> Function:
        """The function that a module's options describe; an option left out means empty, as the gateway has it.

        :param options: the options of ``argspec.FUNCTION``. :raises MeshError: a value that no gateway would take.
        """
        if not options.get("image"):
            raise MeshError(f"Function '{key}' has no image: give one, or remove the function with state: absent.")
        env = _texts(options.get("env"), f"env of function '{key}'")
        # The provider keeps the process among the variables: both spellings are one setting.
        fprocess = env.pop("fprocess", "")
        if fprocess and options.get("fprocess") not in (None, "", fprocess):
            raise MeshError(f"Function '{key}' has two values for fprocess, one of them in env: give one.")
        labels = _texts(options.get("labels"), f"labels of function '{key}'")
        taken = sorted(set(labels) & set(_LABELS_OF_PROVIDER))
        if taken:
            raise MeshError(f"Function '{key}': OpenFaaS sets the label {taken[0]} itself: leave it out.")
        annotations = _texts(options.get("annotations"), f"annotations of function '{key}'")
        if DIGESTS in annotations:
            raise MeshError(f"Function '{key}': the annotation {DIGESTS} is written by this collection: leave it out.")
        return cls(
            key,
            {
                "image": options["image"],
                "fprocess": options.get("fprocess") or fprocess,
                "env": env,
                "labels": labels,
                "annotations": annotations,
                "secrets": sorted(set(options.get("secrets") or ())),
                "limits": _resources(options.get("limits"), f"limits of function '{key}'"),
                "requests": _resources(options.get("requests"), f"requests of function '{key}'"),
                "constraints": sorted(set(options.get("constraints") or ())),
                "readonly_root_filesystem": bool(options.get("readonly_root_filesystem")),
            },
        )

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
    """A function as the gateway shows it. :param document: its FunctionStatus."""

    document: Mapping[str, Any]

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

    def settings(self, wanted: Function | None = None) -> Settings:
        """The settings in the form of ``Function.settings``, less what the provider adds by itself.

        :param wanted: what to compare with. A setting that the gateway does not give back has this one's value where
            its digest says so, else a sentence in its place; without ``wanted`` it is left out.
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
        found: Settings = {}
        for name, field in _UNRETURNED.items():
            if self.document.get(field):
                found[name] = _canonical(name, self.document[field])
            elif name not in digests:
                found[name] = "(not given back by the gateway, and not remembered: deployed with another tool)"
            elif digests[name] == wanted.digests[name]:
                found[name] = wanted.settings[name]
            else:
                found[name] = "(another value, which the gateway does not give back)"
        return found

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


def _texts(given: Mapping[str, Any] | None, what: str) -> dict[str, str]:
    """The values as the text that YAML and JSON write for them, since every one of them becomes text in the end."""
    texts = {}
    for key, value in (given or {}).items():
        if isinstance(value, dict | list):
            raise MeshError(f"{what}: the value of '{key}' must be text, a number or a truth value.")
        texts[str(key)] = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return dict(sorted(texts.items()))


def _resources(given: Mapping[str, Any] | None, what: str) -> dict[str, str]:
    """The quantities in canonical form; zero means unset, as the provider gives an unset sibling back."""
    parsed = {
        name: canonical(str(given[name]), f"{what}, {name}")
        for name in ("memory", "cpu")
        if given and given.get(name) not in (None, "")
    }
    return {name: text for name, text in parsed.items() if text != "0"}
