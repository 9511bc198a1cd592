# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The revisions of a mesh as their injectors tell: which versions there are, where tags point, what may follow."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .._errors import MeshError
from . import labels
from .labels import labels_of

Object = dict[str, Any]

ALLOWED = ("downgrade", "skew", "in_use", "precheck")

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


def versions(injectors: Iterable[Object]) -> dict[str, str]:
    """The version of each revision that an istioctl (or this collection) installed; the unnamed one is ``default``.

    :param injectors: those in the cluster, see ``injectors.injectors``.
    """
    own = (labels_of(obj) for obj in injectors if labels.TAG not in labels_of(obj))
    return {found[labels.REVISION]: found[labels.VERSION] for found in own if found.keys() >= _NAMED}


_NAMED = frozenset({labels.REVISION, labels.VERSION})


def pointed(injectors: Iterable[Object]) -> dict[str, str]:
    """Which revision each tag points to."""
    tagged = (labels_of(obj) for obj in injectors if labels.TAG in labels_of(obj))
    return {found[labels.TAG]: found.get(labels.REVISION, "") for found in tagged}


def kept_tags(held: Mapping[str, bool], pointing: Mapping[str, str], revision: str, *, is_new: bool) -> tuple[str, ...]:
    """The tags of a revision whose user names none: those that it has, and where ``istioctl install`` would, the
    default one.

    :param held: the tags that the revision's set remembers, each with whether it was really written.
    :param pointing: where the tags in the cluster point, see ``pointed``.
    :param revision: empty for the one without a name, which becomes the default one with its first installation.
    :param is_new: whether the revision is only about to be installed.
    """
    name = revision or labels.DEFAULT
    # One that a killed run was about to move here is still on its way.
    kept = {tag for tag, written in held.items() if not written or pointing.get(tag, name) == name}
    holder = pointing.get(labels.DEFAULT)
    if holder == name or (is_new and (holder is None or not revision)):
        kept.add(labels.DEFAULT)
    return tuple(sorted(kept))


def refuse_leap(found: str, revision: str, installed: Mapping[str, str], allow: Collection[str]) -> None:
    """Refuse to install a version that is older than the revision's own, or too far from any in the mesh.

    :param found: the version to install. :param installed: the version of each revision, see ``versions``.
    :param allow: of ALLOWED, what the user has allowed.
    :raises MeshError: naming both versions. Istio supports a control plane at most one minor ahead of what it serves,
        and upgrades of one minor at a time (istio.io, "Supported releases" and "In-place upgrades").
    """
    own = installed.get(revision or labels.DEFAULT)
    if own and number(found) < number(own) and "downgrade" not in allow:
        raise MeshError(
            f"Istio {own} is installed as revision {revision or labels.DEFAULT}, and {found} is older: keep {own}, or "
            "go back with allow: [downgrade]."
        )
    for name, other in sorted(installed.items()):
        if is_leap(found, other) and "skew" not in allow:
            raise MeshError(
                f"Revision {name} is Istio {other}, and {found} is more than one minor version away from it: go by "
                "each minor version in between, or go all the same with allow: [skew]."
            )


def refuse_stragglers(found: str, proxies: Iterable[tuple[str, str]], allow: Collection[str]) -> None:
    """Refuse to bring a control plane more than one minor version ahead of a proxy that it serves.

    :param proxies: ``namespace/pod`` of each proxy of the revision, and its version.
    """
    late = [(pod, version) for pod, version in proxies if is_leap(found, version)]
    if late and "skew" not in allow:
        pod, version = late[0]
        raise MeshError(
            f"The proxy of pod {pod} is Istio {version}{_and_more(late)}, and {found} is more than one minor version "
            "away from it: restart its workload first, or go all the same with allow: [skew]."
        )


def _and_more(late: list[tuple[str, str]]) -> str:
    return f" ({len(late) - 1} more are as far)" if len(late) > 1 else ""


def number(version: str) -> tuple[int, int, int]:
    """A version for comparing, (0, 0, 0) where it is none; of a pre-release, the version that it leads to."""
    match = _VERSION.match(version)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else (0, 0, 0)


def is_leap(one: str, other: str) -> bool:
    """Whether two versions are more than one minor apart; of what is no version nothing is known."""
    (major, minor, _patch), (other_major, other_minor, _other_patch) = number(one), number(other)
    if not (major and other_major):
        return False
    return major != other_major or abs(minor - other_minor) > 1
