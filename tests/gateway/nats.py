"""The core NATS protocol, as far as publishing to a subject and working through a queue group need it.

Source of the rules: the client protocol in the NATS documentation (INFO, CONNECT, PUB, SUB, MSG, PING, PONG, -ERR).
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import BinaryIO

MessageHandler = Callable[[bytes], None]


class NatsConnection:
    """One connection; a thread of its own reads it and answers the server's PINGs.

    `address` is (host, port), `timeout` seconds for connecting and for each confirmation. Raises OSError where the
    server cannot be reached or is none. `closed` is set once the connection has ended.
    """

    def __init__(self, address: tuple[str, int], *, name: str, timeout: float = 5.0) -> None:
        self.closed = threading.Event()
        self._timeout = timeout
        self._socket = socket.create_connection(address, timeout)
        self._reader: BinaryIO = self._socket.makefile("rb")
        if not self._reader.readline().startswith(b"INFO "):
            self._socket.close()
            raise ConnectionError(f"{address[0]}:{address[1]} does not speak the NATS protocol")
        self._socket.settimeout(None)
        self._handlers: dict[bytes, MessageHandler] = {}
        self._writing = threading.Lock()
        self._pongs = threading.Semaphore(0)
        options = {"verbose": False, "pedantic": False, "name": name, "lang": "python", "version": "1", "protocol": 0}
        self._write(b"CONNECT %b\r\n" % json.dumps(options).encode())
        threading.Thread(target=self._read, daemon=True).start()
        self.confirm()

    def publish(self, subject: str, payload: bytes) -> None:
        """Send one message and wait until the server has it; raises OSError."""
        self._write(b"PUB %b %d\r\n%b\r\n" % (subject.encode(), len(payload), payload))
        self.confirm()

    def work(self, subject: str, group: str, handler: MessageHandler) -> None:
        """Have `handler` called, in the reading thread, with the messages that fall to this member of `group`."""
        identity = b"%d" % (len(self._handlers) + 1)
        self._handlers[identity] = handler
        self._write(b"SUB %b %b %b\r\n" % (subject.encode(), group.encode(), identity))
        self.confirm()

    def confirm(self) -> None:
        """Wait until the server has read everything sent so far; raises OSError."""
        self._write(b"PING\r\n")
        answered = self._pongs.acquire(timeout=self._timeout)
        if self.closed.is_set() or not answered:
            self.close()
            raise ConnectionError("the NATS server closed the connection or does not answer")

    def close(self) -> None:
        """End the connection."""
        self.closed.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # closed from the other side already

    def _write(self, data: bytes) -> None:
        with self._writing:
            self._socket.sendall(data)

    def _read(self) -> None:
        try:
            while line := self._reader.readline():
                self._take(line.rstrip(b"\r\n"))
        except OSError:
            pass  # said by `closed`
        finally:
            self.closed.set()
            self._pongs.release(1024)  # whoever waits for a confirmation learns of the end
            self._socket.close()

    def _take(self, line: bytes) -> None:
        verb, *words = line.split()
        if verb == b"PING":
            self._write(b"PONG\r\n")
        elif verb == b"PONG":
            self._pongs.release()
        elif verb == b"MSG":
            payload = self._reader.read(int(words[-1]) + 2)[:-2]
            self._handlers[words[1]](payload)
        elif verb == b"-ERR":
            raise ConnectionError(line.decode(errors="replace"))


class NatsQueue:
    """The gateway's queue on one subject; connects anew when the connection was lost. Raises OSError at the start."""

    def __init__(self, address: tuple[str, int], subject: str) -> None:
        self._address = address
        self._subject = subject
        self._lock = threading.Lock()
        self._connection = self._connect()

    def publish(self, message: bytes) -> None:
        """See Queue."""
        with self._lock:
            if self._connection.closed.is_set():
                self._connection = self._connect()
            self._connection.publish(self._subject, message)

    def _connect(self) -> NatsConnection:
        return NatsConnection(self._address, name="gateway")
