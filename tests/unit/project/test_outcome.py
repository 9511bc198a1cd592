"""Counting the tests of a stage."""

from __future__ import annotations

from pathlib import Path

from tests.stages.outcome import Outcome, read_junit

REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><error/></testcase>
<testcase name="d"><skipped/></testcase>
</testsuite></testsuites>"""


def test_a_junit_report_is_counted(tmp_path: Path) -> None:
    """An error is a failed test, and a skipped one did not run."""
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    outcome = read_junit(report)
    assert (outcome.passed, outcome.failed, outcome.skipped, outcome.ran) == (1, 2, 1, 3)


def test_no_report_counts_nothing(tmp_path: Path) -> None:
    """A runner that died before it wrote a report ran nothing."""
    assert read_junit(tmp_path / "none.xml").ran == 0


def test_the_closing_line_has_the_form_that_ci_reads() -> None:
    """The sum is one line: passed, failed, and skipped when there are any."""
    assert str(Outcome(passed=3) + Outcome.failure("why")) == "3 passed, 1 failed"
    assert str(Outcome(passed=3, skipped=2)) == "3 passed, 0 failed, 2 skipped"
