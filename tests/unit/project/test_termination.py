"""`make test` that is told to end takes with it what it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.stages.workspace import CHECKOUT

PLANTED = """import os, signal


def test_planted():
    with open({told!r}, "w") as told:
        told.write(str(os.getpid()))
    signal.pause()
"""


def test_a_terminated_run_leaves_no_process(tmp_path: Path) -> None:
    """The exit code tells the signal."""
    told = tmp_path / "told"
    os.mkfifo(told)
    folder = tmp_path / "copy" / "tests" / "unit"
    folder.mkdir(parents=True)
    (folder / "test_planted.py").write_text(PLANTED.format(told=str(told)))
    run = subprocess.Popen(
        [sys.executable, "-m", "tests.stages", "unit", "--root", str(tmp_path / "copy")],
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    planted = Path(f"/proc/{told.read_text()}")
    run.send_signal(signal.SIGTERM)
    assert run.wait(60) == 128 + signal.SIGTERM
    assert not planted.exists()
