"""Lanes: stages that run side by side, each lane as a program of its own with a lab instance of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tests.stages.outcome import Entry, Outcome, read_report
from tests.stages.workspace import Workspace


@dataclass(frozen=True)
class Lane:
    """Stages that run one after the other.

    :param stages: their names. :param lab: the name of the lane's lab instance.
    """

    stages: tuple[str, ...]
    lab: str


class _Running:
    """A lane that runs, and whose output is passed on line by line with the lane's name before it."""

    def __init__(self, workspace: Workspace, lane: Lane) -> None:
        self._lane = lane
        self._report = workspace.build / "reports" / f"lane-{lane.lab}.json"
        self._report.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.stages", "--root", str(workspace.root)),
                *("--lab", lane.lab, "--report", str(self._report), *lane.stages),
            ],
            env=workspace.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._pass_on)
        self._reader.start()

    def _pass_on(self) -> None:
        for line in self._process.stdout or ():
            sys.stdout.write(f"{self._lane.lab:>8} | {line}")
            sys.stdout.flush()

    def end(self) -> None:
        """Have it end early, its lab too."""
        if self._process.poll() is None:
            self._process.terminate()
        self._reader.join()

    def ended(self) -> list[Entry]:
        """Wait for its end and give what came of its stages; one of which nothing came has failed."""
        self._reader.join()
        code = self._process.wait()
        entries = read_report(self._report)
        lost = set(self._lane.stages) - {entry.stage for entry in entries}
        failure = Outcome.failure(f"the lane {self._lane.lab} ended with {code} before it was through")
        return [*entries, *(Entry(stage, failure, 0.0) for stage in self._lane.stages if stage in lost)]


def run(workspace: Workspace, lanes: Sequence[Lane]) -> list[Entry]:
    """Run the lanes side by side, and end all of them when this program is told to end."""
    running: list[_Running] = []
    try:
        for lane in lanes:
            running.append(_Running(workspace, lane))
        return [entry for begun in running for entry in begun.ended()]
    finally:
        for begun in running:
            begun.end()
