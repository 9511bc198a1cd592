"""The stages that are pytest suites: `unit`, `contract`, `cluster` and `tarball`."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tests.stages.commands import run
from tests.stages.outcome import Outcome, read_junit
from tests.stages.workspace import Workspace

NO_TESTS_COLLECTED = 5


@dataclass(frozen=True)
class Suite:
    """A folder of tests for pytest.

    :param folder: relative to the checkout's root.
    """

    folder: str

    def __call__(self, workspace: Workspace) -> Outcome:
        """Run the suite's tests and count what pytest's JUnit report says."""
        report = workspace.build / "reports" / f"{self.folder.replace('/', '-')}.xml"
        report.unlink(missing_ok=True)
        finished = run(
            [sys.executable, "-m", "pytest", "--color=yes", f"--junitxml={report}", self.folder],
            workspace.root,
            workspace.environment(),
        )
        outcome = read_junit(report)
        if finished.code == NO_TESTS_COLLECTED:
            return Outcome.failure(f"{self.folder} has no test")
        if finished.code and not outcome.failed:
            return outcome + Outcome.failure(f"pytest of {self.folder} ended with {finished.code}")
        return outcome
