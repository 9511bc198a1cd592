"""Bringing instances up and taking them down."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.lab import addons, catalogue, cgroups, control, debian, host, kubectl, network, node, pki, units, waiting
from tests.lab.cache import Cache
from tests.lab.errors import LabError
from tests.lab.instance import Instance, all_locked
from tests.lab.loading import load, start_from
from tests.lab.versions import ISTIO_NEXT

ALL_IMAGES = (*catalogue.IMAGES, catalogue.GATEWAY_IMAGE)
API_SECONDS = 180
NODE_SECONDS = 300

Tell = Callable[[str], None]


class Lab:
    """The lab on this machine.

    :param cache: where its parts are.
    :param tell: told each step in a few words.
    """

    def __init__(self, cache: Cache, tell: Tell) -> None:
        self._cache = cache
        self._tell = tell

    def up(self, instance: Instance, *, with_node: bool) -> None:
        """Have an instance run; one that runs gets only the programs, images and rights that it lacks.

        :param with_node: with a node and DNS; otherwise it is only an API server, its store and the controllers.
        :raises LabError: it cannot be brought up; its logs stay for ``logs``.
        """
        _require_root()
        debian.provide(self._tell)
        host.prepare(self._tell)
        with instance.locked():
            if instance.finished.exists() and control.is_up(instance):
                self._refresh(instance, with_node)
                return
            if instance.state.exists():
                self._tell(f"clearing what is left of an earlier {instance.name}")
            self._clear(instance)
            slot = self._prepare(instance, with_node)
            self._start(instance, slot, with_node)

    def down(self, instance: Instance) -> bool:
        """Remove an instance with all that it has, whatever state it is in.

        :return: whether there was anything of it.
        """
        _require_root()
        with instance.locked():
            was_there = instance.state.exists() or network.namespace_file(instance).exists()
            self._clear(instance)
            return was_there

    def _prepare(self, instance: Instance, with_node: bool) -> network.Slot:
        for folder in (instance.binaries, instance.config, instance.logs, instance.programs):
            folder.mkdir(parents=True)
        instance.state.chmod(0o700)
        self._provide(instance, with_node)
        with all_locked():
            slot = network.free_slot(network.host_routes())
            network.create(instance, slot)
        cgroups.create(instance)
        pki.create(instance, slot)
        return slot

    def _provide(self, instance: Instance, with_node: bool) -> None:
        """Give an instance the programs that it lacks."""
        parts = [catalogue.ETCD, catalogue.KUBERNETES_PROGRAMS]
        if with_node:
            parts += [catalogue.CONTAINERD, catalogue.ISTIO_PROGRAMS, catalogue.NEXT_ISTIO_PROGRAMS]
            parts += [catalogue.HELM, catalogue.CRANE]
        for part in parts:
            for program in self._cache.get(part).iterdir():
                if not (instance.programs / program.name).exists():
                    _share(program, instance.programs / program.name)
        for name in ("kubectl", "istioctl", f"istioctl-{ISTIO_NEXT}", "helm", "crane"):
            link = instance.binaries / name
            if (instance.programs / name).exists() and not link.is_symlink():
                link.symlink_to(instance.programs / name)

    def _start(self, instance: Instance, slot: network.Slot, with_node: bool) -> None:
        etcd, api_server, manager, scheduler = units.control_plane(instance, slot)
        control.launch(instance)
        control.start(instance, etcd)
        control.start(instance, api_server)
        if with_node:
            node.configure(instance, slot)
            start_from(self._cache.get(catalogue.IMAGE_STORE), instance.state / "containerd")
            containerd, kubelet, kube_proxy = units.node(instance, slot)
            control.start(instance, containerd)
        waiting.until(lambda: kubectl.is_ready(instance), API_SECONDS, f"the API server of {instance.name}")
        self._tell(f"API server ready at https://{slot.node_address}:{pki.API_PORT}")
        # The controllers die on missing rights when they meet an API server that is not ready.
        control.start(instance, manager)
        if with_node:
            for unit in (scheduler, kubelet, kube_proxy):
                control.start(instance, unit)
        addons.apply(instance, slot, with_node)
        if with_node:
            load(instance, ALL_IMAGES, self._cache)
            addons.await_node(instance, NODE_SECONDS)
            self._tell("node and DNS ready")
        instance.finished.touch()

    def _refresh(self, instance: Instance, with_node: bool) -> None:
        has_node = instance.containerd_socket.exists()
        if with_node and not has_node:
            raise LabError(f"{instance.name} is up without a node: take it down first, or use another --name.")
        self._provide(instance, has_node)
        addons.bind_site_user(instance)
        loaded = load(instance, ALL_IMAGES, self._cache) if has_node else []
        self._tell(f"{instance.name} is up already" + (f"; imported {', '.join(loaded)}" if loaded else ""))

    def _clear(self, instance: Instance) -> None:
        """Remove all of an instance: processes and with them their mounts, cgroup, network and state."""
        cgroups.remove(instance)
        network.remove(instance)
        if instance.state.exists():
            shutil.rmtree(instance.state)


def _share(program: Path, target: Path) -> None:
    """Give an instance a program that stays when the cache drops its build: a hard link, or a copy elsewhere."""
    if program.stat().st_dev == target.parent.stat().st_dev:
        target.hardlink_to(program)
    else:
        shutil.copy2(program, target)


def _require_root() -> None:
    if os.geteuid() != 0:
        raise LabError("The lab makes network namespaces and containers: run it as root.")
