"""The stages that are pytest suites: `unit`, `contract`, `cluster`, `faults` and `tarball`."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tests.stages.commands import run
from tests.stages.outcome import Outcome, read_junit
from tests.stages.workspace import Workspace

NO_TESTS_COLLECTED = 5


@dataclass(frozen=True)
class Suite:
    """Folders of tests for pytest.

    :param name: the stage's name.
    :param folders: relative to the checkout's root.
    """

    name: str
    folders: tuple[str, ...]

    def __call__(self, workspace: Workspace) -> Outcome:
        """Run the suite's tests and count what pytest's JUnit report says."""
        report = workspace.build / "reports" / f"{self.name}.xml"
        report.unlink(missing_ok=True)
        finished = run(
            [sys.executable, "-m", "pytest", "--color=yes", f"--junitxml={report}", *self.folders],
            workspace.root,
            workspace.environment(),
        )
        outcome = read_junit(report)
        if finished.code == NO_TESTS_COLLECTED:
            return Outcome.failure(f"{' and '.join(self.folders)} hold no test")
        if finished.code and not outcome.failed:
            return outcome + Outcome.failure(f"pytest of {self.name} ended with {finished.code}")
        return outcome
