"""Getting images into containerd.

Importing them takes most of the time that an instance needs to come up, so it is done once: :class:`ImageStore` is a
containerd's root with all of them unpacked, and an instance starts from hard links to its files, which containerd never
writes to again. What is missing then, or has been built anew, is imported.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import waiting
from tests.lab.cache import Cache, Part
from tests.lab.commands import run
from tests.lab.errors import LabError
from tests.lab.images import Image, write_archive
from tests.lab.instance import Instance

CONTAINERD_SECONDS = 60
DATABASES = ("io.containerd.metadata.v1.bolt/meta.db", "io.containerd.snapshotter.v1.overlayfs/metadata.db")
"""The only files of containerd's root that are written in place."""


@dataclass(frozen=True)
class ImageStore(Part):
    """A containerd's root with images imported and unpacked. Only root can make it.

    :param containerd: the part with containerd and ctr.
    """

    containerd: Part
    images: tuple[Image, ...]
    name: str = "image-store"

    def needs(self) -> tuple[Part, ...]:
        """containerd and the images' layers."""
        return (self.containerd, *(layer for image in self.images for layer in image.layers))

    def recipe(self) -> Any:
        """The images' names and configurations."""
        return [image.recipe() for image in self.images]

    def build(self, folder: Path, cache: Cache) -> None:
        """Run a containerd of its own, which dies with this process, and import the images.

        :raises LabError: this process is not root's, or containerd refused the images.
        """
        if os.geteuid() != 0:
            raise LabError("Unpacking images takes mounts: run the build as root to finish it.")
        programs = cache.get(self.containerd)
        with tempfile.TemporaryDirectory() as scratch:
            socket = Path(scratch) / "socket"
            config = Path(scratch) / "config.toml"
            config.write_text("version = 3\ndisabled_plugins = ['io.containerd.grpc.v1.cri']\n")
            process = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig=KILL", "unshare", "--mount"),
                    *(str(programs / "containerd"), "--config", str(config)),
                    *("--root", str(folder), "--state", f"{scratch}/state", "--address", str(socket)),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                waiting.until(socket.exists, CONTAINERD_SECONDS, "a containerd to import images into")
                _import([str(programs / "ctr"), "--address", str(socket)], self.images, cache)
            finally:
                process.terminate()
                process.wait()


def start_from(store: Path, root: Path) -> None:
    """Make a containerd's root of a finished store: links to its files, and copies of its databases."""
    sharing = "--link" if store.stat().st_dev == root.parent.stat().st_dev else "--reflink=auto"
    run(["cp", "--archive", sharing, store, root])
    for name in DATABASES:
        copy = root / f"{name}.copy"
        shutil.copyfile(root / name, copy)
        copy.replace(root / name)


def load(instance: Instance, images: Iterable[Image], cache: Cache) -> list[str]:
    """Import the images that a running instance lacks or has in another build.

    :return: the names of the images that were imported.
    :raises LabError: containerd refused them.
    """
    waiting.until(instance.containerd_socket.exists, CONTAINERD_SECONDS, f"containerd of {instance.name}")
    ctr = [str(instance.programs / "ctr"), "--address", str(instance.containerd_socket)]
    listed = run([*ctr, "--namespace", "k8s.io", "images", "list"]).splitlines()[1:]
    present = dict(_name_and_digest(line) for line in listed)
    changed = [image for image in images if any(present.get(name) != image.digest(cache) for name in image.names)]
    if changed:
        _import(ctr, changed, cache)
    return [name for image in changed for name in image.names]


def _import(ctr: Sequence[str], images: Sequence[Image], cache: Cache) -> None:
    """Stream the images into containerd, without the layers that it has already."""
    content = run([*ctr, "--namespace", "k8s.io", "content", "list", "--quiet"]).split()
    with subprocess.Popen(
        [*ctr, "--namespace", "k8s.io", "images", "import", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as importer:
        assert importer.stdin is not None
        assert importer.stderr is not None
        try:
            write_archive(images, cache, importer.stdin, present=frozenset(content))
            importer.stdin.close()
        except BrokenPipeError:
            pass  # what it says itself is worth more
        said = importer.stderr.read().decode(errors="replace").strip()
    if importer.returncode:
        raise LabError(f"containerd did not take the images: {said}")


def _name_and_digest(line: str) -> tuple[str, str]:
    name, _, digest, *_ = line.split()
    return name, digest
