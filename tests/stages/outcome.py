"""What came of a stage: how many tests passed, failed and were skipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Outcome:
    """Counts of tests, and the sentences that say what is wrong beyond the tests' own output."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    complaints: tuple[str, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.complaints + other.complaints,
        )

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"

    @classmethod
    def failure(cls, complaint: str) -> Outcome:
        """One failed test, which is described by ``complaint`` alone."""
        return cls(failed=1, complaints=(complaint,))

    @property
    def ran(self) -> int:
        """How many tests ran to an end; a skipped test did not."""
        return self.passed + self.failed


def read_junit(report: Path) -> Outcome:
    """The counts of a JUnit report; a report that does not exist counts nothing."""
    if not report.exists():
        return Outcome()
    cases = list(ElementTree.parse(report).iter("testcase"))
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return Outcome(len(cases) - failed - skipped, failed, skipped)
