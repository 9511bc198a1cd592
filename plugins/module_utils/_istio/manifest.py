# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A manifest that istioctl rendered elsewhere, for machines that have none (an air gap, a review)."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .._kube.objects import parsed
from . import labels
from .labels import labels_of
from .proxies import image_version

Object = dict[str, Any]


class Manifest:
    """The output of ``istioctl manifest generate`` in a file, in the place of an istioctl.

    :param path: of the file, on the machine where the module runs.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.program = f"The manifest {path}"

    @cached_property
    def _objects(self) -> list[Object]:
        try:
            text = Path(self._path).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise MeshError(f"{self.program} cannot be read: {error}.") from error
        return parsed(text, self._path)

    def objects(self) -> list[Object]:
        """All objects, of whichever revision. :raises MeshError: the file cannot be read or understood."""
        return self._objects

    @property
    def _istiod(self) -> Object:
        for obj in self._objects:
            if obj["kind"] == "Deployment" and labels_of(obj).get("app") == "istiod":
                return obj
        raise MeshError(f"{self.program} has no Deployment of istiod: make it with istioctl manifest generate.")

    def version(self) -> str:
        """The version that it installs, by the tag of istiod's image.

        :raises MeshError: the file cannot be read, or is no manifest of Istio; or the image is named by a digest.
        """
        image = str(self._istiod["spec"]["template"]["spec"]["containers"][0]["image"])
        version = image_version(image)
        if not version:
            raise MeshError(f"{self.program} does not tell its version, since its image {image} has no tag.")
        return version

    def manifest(self, operator: Object) -> list[Object]:
        """The objects.

        :param operator: of which only the revision counts.
        :raises MeshError: it is of another revision.
        """
        wanted = operator["spec"].get("revision") or labels.DEFAULT
        found = labels_of(self._istiod).get(labels.REVISION)
        if found != wanted:
            raise MeshError(f"{self.program} is of revision {found}, and asked for is {wanted}: give that as revision.")
        return self._objects
