# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run of the module: a forward on its way to the state that is wanted."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .._kube.connection import Cluster
from .._retry import Clock, retried
from .folder import Folder, Running
from .identity import is_same
from .listening import listener
from .program import end, start
from .target import endpoint
from .wanted import Forward

Result = dict[str, Any]


def verify_reachable(cluster: Cluster, forward: Forward, clock: Clock, seconds: float) -> None:
    """Have every port of the target opened once, so that what is in the way is told now and not to the first client.

    :param seconds: how long to wait for a ready pod. :raises MeshError: what is in the way.
    """

    def opened(remote: int) -> None:
        pod, port = endpoint(cluster, forward, remote)
        cluster.open_port(forward.namespace, pod, port).close()

    deadline = clock.now() + seconds
    for ports in forward.ports:
        retried(partial(opened, ports.remote), clock, deadline - clock.now())


@dataclass(frozen=True)
class ForwardRun:
    """A run on the forward ``name``. :param check: plan, and write nothing."""

    folder: Folder
    name: str
    clock: Clock
    check: bool

    def present(self, forward: Forward, connection: Mapping[str, Any]) -> Result:
        """Have it run, by this connection. :raises MeshError: a port is taken, or it does not start."""
        place = self.folder.place(self.name)
        with self.folder.kept(make=not self.check):
            running = place.running()
            if running and running.forward == forward and is_same(connection, running.seal):
                return self._result(False, running, forward, running.pid)
            listeners = self._free(forward, running)
            try:
                pid = None if self.check else self._started(forward, connection, running, listeners)
            finally:
                for held in listeners.values():
                    held.close()
        return self._result(True, running, forward, pid)

    def absent(self) -> Result:
        """Have it end, and leave no file."""
        place = self.folder.place(self.name)
        with self.folder.kept(make=not self.check and self.folder.path.exists()):
            running = place.running()
            changed = running is not None or place.is_there()
            if not self.check:
                if running:
                    end(place, running.pid, self.clock)
                place.clear()
        return self._result(changed, running, None, None)

    def _free(self, forward: Forward, running: Running | None) -> dict[int, socket.socket]:
        """Listeners at the local ports, less those that the forward has itself and will let go of."""
        own = {ports.local for ports in running.forward.ports} if running else set()
        opened: dict[int, socket.socket] = {}
        for ports in forward.ports:
            if ports.local not in own:
                opened[ports.local] = listener(forward.address, ports.local)
        return opened

    def _started(
        self,
        forward: Forward,
        connection: Mapping[str, Any],
        running: Running | None,
        listeners: dict[int, socket.socket],
    ) -> int:
        place = self.folder.place(self.name)
        if running:
            end(place, running.pid, self.clock)
        place.clear()
        for ports in forward.ports:
            if ports.local not in listeners:
                listeners[ports.local] = listener(forward.address, ports.local)
        return start(place, forward, connection, [listeners[ports.local] for ports in forward.ports])

    def _result(self, changed: bool, running: Running | None, forward: Forward | None, pid: int | None) -> Result:
        before = _shown(running.forward if running else None)
        log: Path | None = self.folder.place(self.name).log if forward else None
        return {
            "changed": changed,
            "name": self.name,
            "address": forward.address if forward else None,
            "ports": forward.as_data()["ports"] if forward else [],
            "pid": pid,
            "log": str(log) if log else None,
            "diff": {"before": before, "after": _shown(forward)},
        }


def _shown(forward: Forward | None) -> Result:
    """A forward as a difference shows it."""
    if forward is None:
        return {"state": "absent"}
    return {"state": "present", "to": str(forward), "address": forward.address, "ports": forward.as_data()["ports"]}
