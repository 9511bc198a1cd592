# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The function store: a public list of functions ready to be deployed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from .._errors import MeshError, PassingFault
from .._retry import Clock, retried
from .located import nearest

SECONDS = 30
PATIENCE_SECONDS = 10.0

# The store names platforms as Linux does, Kubernetes architectures as Go does.
PLATFORMS = {"amd64": "x86_64", "arm64": "arm64", "arm": "armhf"}


@dataclass(frozen=True)
class Entry:
    """A function of the store. :param document: its entry in the list."""

    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.document.get("name") or "")

    @property
    def title(self) -> str:
        """What a catalogue shows for its name."""
        return str(self.document.get("title") or "")

    @property
    def images(self) -> dict[str, str]:
        """Its image for each platform."""
        return dict(self.document.get("images") or {})

    def images_for(self, architectures: Collection[str]) -> set[str | None]:
        """Its images on nodes of these architectures (as Go writes them), None for one that it has no image for."""
        return {self.images.get(PLATFORMS.get(architecture, architecture)) for architecture in architectures}

    def options(self) -> dict[str, Any]:
        """What it sets, but for the image, under the names of the options of ``argspec.FUNCTION``."""
        document = self.document
        return {
            "fprocess": document.get("fprocess") or "",
            "env": dict(document.get("environment") or {}),
            "labels": dict(document.get("labels") or {}),
            "annotations": dict(document.get("annotations") or {}),
            "readonly_root_filesystem": bool(document.get("readOnlyRootFilesystem")),
        }

    def facts(self) -> dict[str, Any]:
        """Everything that the store tells of it."""
        told = {key: str(self.document.get(key) or "") for key in ("description", "author", "repo_url", "icon")}
        return {"name": self.name, "title": self.title, **told, "images": self.images, **self.options()}


@dataclass(frozen=True)
class Store:
    """A store's list. :param name: its URL or file, for messages."""

    name: str
    entries: tuple[Entry, ...]

    @classmethod
    def parse(cls, name: str, text: bytes) -> Store:
        """The list in a JSON text. :raises MeshError: it is not a store's."""
        try:
            listed = json.loads(text)["functions"]
            whole = isinstance(listed, list) and all(
                isinstance(entry["name"], str) and isinstance(entry.get("images", {}), dict) for entry in listed
            )
        except (ValueError, TypeError, KeyError):
            whole = False
        if not whole:
            raise MeshError(
                f"{name} is no function store: it must be a JSON object with a list of functions, each with a name."
            )
        return cls(name, tuple(Entry(entry) for entry in listed))

    def find(self, wanted: str) -> Entry:
        """The entry with this name or title. :raises MeshError: there is none; the nearest is named."""
        for entry in self.entries:
            if wanted in (entry.name, entry.title):
                return entry
        # Many have their name for a title too.
        words = dict.fromkeys(word for entry in self.entries for word in (entry.name, entry.title) if word)
        meant = nearest(wanted, list(words))
        offered = f"the nearest are {', '.join(meant)}" if meant else "faas_store_info lists what it has"
        raise MeshError(f"The function store {self.name} has no '{wanted}': {offered}.")


def read(url: str, file: str | None, clock: Clock, fetch: Callable[[str], bytes] | None = None) -> Store:
    """The store at a URL, or the copy of one in a file.

    :param file: where given, the URL is not asked. :param fetch: gives what a URL holds, by default over the network.
    :raises MeshError: it cannot be had or understood.
    """
    if file:
        try:
            return Store.parse(file, Path(file).read_bytes())
        except OSError as error:
            raise MeshError(f"The store_file {file} cannot be read ({error.strerror}).") from error
    return Store.parse(url, retried(lambda: (fetch or _fetch)(url), clock, PATIENCE_SECONDS))


def _fetch(url: str) -> bytes:
    # Imported when used: few runs read a store over the network, and all would pay for it.
    from ansible.module_utils.urls import open_url

    advice = "check store_url and the way there, or give a copy as store_file"
    try:
        return bytes(open_url(url, timeout=SECONDS, http_agent="faas.mesh").read())
    except HTTPError as error:
        kind = PassingFault if error.code in (429, 502, 503, 504) else MeshError
        raise kind(f"The function store {url} answered with {error.code}: {advice}.") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "reason", None) or error
        raise MeshError(f"The function store {url} cannot be had ({said}): {advice}.") from error
