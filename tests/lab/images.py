"""The container images: OCI layers that are built once, and the few lines of JSON that make images of them.

Layers are kept as plain tar files, for they never travel; images of one base share it by its digest.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.lab.cache import Cache, Part, digest_of

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Content:
    """A file or folder of a layer.

    :param source: the part that it comes from, or a path of this project.
    :param path: where it is in the part; "" for all of a folder.
    :param target: its absolute path in the image.
    """

    source: Part | Path
    path: str
    target: str

    def located(self, cache: Cache) -> Path:
        """Where it is on this machine."""
        folder = cache.get(self.source) if isinstance(self.source, Part) else self.source
        return folder / self.path if self.path else folder


@dataclass(frozen=True)
class FilesLayer(Part):
    """A layer with some files of the project or of other parts."""

    name: str
    contents: tuple[Content, ...]

    def needs(self) -> tuple[Part, ...]:
        """The parts that the files come from."""
        return tuple(content.source for content in self.contents if isinstance(content.source, Part))

    def recipe(self) -> Any:
        """The files' places, and what is in those of the project."""
        return [
            [content.path, content.target, "" if isinstance(content.source, Part) else digest_of(content.source)]
            for content in self.contents
        ]

    def build(self, folder: Path, cache: Cache) -> None:
        """Make ``layer.tar``: everything belongs to root and is of one date."""
        with tarfile.open(folder / "layer.tar", "w") as layer:
            for content in self.contents:
                layer.add(content.located(cache), arcname=content.target.lstrip("/"), filter=_neutral)


@dataclass(frozen=True)
class Image:
    """An image.

    :param names: the references that manifests call it by, with their tags.
    :param layers: parts with a ``layer.tar``, from the base up.
    :param entrypoint: the program and its first arguments.
    :param env: its environment, on top of PATH.
    :param user: user and group id; "" for root.
    """

    names: tuple[str, ...]
    layers: tuple[Part, ...]
    entrypoint: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    user: str = ""

    def recipe(self) -> Any:
        """All that decides the image, but for what is in its layers."""
        return [self.names, [layer.name for layer in self.layers], self.entrypoint, dict(self.env), self.user]

    def blobs(self, cache: Cache) -> tuple[bytes, bytes]:
        """The image's manifest and configuration."""
        layers = [_described(cache.get(layer) / "layer.tar") for layer in self.layers]
        path = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        config = _json(
            {
                "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
                "os": "linux",
                "config": {
                    "Entrypoint": list(self.entrypoint),
                    "Env": [f"{name}={value}" for name, value in {**path, **self.env}.items()],
                    "User": self.user,
                    "WorkingDir": "/",
                },
                "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
            }
        )
        manifest = _json(
            {"schemaVersion": 2, "mediaType": MANIFEST, "config": _descriptor(CONFIG, config), "layers": layers}
        )
        return manifest, config

    def digest(self, cache: Cache) -> str:
        """The digest of its manifest, by which containerd lists it."""
        return str(_descriptor(MANIFEST, self.blobs(cache)[0])["digest"])


def write_archive(
    images: Iterable[Image], cache: Cache, stream: IO[bytes], present: frozenset[str] = frozenset()
) -> None:
    """Write an OCI archive of several images, each layer once.

    :param stream: takes the tar file; it need not be seekable.
    :param present: digests of layers that the reader has and that are left out.
    """
    manifests: list[dict[str, Any]] = []
    small: dict[str, bytes] = {}
    layers: dict[str, Path] = {}
    for image in images:
        blobs = image.blobs(cache)
        small.update({str(_descriptor("", blob)["digest"]): blob for blob in blobs})
        for layer in image.layers:
            path = cache.get(layer) / "layer.tar"
            layers[_described(path)["digest"]] = path
        described = _descriptor(MANIFEST, blobs[0])
        manifests += [{**described, "annotations": {"io.containerd.image.name": name}} for name in image.names]
    with tarfile.open(fileobj=stream, mode="w|") as archive:
        _add(archive, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(archive, "index.json", _json({"schemaVersion": 2, "manifests": manifests}))
        for digest, blob in small.items():
            _add(archive, _blob_path(digest), blob)
        for digest in layers.keys() - present:
            archive.add(layers[digest], arcname=_blob_path(digest), filter=_neutral)


def _described(layer: Path) -> dict[str, Any]:
    """The descriptor of a layer; its digest is worked out once and kept beside it."""
    kept = layer.with_suffix(".sha256")
    if not kept.exists():
        with layer.open("rb") as stream:
            kept.write_text(hashlib.file_digest(stream, "sha256").hexdigest())
    return {"mediaType": LAYER, "digest": f"sha256:{kept.read_text()}", "size": layer.stat().st_size}


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{hashlib.sha256(blob).hexdigest()}", "size": len(blob)}


def _blob_path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _json(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True).encode()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _neutral(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """The entry without its owner, group and date; None for what Python compiled."""
    if "__pycache__" in entry.name:
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry
