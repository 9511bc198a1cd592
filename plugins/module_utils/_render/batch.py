# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A batch as the user gives it: definitions, files and a chart become one list of objects."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .._kube.connection import Cluster
from .._kube.engine import View
from .._kube.objects import flattened, parsed
from .._libraries import required
from .helm import Chart, Helm, Rendered, texts
from .images import at_mirror
from .overlays import overlaid

Object = dict[str, Any]

# A ConfigMap's name is made of it.
SET_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?")
HELM_MANAGERS = frozenset({"helm", "Helm"})


@dataclass(frozen=True)
class Documents(Rendered):
    """The objects of a batch, with what a chart left out and what the user should know."""

    from_chart: bool = False

    def as_result(self) -> dict[str, Any]:
        """What a module's result says of the rendering."""
        return {"skipped_hooks": self.skipped_hooks} if self.from_chart else {}

    def manifests(self) -> str:
        """The documents as YAML text, without the values of Secrets."""
        yaml = required("yaml", "PyYAML")
        return str(yaml.safe_dump_all([_without_values(obj) for obj in self.objects], sort_keys=False))


@dataclass(frozen=True)
class Batch:
    """What the options of ``kube_objects`` name.

    :param default_namespace: of objects that name none. :param image_registry: a mirror for the images, or empty.
    """

    set: str
    definitions: list[Any]
    files: list[str]
    default_namespace: str
    chart: Chart | None = None
    adopts_release: bool = False
    overlays: list[dict[str, Any]] = field(default_factory=list)
    image_registry: str = ""

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> Batch:
        """The batch in a module's parameters.

        :raises MeshError: the set's name cannot be a part of an object's name.
        """
        name = params["set"]
        if not SET_NAME.fullmatch(name):
            raise MeshError(
                f"The set's name {name!r} is not allowed: use lower-case letters, digits and dashes, at most 62."
            )
        given = params["chart"]
        chart = given and Chart(
            ref=given["ref"],
            repository=given["repository"],
            version=given["version"],
            values=given["values"],
            sha256=given["sha256"],
            release_name=given["release_name"] or name,
            namespace=given["namespace"] or params["namespace"],
            hooks=given["hooks"],
        )
        namespace = chart.namespace if chart else params["namespace"]
        adopts = bool(given and given["adopt_release"])
        return cls(
            name,
            params["definitions"],
            params["files"],
            namespace,
            chart or None,
            adopts,
            params["overlays"],
            params["image_registry"] or "",
        )

    @property
    def adopted_managers(self) -> frozenset[str]:
        """The field managers whose objects are taken over: kubectl apply's always, Helm's by option."""
        return frozenset({"kubectl-client-side-apply"}) | (HELM_MANAGERS if self.adopts_release else frozenset())

    def rendered(self, cluster: Cluster, view: View, helm: Helm) -> Documents:
        """The objects of the batch, for this cluster.

        :raises MeshError: a text is not valid, a file is missing, a chart does not render, or nothing comes of it.
        """
        chart = self._chart(cluster, view, helm)
        objects = [*self._defined(), *(chart.objects if chart else [])]
        hooks = chart.skipped_hooks if chart else []
        objects = overlaid(objects, self.overlays)
        if self.image_registry:
            objects = at_mirror(objects, self.image_registry)
        return Documents(objects, hooks, chart.warnings if chart else [], chart is not None)

    def _chart(self, cluster: Cluster, view: View, helm: Helm) -> Rendered | None:
        if self.chart is None:
            return None
        version = cluster.request("GET", "/version")["gitVersion"]
        is_upgrade = bool(view.sets.receipt(self.set).members)
        return helm.rendered(self.chart, version, view.discovery.api_versions(), is_upgrade)

    def _defined(self) -> Iterator[Object]:
        for number, definition in enumerate(self.definitions, 1):
            source = f"definitions[{number}]"
            yield from parsed(definition, source) if isinstance(definition, str) else flattened([definition], source)
        for name in self.files:
            try:
                text = Path(name).expanduser().read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise MeshError(f"The file {name} cannot be read: {error}.") from error
            yield from parsed(text, name)


def secret_values(objects: list[Object]) -> Iterator[str]:
    """The values of the Secrets among objects, encoded and plain, as output must never show them."""
    for obj in objects:
        if obj["kind"] != "Secret":
            continue
        for text in texts(obj.get("stringData")):
            yield from (text, base64.b64encode(text.encode()).decode())
        for text in texts(obj.get("data")):
            yield from texts([text, _decoded(text)])


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value).decode(errors="replace")
    except ValueError:
        # The API server refuses it in its own words; it is no less secret for that.
        return value


def _without_values(obj: Object) -> Object:
    if obj["kind"] != "Secret":
        return obj
    shown = copy.deepcopy(obj)
    for key in ("data", "stringData"):
        if shown.get(key):
            shown[key] = dict.fromkeys(shown[key], "(hidden)")
    return shown
