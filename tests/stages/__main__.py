"""`python -m tests.stages [STAGE ...]`: run stages of `make test`, all of them when none is named.

Stages that are named run one after the other. All of them run in two lanes side by side, each with a lab instance of
its own, for much of what the lab's tests do is to wait.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.stages import lanes
from tests.stages.lint import lint
from tests.stages.outcome import Entry, Outcome, write_report
from tests.stages.sanity import sanity
from tests.stages.scenarios import molecule
from tests.stages.shared_lab import OWN_NAME, VARIABLE, LabFailure, SharedLab
from tests.stages.suites import Suite
from tests.stages.workspace import CHECKOUT, Workspace


@dataclass(frozen=True)
class Stage:
    """A part of `make test`.

    :param run: does the work and counts the tests.
    :param needs_lab: whether a lab instance must be up.
    """

    run: Callable[[Workspace], Outcome]
    needs_lab: bool = False


STAGES = {
    "lint": Stage(lint),
    "sanity": Stage(sanity),
    "unit": Stage(Suite("unit", ("tests/unit",))),
    "contract": Stage(Suite("contract", ("tests/contract",))),
    "cluster": Stage(Suite("cluster", ("tests/cluster",)), needs_lab=True),
    "faults": Stage(Suite("faults", ("tests/faults",)), needs_lab=True),
    "molecule": Stage(molecule, needs_lab=True),
    "tarball": Stage(Suite("tarball", ("tests/tarball",)), needs_lab=True),
}
BESIDE = ("cluster",)
"""The stages of the first lane, about as long as all others together."""


def main() -> int:
    """Run the stages that the command line names; gives 0 when every test of every stage passed.

    The last line printed is the sum, ``N passed, N failed``.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.stages", description=__doc__)
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"one of {', '.join(STAGES)}")
    parser.add_argument("--root", type=Path, default=CHECKOUT, help="the checkout to test (default: this one)")
    parser.add_argument("--lab", default=OWN_NAME, help="name of the lab instance to start (default: %(default)s)")
    parser.add_argument("--report", type=Path, help="a file for the outcomes, as JSON")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.stages if name not in STAGES]
    if unknown:
        parser.error(f"there is no stage {', '.join(unknown)}: the stages are {', '.join(STAGES)}")

    # As an exception, so that the lab goes down too.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    workspace = Workspace(arguments.root.resolve())
    if arguments.stages or VARIABLE in os.environ:
        report = _one_by_one(arguments.stages or list(STAGES), workspace, arguments.lab)
    else:
        others = tuple(name for name in STAGES if name not in BESIDE)
        report = lanes.run(workspace, (lanes.Lane(BESIDE, arguments.lab), lanes.Lane(others, f"{arguments.lab}-2")))
    if arguments.report:
        write_report(arguments.report, report)
    return _closing(report)


def _one_by_one(stages: list[str], workspace: Workspace, lab_name: str) -> list[Entry]:
    """Run stages, and in the end take down the lab that they needed."""
    lab = SharedLab(workspace, lab_name)
    report = []
    try:
        for name in stages:
            begun = time.monotonic()
            print(f"\n==== {name}", flush=True)
            report.append(Entry(name, _outcome(name, workspace, lab), time.monotonic() - begun))
    finally:
        stopped = lab.stop()
    if stopped:
        report.append(Entry("lab", Outcome.failure("the lab did not go down cleanly"), 0.0))
    return report


def _outcome(name: str, workspace: Workspace, lab: SharedLab) -> Outcome:
    """Run one stage; a stage that ran no test has failed."""
    stage = STAGES[name]
    if stage.needs_lab:
        try:
            lab.start()
        except LabFailure as failure:
            return Outcome.failure(str(failure))
    outcome = stage.run(workspace)
    return outcome if outcome.ran else outcome + Outcome.failure("no test ran")


def _closing(report: list[Entry]) -> int:
    """Print a line for each stage and the sum; gives the exit code."""
    print("\n==== result")
    for entry in report:
        print(f"{entry.stage:<10}{entry.outcome!s:<40}{entry.seconds:6.0f} s")
        for complaint in entry.outcome.complaints:
            print(f"{'':<10}{complaint}")
    total = sum((entry.outcome for entry in report), Outcome())
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
