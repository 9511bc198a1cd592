"""What came of a stage: how many tests passed, failed and were skipped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True)
class Entry:
    """What came of one stage, and the seconds that it took."""

    stage: str
    outcome: Outcome
    seconds: float


def write_report(path: Path, entries: Iterable[Entry]) -> None:
    """Write outcomes as JSON, for `read_report`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(entry) for entry in entries]))


def read_report(path: Path) -> list[Entry]:
    """The outcomes of a file that `write_report` wrote; a file that does not exist has none."""
    if not path.exists():
        return []
    return [
        Entry(
            found["stage"],
            Outcome(**{**found["outcome"], "complaints": tuple(found["outcome"]["complaints"])}),
            found["seconds"],
        )
        for found in json.loads(path.read_text())
    ]


def read_junit(report: Path) -> Outcome:
    """The counts of a JUnit report; a report that does not exist counts nothing."""
    if not report.exists():
        return Outcome()
    cases = list(ElementTree.parse(report).iter("testcase"))
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return Outcome(len(cases) - failed - skipped, failed, skipped)
