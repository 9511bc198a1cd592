# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bytes to and from one port of a pod, over the WebSocket of a port-forward."""

from __future__ import annotations

from ssl import SSLSocket, SSLWantReadError, SSLWantWriteError
from typing import Any

from .._libraries import required

# Channels of the subprotocol for one port; the first frame of each holds but the port's number
# (pkg/kubelet of kubernetes/kubernetes, cri/streaming/portforward/websocket.go).
DATA, COMPLAINT = 0, 1
_NOT_NOW = (BlockingIOError, SSLWantReadError, SSLWantWriteError)


class PodStream:
    """An open port of a pod. Nothing here waits: what cannot be done now is done at a later call.

    :param websocket: the connected WebSocket, of the library ``websocket``.
    """

    def __init__(self, websocket: Any) -> None:
        self._library = required("websocket")
        self._websocket = websocket
        self._socket = websocket.sock
        self._socket.setblocking(False)
        self._unsent = bytearray()
        self._begun: set[int] = set()
        self._channel = DATA
        self.ended = False
        self.complaint = ""

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return int(self._socket.fileno())

    @property
    def backlog(self) -> int:
        """How many bytes wait to be sent."""
        return len(self._unsent)

    @property
    def decrypted(self) -> bool:
        """Whether there is something to receive that the descriptor does not tell of, being decrypted already."""
        return isinstance(self._socket, SSLSocket) and self._socket.pending() > 0

    def receive(self, at_most: int) -> bytes:
        """What has come from the pod, of about ``at_most`` bytes. With the end, ``ended`` is set."""
        received = bytearray()
        try:
            while len(received) < at_most and not self.ended:
                received += self._taken(self._websocket.recv_frame())
        except _NOT_NOW:
            pass
        except (self._library.WebSocketException, OSError):
            self.ended = True
        return bytes(received)

    def send(self, data: bytes) -> None:
        """Take ``data`` for the pod."""
        self._queue(bytes([DATA]) + data, self._library.ABNF.OPCODE_BINARY)

    def flush(self) -> None:
        """Send of what was taken as much as goes now."""
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except _NOT_NOW:
            pass
        except OSError:
            self.ended = True
            self._unsent.clear()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _queue(self, payload: bytes, opcode: int) -> None:
        self._unsent += self._library.ABNF.create_frame(payload, opcode).format()

    def _taken(self, frame: Any) -> bytes:
        """The pod's bytes in a frame."""
        kinds = self._library.ABNF
        if frame.opcode == kinds.OPCODE_CLOSE:
            self.ended = True
        elif frame.opcode == kinds.OPCODE_PING:
            self._queue(frame.data, kinds.OPCODE_PONG)
        elif frame.opcode == kinds.OPCODE_CONT:
            return self._on_channel(frame.data)
        elif frame.opcode in (kinds.OPCODE_BINARY, kinds.OPCODE_TEXT) and frame.data:
            self._channel = frame.data[0]
            if self._channel in self._begun:
                return self._on_channel(frame.data[1:])
            self._begun.add(self._channel)
        return b""

    def _on_channel(self, data: bytes) -> bytes:
        if self._channel == DATA:
            return data
        self.complaint += data.decode(errors="replace")
        return b""
