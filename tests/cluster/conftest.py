"""What the tests on a running cluster share."""

from __future__ import annotations

import contextlib
import secrets
import socket
import subprocess
import syslog as log
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.site import Site
from tests.cluster.trial import Trial
from tests.conftest import Lab
from tests.unit.conftest import no_earlier_warnings

__all__ = ["no_earlier_warnings"]

SYSLOG = Path("/dev/log")
LOG_SECONDS = 30.0


@pytest.fixture
def trial(lab: Lab) -> Iterator[Trial]:
    """Names of the test's own on the lab; what is left of them is removed."""
    trial = Trial(lab.state)
    yield trial
    trial.clean()


@pytest.fixture(scope="session")
def site(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The collection's playbooks on the lab; in the end the lab is empty again."""
    site = Site(lab, tmp_path_factory.mktemp("site"))
    yield site
    site.empty()


@pytest.fixture
def syslog() -> Iterator[Callable[[], str]]:
    """What the machine's log got since the test began; it is heard, or its silence would prove nothing."""
    with _listening() as heard:

        def read() -> str:
            mark = secrets.token_hex(8)
            log.syslog(mark)
            deadline = time.monotonic() + LOG_SECONDS
            while mark not in heard():
                assert time.monotonic() < deadline, f"{SYSLOG} is not heard"
                time.sleep(0.05)
            return heard()

        yield read


@contextlib.contextmanager
def _listening() -> Iterator[Callable[[], str]]:
    """Listen to the machine's log, or stand in its place where the machine has none."""
    if SYSLOG.exists():
        begin = subprocess.run(["date", "+@%s"], check=True, capture_output=True, text=True).stdout.strip()
        argv = ["journalctl", "--quiet", "--output=cat", f"--since={begin}"]
        yield lambda: subprocess.run(argv, check=True, capture_output=True, text=True).stdout
        return
    lines: list[bytes] = []
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(SYSLOG))
    server.settimeout(0.2)
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                lines.append(server.recv(65536))

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield lambda: b"\n".join(lines).decode(errors="replace")
    finally:
        over.set()
        listener.join()
        server.close()
        SYSLOG.unlink()
