"""Stages of `make test` that run side by side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stages.lanes import Lane, run
from tests.stages.outcome import Outcome
from tests.stages.workspace import CHECKOUT, Workspace
from tests.unit.project.test_termination import PLANTED

LANES = (Lane(("unit",), "first"), Lane(("contract",), "second"))


def plant(root: Path, stage: str, text: str) -> None:
    """A test of a stage in a copy."""
    folder = root / "tests" / stage
    folder.mkdir(parents=True)
    (folder / "test_planted.py").write_text(text)


def test_every_lane_is_counted_and_its_output_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(tmp_path, "unit", "def test_planted():\n    pass\n")
    plant(tmp_path, "contract", "def test_planted():\n    assert not 'planted'\n")
    found = {entry.stage: entry.outcome for entry in run(Workspace(tmp_path), LANES)}
    assert found == {"unit": Outcome(passed=1), "contract": Outcome(failed=1)}
    lines = capsys.readouterr().out.splitlines()
    assert "   first | ==== unit" in lines
    assert "  second | ==== contract" in lines


def test_a_lane_that_dies_has_failed_in_each_of_its_stages(tmp_path: Path) -> None:
    plant(tmp_path, "unit", "import os, signal\n\n\ndef test_planted():\n    os.kill(os.getppid(), signal.SIGKILL)\n")
    plant(tmp_path, "contract", "def test_planted():\n    pass\n")
    first, second = (Lane(("unit", "lint"), "first"), LANES[1])
    found = {entry.stage: entry.outcome for entry in run(Workspace(tmp_path), (first, second))}
    assert {stage: outcome.failed for stage, outcome in found.items()} == {"unit": 1, "lint": 1, "contract": 0}
    assert found["lint"].complaints == ("the lane first ended with -9 before it was through",)


def test_a_terminated_run_ends_its_lanes(tmp_path: Path) -> None:
    plant(tmp_path, "contract", "def test_planted():\n    pass\n")
    program = (
        "import signal, sys\n"
        "from pathlib import Path\n"
        "from tests.stages.lanes import run\n"
        "from tests.stages.workspace import Workspace\n"
        "from tests.unit.project.test_lanes import LANES\n"
        "signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))\n"
        f"run(Workspace(Path({str(tmp_path)!r})), LANES)\n"
    )
    told = tmp_path / "told"
    os.mkfifo(told)
    plant(tmp_path, "unit", PLANTED.format(told=str(told)))
    lanes = subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    planted = Path(f"/proc/{told.read_text()}")
    lanes.send_signal(signal.SIGTERM)
    assert lanes.wait(60) == 128 + signal.SIGTERM
    assert not planted.exists()
