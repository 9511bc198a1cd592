"""A control plane of the tests' own, whose parts may be killed and frozen."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster.trial import Trial
from tests.conftest import LAB_STATE
from tests.lab import control
from tests.lab.instance import Instance

ROOT = Path(__file__).resolve().parents[2]
SETTLE_SECONDS = 90.0


def _lab(command: str, *arguments: str) -> None:
    argv = [sys.executable, "-m", "tests.lab", command, *arguments]
    subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def plane() -> Iterator[Instance]:
    """An API server with its store and controllers, without a node."""
    name = f"faults-{secrets.token_hex(2)}"
    _lab("up", "--parts", "api", "--name", name)
    try:
        yield Instance(name)
    finally:
        _lab("down", "--name", name)


@pytest.fixture
def trial(plane: Instance) -> Iterator[Trial]:
    """Names of the test's own on that control plane."""
    trial = Trial(LAB_STATE / plane.name)
    yield trial
    eventually(trial.is_served)
    trial.clean()


def pid_of(plane: Instance, part: str) -> int:
    """The process of ``kube-apiserver`` or ``etcd``."""
    return next(unit.pid for unit in control.units(plane) if part in unit.name)


@contextmanager
def frozen(pid: int) -> Iterator[Callable[[], None]]:
    """Stop a process for a while; gives what lets it go on earlier."""

    def go_on() -> None:
        os.kill(pid, signal.SIGCONT)

    os.kill(pid, signal.SIGSTOP)
    try:
        yield go_on
    finally:
        go_on()


def eventually(is_so: Callable[[], bool]) -> None:
    """Return when something is so; it has to become so."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
