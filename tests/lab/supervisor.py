"""The first process of an instance: it starts the components, starts them again when they end, and reaps orphans.

It is process 1 of a process namespace, so that its death is the death of every process and mount of the instance. It
also has a mount namespace of its own, in which /run, /var/log and /var/lib/kubelet are the instance's, so that all
components keep their usual paths. It takes requests from :mod:`tests.lab.control` over a Unix socket, one JSON object a
connection: ``{"do": "start", "unit": {...}}``, ``{"do": "stop", "name": ...}``, ``{"do": "units"}``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.commands import run
from tests.lab.instance import Instance

RESTART_AFTER = 1.0
"""Seconds between the end of a component and its next start."""

CLIENT_SECONDS = 5.0
"""Seconds that a client may take to say what it wants."""


@dataclass(frozen=True)
class Unit:
    """One component.

    :param name: its name and that of its log.
    :param argv: the program and its arguments.
    :param env: variables on top of the supervisor's own.
    """

    name: str
    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class State:
    """What became of a unit.

    :param pid: its process id inside the instance; 0 while it waits for its next start.
    :param starts: how often it was started.
    """

    unit: Unit
    pid: int = 0
    starts: int = 0
    wanted: bool = True


class Supervisor:
    """The units of an instance and their processes.

    :param logs: the folder for their output.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._states: dict[str, State] = {}
        self._lock = threading.Lock()

    def start(self, unit: Unit) -> None:
        """Run a unit from now on; one of its name is replaced when it was told to stop."""
        with self._lock:
            state = self._states.get(unit.name)
            if state is None or not state.wanted:
                state = self._states[unit.name] = State(unit)
                self._spawn(state)

    def stop(self, name: str) -> None:
        """End a unit for good; an unknown name is no error."""
        with self._lock:
            state = self._states.get(name)
            if state is None:
                return
            state.wanted = False
            if state.pid:
                os.kill(state.pid, signal.SIGTERM)

    def units(self) -> list[dict[str, Any]]:
        """Name, process id inside the instance and number of starts of every unit."""
        with self._lock:
            return [
                {"name": name, "pid": state.pid, "starts": state.starts}
                for name, state in self._states.items()
                if state.wanted
            ]

    def reap(self) -> None:
        """Collect every child that ends, for ever, and start units again. SIGCHLD has to be blocked in all threads."""
        while True:
            signal.sigwait({signal.SIGCHLD})
            with self._lock:
                self._collect()

    def _collect(self) -> None:
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self._ended(pid)

    def _ended(self, pid: int) -> None:
        for state in self._states.values():
            if state.pid == pid:
                state.pid = 0
                if state.wanted:
                    self._start_later(state)

    def _start_later(self, state: State) -> None:
        threading.Timer(RESTART_AFTER, self._start_again, [state]).start()

    def _start_again(self, state: State) -> None:
        with self._lock:
            if not state.wanted:
                return
            try:
                self._spawn(state)
            except OSError as fault:
                print(f"{state.unit.name} could not be started: {fault}", file=sys.stderr, flush=True)
                self._start_later(state)

    def _spawn(self, state: State) -> None:
        with (self._logs / f"{state.unit.name}.log").open("ab") as log:
            state.pid = os.posix_spawn(
                state.unit.argv[0],
                state.unit.argv,
                {**os.environ, **state.unit.env},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, log.fileno(), 1),
                    (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
                ],
                setsid=True,
                setsigmask=[],
            )
        state.starts += 1


def answer(supervisor: Supervisor, request: dict[str, Any]) -> dict[str, Any]:
    """Do what a request asks for and give the reply; a bad request is a reply with ``error``."""
    try:
        match request["do"]:
            case "start":
                supervisor.start(Unit(**request["unit"]))
            case "stop":
                supervisor.stop(request["name"])
            case "units":
                return {"units": supervisor.units()}
            case other:
                return {"error": f"unknown request {other!r}"}
    except (KeyError, TypeError, OSError) as fault:
        return {"error": str(fault)}
    return {}


def listen(supervisor: Supervisor, path: Path) -> None:
    """Answer requests on a Unix socket, one after the other, for ever."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        while True:
            client, _ = server.accept()
            client.settimeout(CLIENT_SECONDS)
            # A client that goes away, stalls or talks nonsense must not end the instance.
            with client, suppress(OSError, ValueError):
                reply = answer(supervisor, json.loads(_line(client)))
                client.sendall(json.dumps(reply).encode() + b"\n")


def _line(client: socket.socket) -> bytes:
    with client.makefile("rb") as stream:
        return stream.readline()


def mount_own_folders(instance: Instance) -> None:
    """Put the instance's folders in the place of the host's, in this mount namespace only."""
    run(["mount", "--make-rshared", "/"])
    run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"])
    for inside, folder in (("/var/log", "log"), ("/var/lib/kubelet", "kubelet")):
        Path(inside).mkdir(parents=True, exist_ok=True)
        (instance.state / folder).mkdir(exist_ok=True)
        run(["mount", "--bind", instance.state / folder, inside])


def main(name: str) -> None:
    """Serve the instance of this name until killed."""
    instance = Instance(name)
    mount_own_folders(instance)
    socket.sethostname(instance.node)
    supervisor = Supervisor(instance.logs)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    threading.Thread(target=supervisor.reap, daemon=True).start()
    listen(supervisor, instance.supervisor_socket)


if __name__ == "__main__":
    main(sys.argv[1])
