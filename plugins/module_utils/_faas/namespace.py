# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A namespace for functions, as OpenFaaS Pro keeps it: planned, and brought about."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import MeshError
from .._retry import retried
from .gateway import Absent, Gateway, Json, NotOffered
from .plan import Verb
from .polling import missing_after

PATIENCE_SECONDS = 30.0

# What marks a namespace as one for functions (docs.openfaas.com/reference/namespaces; go-sdk sends it as a label).
_MARK = {"openfaas": "1"}


# The rule for a namespace's name (DNS label, RFC 1123).
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def checked_name(name: str) -> str:
    """The name. :raises MeshError: no namespace can have it."""
    if not _NAME.fullmatch(name):
        raise MeshError(
            f"'{name}' is no name for a namespace: use at most 63 lower-case letters, digits and hyphens, "
            "with a letter or digit at both ends."
        )
    return name


@dataclass(frozen=True)
class Change:
    """What brings a namespace about, or removes it.

    :param before: the gateway's document now, None where there is no such namespace. :param after: the one then.
    """

    name: str
    verb: Verb
    before: Json | None = None
    after: Json | None = None

    def result(self) -> dict[str, Any]:
        """The module's result."""
        after = self.after or {}
        return {
            "changed": self.verb != "unchanged",
            "verb": self.verb,
            "name": self.name,
            "labels": after.get("labels"),
            "annotations": after.get("annotations"),
            "diff": {
                "before_header": f"namespace {self.name}",
                "after_header": f"namespace {self.name} ({self.verb})",
                "before": self.before or "",
                "after": self.after or "",
            },
        }


def present(name: str, live: Json | None, labels: Mapping[str, str], annotations: Mapping[str, str]) -> Change:
    """What gives a namespace these labels and annotations beside those that it has."""
    if live is None:
        return Change(name, "created", None, _document(name, {**_MARK, **labels}, annotations))
    before = _document(name, live.get("labels") or {}, live.get("annotations") or {})
    after = _document(name, {**before["labels"], **labels}, {**before["annotations"], **annotations})
    return Change(name, "unchanged" if before == after else "updated", before, after)


def absent(name: str, live: Json | None) -> Change:
    """What removes a namespace."""
    if live is None:
        return Change(name, "unchanged")
    before = _document(name, live.get("labels") or {}, live.get("annotations") or {})
    return Change(name, "deleted", before)


def look(gateway: Gateway, name: str) -> Json | None:
    """A namespace as the gateway has it. :raises MeshError: the edition has one namespace, or it cannot be read."""
    try:
        return gateway.namespace(name)
    except NotOffered as error:
        raise MeshError(
            f"{gateway.address.url} is an OpenFaaS Community Edition, which has one namespace for functions: "
            f"namespace '{name}' needs OpenFaaS Pro."
        ) from error


def apply(gateway: Gateway, change: Change, wait: float | None) -> None:
    """Make a change, and see it through.

    :param wait: seconds to wait until the gateway shows the change; None does not wait.
    :raises MeshError: the gateway refuses, or does not show it in time.
    """
    if change.verb == "unchanged":
        return
    document = change.after or {"name": change.name}
    write: Callable[[Json], None] = {
        "created": gateway.create_namespace,
        "updated": gateway.update_namespace,
        "deleted": gateway.delete_namespace,
    }[change.verb]
    repeated = False

    def attempt() -> None:
        nonlocal repeated
        if repeated and not _unseen(gateway, change):
            return
        repeated = True
        try:
            write(document)
        except Absent:
            if change.verb != "deleted":
                raise

    retried(attempt, gateway.clock, min(PATIENCE_SECONDS, gateway.patience))
    missing = missing_after(wait, lambda: _unseen(gateway, change), gateway.clock) if wait is not None else ""
    if missing:
        raise MeshError(f"Namespace '{change.name}' after {wait:.0f} s: {missing}.", **change.result())


def _unseen(gateway: Gateway, change: Change) -> str:
    live = look(gateway, change.name)
    if change.after is None:
        return "the gateway is still deleting it" if live else ""
    if live is None:
        return "the gateway does not show it yet"
    shown = present(change.name, live, change.after["labels"], change.after["annotations"])
    return "" if shown.verb == "unchanged" else "the gateway accepted the change but does not show it"


def _document(name: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> Json:
    return {"name": name, "labels": dict(sorted(labels.items())), "annotations": dict(sorted(annotations.items()))}
