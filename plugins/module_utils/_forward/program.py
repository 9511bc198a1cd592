# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The process of a forward: how it is started, what runs in it, and how it is ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import IO, Any, cast

from .._errors import MeshError
from .._retry import Clock, SystemClock
from .folder import Place, hold
from .identity import sealed
from .server import Connecting, Log, Server
from .wanted import Forward

START_SECONDS = 60.0
END_SECONDS = 10.0
LOG_BYTES = 1024 * 1024

# Everything that the process has to know comes by its standard input: the command line can be read by every user. What
# a module is made of is removed as the module ends, so all of it is imported before the start is reported.
_COMMAND = (
    "import json, sys; order = json.load(sys.stdin); sys.path[:] = order['path']; "
    f"from {__name__} import serve; serve(order)"
)


def start(place: Place, forward: Forward, connection: Mapping[str, Any], listeners: list[socket.socket]) -> int:
    """Start the process, in a session of its own; its number.

    :param listeners: one for each of the forward's ports, which it takes over.
    :raises MeshError: it does not start; nothing is left of it then.
    """
    descriptors = [listener.fileno() for listener in listeners]
    order = {
        "path": sys.path,
        "forward": forward.as_data(),
        "connection": dict(connection),
        "record": str(place.record),
        "log": str(place.log),
        "listeners": descriptors,
    }
    with open(os.open(place.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as log:
        # It has to outlive the module, and AnsibleModule.run_command waits for a program's end.
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            [sys.executable, "-c", _COMMAND, "faas.mesh.kube_forward", place.record.stem],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=descriptors,
            start_new_session=True,
        )
    said = _told(process, json.dumps(order).encode())
    if said != "ready":
        process.kill()
        process.wait()
        why = said or _last_line(place) or "it said nothing"
        place.clear()
        raise MeshError(f"The process that forwards to {forward} did not start: {why}")
    return process.pid


def _told(process: subprocess.Popen[bytes], order: bytes) -> str:
    """What the process says of its start; empty where it says nothing in time."""
    # Both are pipes, as it was started.
    with cast(IO[bytes], process.stdout) as answer:
        with contextlib.suppress(BrokenPipeError), cast(IO[bytes], process.stdin) as question:
            question.write(order)
        readable, __, __ = select.select([answer], [], [], START_SECONDS)
        return answer.readline().decode().strip() if readable else ""


def _last_line(place: Place) -> str:
    lines = place.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1] if lines else ""


def end(place: Place, pid: int, clock: Clock) -> None:
    """End the process of ``place``, whose number was just read from there, and remove its files.

    :raises MeshError: it does not end.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:  # it has just ended
            pass
        except PermissionError as error:
            raise MeshError(f"Process {pid}, which forwards by {place.record}, is another user's to end.") from error
        deadline = clock.now() + END_SECONDS
        while place.running() and clock.now() < deadline:
            clock.sleep(0.02)
        if not place.running():
            place.clear()
            return
    raise MeshError(f"Process {pid}, which forwards by {place.record}, does not end: end it by hand.")


def serve(order: Mapping[str, Any]) -> None:
    """What the process runs; it ends when it is told to by a signal.

    :param order: as ``start`` makes it.
    """
    forward, clock = Forward.from_data(order["forward"]), SystemClock()
    listeners = [socket.socket(fileno=descriptor) for descriptor in order["listeners"]]
    connecting = Connecting(order["connection"], clock)
    try:
        connecting.cluster()
    except MeshError as error:
        _say(str(error))
        return
    seal = sealed(order["connection"])
    held = hold(order["record"], {"pid": os.getpid(), "forward": forward.as_data(), "connection": seal})
    log = _log(order["log"])
    log(f"Process {os.getpid()} forwards to {forward}.")
    _say("ready")
    _let_go()
    try:
        Server(forward, listeners, connecting, clock, log).run()
    finally:
        os.close(held)


def _say(line: str) -> None:
    """Tell the module that started this process, which waits for one line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _let_go() -> None:
    """Let go of the pipes to the module that started this process, which would wait for their end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdin, sys.stdout):
        os.dup2(nothing, stream.fileno())
    os.close(nothing)


def _log(path: str) -> Log:
    """What writes lines with their time to a file, which begins anew when it has grown long."""

    def log(line: str) -> None:
        text = f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {' '.join(line.split())}\n"
        with contextlib.suppress(OSError), open(path, "a", encoding="utf-8") as file:
            if file.tell() > LOG_BYTES:
                file.truncate(0)
            file.write(text)

    return log
