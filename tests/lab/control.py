"""Talking to an instance's supervisor."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.lab import cgroups, network, waiting
from tests.lab.errors import LabError
from tests.lab.instance import Instance
from tests.lab.supervisor import Unit

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
REPLY_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """A unit as it runs.

    :param pid: its process id as the host sees it; 0 while it waits for its next start.
    :param starts: how often it was started.
    """

    name: str
    pid: int
    starts: int


def launch(instance: Instance) -> None:
    """Start the supervisor in the instance's cgroup and namespaces, and wait until it answers.

    :raises LabError: it does not come up; its log says why.
    """
    argv = ["nsenter", f"--net={network.namespace_file(instance)}"]
    argv += ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
    argv += [sys.executable, "-m", "tests.lab.supervisor", instance.name]
    with (instance.logs / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(
            argv,
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=lambda: cgroups.enter(instance),
        )
    instance.supervisor_pid.write_text(str(process.pid))

    def answers() -> bool:
        if process.poll() is not None:
            raise LabError(f"The supervisor of {instance.name} ended at once: see {instance.logs / 'supervisor.log'}.")
        return is_up(instance)

    waiting.until(answers, START_SECONDS, f"the supervisor of {instance.name}")


def is_up(instance: Instance) -> bool:
    """Whether the instance's supervisor answers."""
    try:
        _ask(instance, {"do": "units"})
    except OSError:
        return False
    return True


def start(instance: Instance, unit: Unit) -> None:
    """Have a unit run from now on; one that runs already is left alone."""
    _ask(instance, {"do": "start", "unit": asdict(unit)})


def stop(instance: Instance, name: str) -> None:
    """Have a unit end and stay down."""
    _ask(instance, {"do": "stop", "name": name})


def units(instance: Instance) -> list[Running]:
    """The instance's units; none when it is not up."""
    try:
        reply = _ask(instance, {"do": "units"})
    except OSError:
        return []
    seen_from_host = _host_pids(instance)
    return [Running(unit["name"], seen_from_host.get(unit["pid"], 0), unit["starts"]) for unit in reply["units"]]


def _ask(instance: Instance, request: dict[str, Any]) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(REPLY_SECONDS)
        client.connect(str(instance.supervisor_socket))
        with client.makefile("rwb") as stream:
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()
            reply: dict[str, Any] = json.loads(stream.readline() or b'{"error": "no reply"}')
    if "error" in reply:
        raise LabError(f"The supervisor of {instance.name} could not {request['do']}: {reply['error']}.")
    return reply


def _host_pids(instance: Instance) -> dict[int, int]:
    """Process ids inside the instance, and the host's for the same processes."""
    pids = {}
    for pid in cgroups.processes(instance):
        with suppress(OSError):
            fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            names = fields["NSpid"].split()
            if len(names) == 2:  # a process of a pod has a third namespace
                pids[int(names[1])] = pid
    return pids
