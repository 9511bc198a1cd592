# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forward itself, as it runs in its own process: connections are taken, and led to a pod that is ready."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .._errors import MeshError, NotAuthenticated, PassingFault
from .._kube.connection import Cluster, connect
from .._kube.stream import PodStream
from .._retry import Clock, retried
from .identity import files
from .pump import Pump
from .target import endpoint
from .wanted import Forward

# For how long a connection waits for a pod, as while a Deployment restarts.
PATIENCE_SECONDS = 60.0
# Each takes a few descriptors, of which a process often has no more than a thousand.
CONNECTIONS = 200

Log = Callable[[str], None]


class Connecting:
    """The cluster of a forward, connected anew once a file of its connection has changed, such as its kubeconfig."""

    def __init__(self, connection: Mapping[str, Any], clock: Clock) -> None:
        self._connection = dict(connection)
        self._clock = clock
        self._lock = threading.Lock()
        self._stamps: list[tuple[int, ...]] = []
        self._cluster: Cluster | None = None

    def cluster(self) -> Cluster:
        """The cluster, as the files are now. :raises MeshError: see ``connect``."""
        with self._lock:
            stamps = [_stamp(Path(path)) for path in files(self._connection)]
            if self._cluster is None or stamps != self._stamps:
                self._cluster = connect({**self._connection, "timeout": PATIENCE_SECONDS}, self._clock)
                self._stamps = stamps
            return self._cluster

    def renew(self) -> None:
        """Connect anew next time: the credentials were not accepted."""
        with self._lock:
            self._cluster = None


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


class Server:
    """Takes connections for ever. :param listeners: one for each of the forward's ports, in their order."""

    def __init__(
        self, forward: Forward, listeners: list[socket.socket], connecting: Connecting, clock: Clock, log: Log
    ) -> None:
        self._forward = forward
        self._listeners = listeners
        self._connecting = connecting
        self._clock = clock
        self._log = log
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._pods: dict[int, str] = {}

    def run(self) -> None:
        """Serve until the process ends."""
        with selectors.DefaultSelector() as selector:
            for listener, ports in zip(self._listeners, self._forward.ports, strict=True):
                listener.setblocking(False)
                selector.register(listener, selectors.EVENT_READ, (listener, ports.remote))
            while True:
                for key, __ in selector.select():
                    self._accept(*key.data)

    def _accept(self, listener: socket.socket, remote: int) -> None:
        self._room.acquire()
        try:
            client, __ = listener.accept()
            threading.Thread(target=self._serve, args=(client, remote), daemon=True).start()
        except (OSError, RuntimeError) as error:  # the client has gone again, or no descriptor or thread is left
            self._room.release()
            self._log(f"A connection was not taken: {error}.")

    def _serve(self, client: socket.socket, remote: int) -> None:
        try:
            with client, self._stream(remote) as stream:
                Pump(client, stream).run()
                if stream.complaint:
                    self._log(f"{self._pods[remote]}: {stream.complaint.strip()}")
        except MeshError as error:
            self._log(str(error))
        finally:
            self._room.release()

    @contextmanager
    def _stream(self, remote: int) -> Iterator[PodStream]:
        stream = retried(lambda: self._opened(remote), self._clock, PATIENCE_SECONDS)
        try:
            yield stream
        finally:
            stream.close()

    def _opened(self, remote: int) -> PodStream:
        """The port of a pod that is ready now: the one of a connection before may be gone."""
        cluster = self._connecting.cluster()
        try:
            pod, port = endpoint(cluster, self._forward, remote)
            stream = cluster.open_port(self._forward.namespace, pod, port)
        except NotAuthenticated as error:
            self._connecting.renew()
            raise PassingFault(str(error)) from error
        if self._pods.get(remote) != pod:
            self._pods[remote] = pod
            self._log(f"Port {remote} of {self._forward} leads to port {port} of pod {pod}.")
        return stream
