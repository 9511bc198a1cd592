# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bytes both ways between a client and a pod, for as long as one of them has any."""

from __future__ import annotations

import selectors
import socket

from .._kube.stream import PodStream

# What is held of either side while the other does not take it.
BUFFER = 256 * 1024
# A client that hangs up may still want what the pod has left to say: such clients half-close, others never come back,
# and one cannot be told from the other.
LINGER_SECONDS = 5.0


class Pump:
    """One connection. In a single thread, for a TLS connection must not be used by two at once.

    :param client: the client's connection. :param stream: the pod's.
    """

    def __init__(self, client: socket.socket, stream: PodStream) -> None:
        self._client = client
        self._client.setblocking(False)
        self._stream = stream
        self._to_client = bytearray()
        self._client_speaks = True
        self._client_listens = True

    def run(self) -> None:
        """Carry bytes until both are done."""
        while True:
            self._carry_in()
            self._carry_out()
            if not self._client_listens or (self._stream.ended and not self._to_client):
                return
            if not self._wait():
                return

    def _carry_in(self) -> None:
        """From the client to the pod."""
        try:
            while self._reads_client():
                data = self._client.recv(64 * 1024)
                if data:
                    self._stream.send(data)
                self._client_speaks = bool(data)
        except BlockingIOError:
            pass
        except OSError:
            self._client_speaks = self._client_listens = False
        self._stream.flush()

    def _carry_out(self) -> None:
        """From the pod to the client."""
        if self._reads_pod():
            self._to_client += self._stream.receive(BUFFER - len(self._to_client))
        try:
            while self._to_client:
                del self._to_client[: self._client.send(self._to_client)]
        except BlockingIOError:
            pass
        except OSError:
            self._client_listens = False

    def _reads_client(self) -> bool:
        return self._client_speaks and not self._stream.ended and self._stream.backlog < BUFFER

    def _reads_pod(self) -> bool:
        return not self._stream.ended and len(self._to_client) < BUFFER

    def _wait(self) -> bool:
        """Wait until something can be done; False when a client that hung up is told nothing more."""
        if self._reads_pod() and self._stream.decrypted:
            return True
        client = (selectors.EVENT_READ if self._reads_client() else 0) | (
            selectors.EVENT_WRITE if self._to_client else 0
        )
        pod = (selectors.EVENT_READ if self._reads_pod() else 0) | (
            selectors.EVENT_WRITE if self._stream.backlog and not self._stream.ended else 0
        )
        with selectors.DefaultSelector() as selector:
            if client:
                selector.register(self._client, client)
            if pod:
                selector.register(self._stream, pod)
            return bool(selector.select(None if self._client_speaks else LINGER_SECONDS))
