"""The supervisor's answers to what it is asked."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.lab import waiting
from tests.lab.supervisor import Supervisor, answer, listen

PROJECT = Path(__file__).resolve().parents[3]

SCRIPT = """
import signal, sys, threading
from pathlib import Path
from tests.lab import waiting
from tests.lab.supervisor import Supervisor, Unit

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
supervisor = Supervisor(Path(sys.argv[1]))
threading.Thread(target=supervisor.reap, daemon=True).start()
supervisor.start(Unit("brief", ("/bin/sh", "-c", "echo $WORD"), {"WORD": "again"}))
waiting.until(lambda: supervisor.units()[0]["starts"] == 3, 20, "three starts")
supervisor.start(Unit("long", ("/bin/sleep", "60")))
supervisor.stop("long")
print([unit["name"] for unit in supervisor.units()])
"""


def test_a_unit_that_ends_is_started_again_and_one_that_is_stopped_is_not(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "['brief']\n"
    assert (tmp_path / "brief.log").read_text().splitlines()[:2] == ["again", "again"]


def test_a_client_that_talks_nonsense_or_goes_away_does_not_end_the_service(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    threading.Thread(target=listen, args=[Supervisor(tmp_path), path], daemon=True).start()

    def listens() -> bool:
        try:
            return reply(b"") == b""
        except OSError:
            return False

    def reply(text: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(text)
            client.shutdown(socket.SHUT_WR)
            return client.recv(1000)

    waiting.until(listens, 20, "the socket")
    assert reply(b"nonsense\n") == b""
    assert reply(b'{"do": "units"}\n') == b'{"units": []}\n'


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"do": "dance"}, "unknown request 'dance'"),
        ({}, "'do'"),
        ({"do": "start", "unit": {"name": "x", "argv": ["/no/such/program"]}}, "No such file"),
    ],
)
def test_a_request_that_cannot_be_met_is_answered_with_the_reason(
    tmp_path: Path, request_: dict[str, Any], error: str
) -> None:
    assert error in answer(Supervisor(tmp_path), request_)["error"]
