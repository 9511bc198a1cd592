# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The images that objects name, and the same images at a mirror."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Object = dict[str, Any]
Renamed = Callable[[str], str]

DOCKER_HUB = "docker.io"
INJECTOR = "istio-sidecar-injector"
# Istio's own word for "the image that the injector fills in".
INJECTED = "auto"
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
# Controllers that make pods themselves are told the image as a flag, as cert-manager is of its solver. Without tag or
# digest it is no image but the beginning of some names.
_FLAG = re.compile(r"(--[a-z0-9-]*image=)(\S*/[^/\s]+[:@]\S+)")


def mirrored(image: str, registry: str) -> str:
    """An image's name at a mirror: the mirror's address in the place of the registry's, with the path as it was.

    :param image: as manifests name it, so that ``nats:2`` is ``docker.io/library/nats:2``.
    :param registry: host, port and path of the mirror; empty leaves the image where it is, and so does a name that
        begins with it.
    """
    prefix = registry.rstrip("/")
    if not prefix or image == INJECTED or image.startswith(f"{prefix}/"):
        return image
    first, _slash, rest = image.partition("/")
    # By the rule of Docker's references a first part is a host when it has a dot or a port, or is localhost.
    if rest and ("." in first or ":" in first or first == "localhost"):
        host, path = first, rest
    else:
        host, path = DOCKER_HUB, image
    if host == DOCKER_HUB and "/" not in path.partition("@")[0]:
        path = f"library/{path}"
    return f"{prefix}/{path}"


def at_hub(image: str, hub: str) -> str:
    """One of Istio's images at another hub, which replaces all before the last part of its name."""
    return f"{hub.rstrip('/')}/{image.rpartition('/')[2]}"


def images_of(objects: Iterable[Object]) -> list[str]:
    """The images that pods of these objects run, each once, in their order; with those that Istio's injector adds."""
    found: list[str] = []

    def note(image: str) -> str:
        found.append(image)
        return image

    for obj in objects:
        if obj.get("kind") == "ConfigMap" and str(obj["metadata"]["name"]).startswith(INJECTOR):
            found.extend(_injected(obj))
        _renamed(copy.deepcopy(obj), note)
    return [image for image in dict.fromkeys(found) if image != INJECTED]


def at_mirror(objects: Iterable[Object], registry: str) -> list[Object]:
    """The objects with every image at a mirror, as ``mirrored`` names it."""
    return [_renamed(copy.deepcopy(obj), lambda image: mirrored(image, registry)) for obj in objects]


def _injected(config: Object) -> Iterator[str]:
    """The proxy's images by the values that the injector's templates read (istio/istio, injection-template.yaml)."""
    settings = json.loads((config.get("data") or {}).get("values") or "{}").get("global") or {}
    tag = str(settings.get("tag") or "")
    variant = f"-{settings['variant']}" if settings.get("variant") else ""
    for part in ("proxy", "proxy_init"):
        image = str((settings.get(part) or {}).get("image") or "")
        if "/" in image:
            yield image
        elif image:
            yield f"{settings.get('hub')}/{image}:{tag}{variant}"


def _renamed(obj: Object, renamed: Renamed) -> Object:
    for pod in _pods(obj):
        for container in (each for kind in _CONTAINERS for each in pod.get(kind) or []):
            if container.get("image"):
                container["image"] = renamed(container["image"])
            if container.get("args"):
                container["args"] = [_flag(argument, renamed) for argument in container["args"]]
        for volume in pod.get("volumes") or []:
            reference = (volume.get("image") or {}).get("reference")
            if reference:
                volume["image"]["reference"] = renamed(reference)
    return obj


def _flag(argument: Any, renamed: Renamed) -> Any:
    found = _FLAG.fullmatch(argument) if isinstance(argument, str) else None
    return f"{found[1]}{renamed(found[2])}" if found else argument


def _pods(obj: Object) -> Iterator[Object]:
    """The pod specifications of an object: its own, its template's, or its jobs'."""
    spec = obj.get("spec")
    while isinstance(spec, dict):
        if isinstance(spec.get("containers"), list):
            yield spec
        below = spec.get("jobTemplate") or spec.get("template")
        spec = below.get("spec") if isinstance(below, dict) else None
