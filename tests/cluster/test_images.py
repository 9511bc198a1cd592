"""A site without a way out: its images are listed, copied to a registry of one's own, and pulled from there alone."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.site import NAMESPACES, Site
from tests.lab import waiting
from tests.lab.node import REGISTRY_PORT
from tests.lab.versions import ISTIO

# Where the lab has them, and their names at a mirror.
IMAGES = {
    f"docker.io/istio/pilot:{ISTIO}": f"istio/pilot:{ISTIO}",
    f"docker.io/istio/proxyv2:{ISTIO}": f"istio/proxyv2:{ISTIO}",
    "docker.io/faasmesh/gateway:lab": "faasmesh/gateway:lab",
    "docker.io/faasmesh/nats:lab": "faasmesh/nats:lab",
    "docker.io/faasmesh/echo:lab": "faasmesh/echo:lab",
    "ghcr.io/openfaas/alpine:latest": "openfaas/alpine:latest",
    "ghcr.io/openfaas/nodeinfo:latest": "openfaas/nodeinfo:latest",
}
OUTER = "127.0.0.1:5900"
SECONDS = 20.0


@dataclass(frozen=True)
class Registries:
    """crane, and the containerd of the lab."""

    crane: str
    ctr: tuple[str, ...]

    @contextlib.contextmanager
    def serving(self, address: str, folder: Path) -> Iterator[None]:
        """A registry on this machine, without TLS."""
        folder.mkdir()
        with subprocess.Popen(
            [self.crane, "registry", "serve", "--address", address, "--disk", str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                waiting.until(lambda: self._answers(address), SECONDS, f"a registry at {address}")
                assert server.poll() is None
                yield
            finally:
                server.terminate()

    def _answers(self, address: str) -> bool:
        return not subprocess.run([self.crane, "catalog", address], capture_output=True, check=False).returncode

    def tell(self, *arguments: str) -> str:
        """What crane says."""
        return subprocess.run([self.crane, *arguments], capture_output=True, check=True, text=True).stdout.strip()

    def push(self, image: str, target: str) -> None:
        """Put an image that the lab's containerd has into a registry that this machine reaches."""
        argv = [*self.ctr, "images", "push", "--local", "--plain-http", target, image]
        subprocess.run(argv, check=True, capture_output=True)

    def on_node(self, registry: str) -> list[str]:
        """The images of a registry that the lab's node has."""
        listed = subprocess.run([*self.ctr, "images", "list", "-q"], capture_output=True, check=True, text=True).stdout
        return [name for name in listed.split() if name.startswith(f"{registry}/")]

    def forget(self, registry: str) -> None:
        """Have the node without them."""
        if names := self.on_node(registry):
            subprocess.run([*self.ctr, "images", "remove", *names], check=True, capture_output=True)


@pytest.fixture
def registries(site: Site) -> Iterator[Registries]:
    """The programs, with a node that has nothing of the mirror before and after."""
    programs = site.lab.state / "programs"
    socket = str(site.lab.state / "containerd.sock")
    ctr = (str(programs / "ctr"), "--address", socket, "--namespace", "k8s.io")
    found = Registries(str(site.lab.program("crane")), ctr)
    mirror = f"{site.host}:{REGISTRY_PORT}"
    found.forget(mirror)
    yield found
    site.empty()
    found.forget(mirror)


def test_a_site_comes_up_from_the_mirror_alone(site: Site, registries: Registries, tmp_path: Path) -> None:
    """The list is complete, for nothing else is to be had there; a second copy finds all as it is."""
    site.empty()
    inner = f"{site.host}:{REGISTRY_PORT}"
    mirror = f"{inner}/mirror"
    listed = site.run("images.yml", cluster_kubeconfig=str(tmp_path / "none"))
    assert listed.result("Show the images")["msg"] == sorted(IMAGES)
    assert listed.requests == []

    copying = {"site_image_registry": mirror, "site_image_source": f"{OUTER}/outer", "images_copy": True}
    copying["images_program"] = registries.crane
    targets = {f"{mirror}/{path}": f"{OUTER}/outer/{path}" for path in IMAGES.values()}
    with registries.serving(inner, tmp_path / "inner"):
        with registries.serving(OUTER, tmp_path / "outer"):
            for image, path in IMAGES.items():
                registries.push(image, f"{OUTER}/outer/{path}")
            digests = {target: registries.tell("digest", source) for target, source in targets.items()}
            foretold = site.run("images.yml", "--check", **copying).result("Copy them to the mirror")
            assert registries.tell("catalog", inner) == ""
            done = site.run("images.yml", **copying).result("Copy them to the mirror")
            again = site.run("images.yml", **copying)
        assert {each["target"]: each["source"] for each in done["images"]} == targets
        assert {each["target"]: each["digest"] for each in done["images"]} == digests
        assert {each["verb"] for each in done["images"]} == {"copied"}
        assert foretold["images"] == done["images"]
        assert foretold["changed"]
        assert again.counts["changed"] == {"lab": 0}
        assert {target: registries.tell("digest", target) for target in targets} == digests

        assert registries.on_node(inner) == []
        site.run(site_image_registry=mirror)
        assert running(site) == set(targets)


def running(site: Site) -> set[str]:
    """The images that the pods of the site run."""
    pods = [
        pod
        for namespace in NAMESPACES
        for pod in json.loads(site.kubectl("get", "pods", "-n", namespace, "-o", "json"))["items"]
    ]
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    kinds = ("initContainers", "containers")
    return {container["image"] for pod in pods for kind in kinds for container in pod["spec"].get(kind, [])}
