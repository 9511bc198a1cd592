"""One arm on a gateway of its own, run again and again, with the requests as the gateway counted them."""

from __future__ import annotations

import re
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.bench.arms import Arm, Function
from tests.gateway.deployment import Deployment
from tests.gateway.testing import GatewayHandle, running_gateway


class ArmFailed(Exception):
    """A command did not end well; the text is what it printed."""


@dataclass
class Row:
    """What several runs of one arm came to. The lists have one number a run, the rest is the last's.

    :param seconds: the whole command's. :param cpu: its CPU seconds. :param within: the seconds from its first request
        to the last answer, by the gateway's clock: the work itself, without the start of the program.
    """

    seconds: list[float] = field(default_factory=list)
    within: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    requests: int = 0
    writes: int = 0
    changed: str = "-"

    def cells(self) -> list[str]:
        """The row as the tables show it: times as median and minimum."""
        return [
            str(self.requests),
            str(self.writes),
            self.changed,
            f"{statistics.median(self.seconds):.2f}",
            f"{min(self.seconds):.2f}",
            f"{statistics.median(self.cpu):.2f}",
            f"{statistics.median(self.within):.3f}",
            f"{min(self.within):.3f}",
        ]


HEADINGS = ("requests", "writes", "changed", "median s", "least s", "CPU s", "within s", "least")


@dataclass(frozen=True)
class Load:
    """What an arm has to do.

    :param count: functions that the gateway holds. :param changes: how many of them every run changes.
    :param latency: seconds that the gateway takes for each request.
    """

    count: int
    changes: int = 0
    latency: float = 0.0


class Trial:
    """One arm with its gateway, for a `with` block at whose end nothing of it is left.

    :param environment: of the commands. :param primer: the arm that deploys the functions before the first run.
    """

    def __init__(self, arm: Arm, load: Load, environment: Mapping[str, str], primer: Arm) -> None:
        self.arm = arm
        self.row = Row()
        self._load = load
        self._environment = environment
        self._primer = primer
        self._round = 0
        self._gateway: GatewayHandle = running_gateway(function_limit=None)
        self._folder = tempfile.TemporaryDirectory(prefix="faas-mesh-bench-")

    def __enter__(self) -> Self:
        try:
            self._start(self._primer)
        except BaseException:
            self.__exit__()
            raise
        self._gateway.faults.latency = self._load.latency
        return self

    def __exit__(self, *exception: object) -> None:
        self._gateway.close()
        self._folder.cleanup()

    def run(self) -> None:
        """One run more."""
        self._round += 1
        self._gateway.counters.reset()
        used, begun = _cpu(), time.monotonic()
        printed = self._start(self.arm)
        self.row.seconds.append(time.monotonic() - begun)
        self.row.cpu.append(_cpu() - used)
        self.row.within.append(self._gateway.counters.seconds)
        self.row.requests = self._gateway.counters.total
        self.row.writes = self._gateway.counters.writes
        told = re.search(r"changed=(\d+)", printed)
        self.row.changed = told[1] if told else "-"
        self._check()

    def _start(self, arm: Arm) -> str:
        folder = Path(self._folder.name)
        command = arm.command(folder, self._gateway, self._functions())
        environment = {**self._environment, "OPENFAAS_CONFIG": str(folder / ".openfaas")}
        finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        if finished.returncode:
            raise ArmFailed(f"{arm.name} failed:\n{finished.stdout}{finished.stderr}")
        return finished.stdout

    def _functions(self) -> Sequence[Function]:
        return [
            {
                "name": f"f{number}",
                "image": f"example.com/f:{self._round if number < self._load.changes else 0}",
                "env": {"STAGE": "prod"},
            }
            for number in range(self._load.count)
        ]

    def _check(self) -> None:
        """An arm that was quick because it did nothing has lost."""
        held: dict[str, Deployment] = {
            name: record.deployment for name, record in self._gateway.functions.records.items()
        }
        wrong = [one["name"] for one in self._functions() if held[one["name"]].image != one["image"]]
        if wrong:
            raise ArmFailed(f"{self.arm.name} left {len(wrong)} functions as they were.")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
