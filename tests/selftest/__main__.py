"""`python -m tests.selftest`: plant a failing test, then none at all, in each stage of a copy; every run must fail.

The stages themselves run from this checkout, so that a copy can be emptied. A copy keeps its own
tests out, so that the only thing that can fail is what was planted.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.stages.__main__ import STAGES
from tests.stages.shared_lab import SharedLab
from tests.stages.workspace import CHECKOUT, Workspace

FAILING_TEST = '''"""Planted."""


def test_planted() -> None:
    """Fails."""
    assert not "planted"
'''
FAILING_PLAY = """---
- name: Planted
  hosts: all
  gather_facts: false
  tasks:
    - name: Fail
      ansible.builtin.fail:
        msg: planted
"""
EMPTY_TEST = '"""Planted: holds no test."""\n'


@dataclass(frozen=True)
class Plant:
    """How to make one stage of a copy fail.

    :param empty: leaves the stage nothing to test.
    :param failing: leaves it one test, which fails.
    :param complaint: what the stage says of the empty copy.
    """

    empty: Callable[[Path], None]
    failing: Callable[[Path], None]
    complaint: str


def _remove(root: Path, *patterns: str) -> None:
    """Delete the files below ``root`` that match one of the patterns."""
    for pattern in patterns:
        for path in [path for path in root.glob(pattern) if path.is_file()]:
            path.unlink()


def _write(path: Path, text: str) -> None:
    """Write a planted file, with the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _suite(*folders: str) -> Plant:
    """The plants for a stage that consists of folders of pytest tests."""

    def empty(root: Path) -> None:
        for folder in folders:
            _remove(root, f"{folder}/**/*.py")
            _write(root / folder / "test_planted.py", EMPTY_TEST)

    def failing(root: Path) -> None:
        empty(root)
        _write(root / folders[0] / "test_planted.py", FAILING_TEST)

    return Plant(empty, failing, "hold no test")


def _no_python(root: Path) -> None:
    _remove(root, "plugins/**/*", "tests/**/*")


def _unused_import(root: Path) -> None:
    _write(root / "plugins" / "module_utils" / "planted.py", '"""Planted."""\n\nimport os\n')


def _no_plugins(root: Path) -> None:
    """Leave ansible-test a collection in which it finds no file that it knows how to look at."""
    _remove(root, "**/*")
    _write(root / "galaxy.yml", (CHECKOUT / "galaxy.yml").read_text())


def _undocumented_module(root: Path) -> None:
    _write(root / "plugins" / "modules" / "planted.py", "#!/usr/bin/python\n")


def _no_scenario(root: Path) -> None:
    _remove(root, "extensions/molecule/*/molecule.yml")


def _failing_scenario(root: Path) -> None:
    """Leave the scenario that needs nothing prepared, and let it fail."""
    scenarios = root / "extensions" / "molecule"
    for name in {path.parent.name for path in scenarios.glob("*/converge.yml")} - {"istio"}:
        _remove(scenarios / name, "*")
    _write(scenarios / "istio" / "converge.yml", FAILING_PLAY)


PLANTS = {
    "lint": Plant(_no_python, _unused_import, "ruff looked at no file"),
    "sanity": Plant(_no_plugins, _undocumented_module, "ran no test"),
    "unit": _suite("tests/unit"),
    "contract": _suite("tests/contract"),
    "cluster": _suite("tests/cluster"),
    "faults": _suite("tests/faults"),
    "molecule": Plant(_no_scenario, _failing_scenario, "extensions/molecule has no scenario"),
    "tarball": _suite("tests/tarball"),
}


def main() -> int:
    """Run every stage on both copies; gives 0 when each run failed for the reason that was planted."""
    missing = set(STAGES) - set(PLANTS)
    if missing:
        print(f"Nothing is planted in: {', '.join(sorted(missing))}")
        return 1
    workspace = Workspace()
    lab = SharedLab(workspace)
    right = wrong = 0
    try:
        lab.start()
        for name, plant in PLANTS.items():
            for kind, change, expected in (
                ("failing", plant.failing, r"\b[1-9]\d* failed"),
                ("empty", plant.empty, re.escape(plant.complaint)),
            ):
                if _fails(workspace, name, change, expected):
                    print(f"{name:<10}{kind:<8} fails, as it must", flush=True)
                    right += 1
                else:
                    wrong += 1
    finally:
        lab.stop()
    print(f"{right} passed, {wrong} failed")
    return 1 if wrong else 0


def _fails(workspace: Workspace, stage: str, change: Callable[[Path], None], expected: str) -> bool:
    """Whether the stage, run on a changed copy, exits with a failure and says what is expected."""
    with tempfile.TemporaryDirectory(prefix="faas-mesh-selftest-") as folder:
        copy = Path(folder) / "copy"
        workspace.copy_to(copy)
        change(copy)
        subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
        command = [sys.executable, "-m", "tests.stages", "--root", str(copy), stage]
        run = subprocess.run(
            command, cwd=workspace.root, env=workspace.environment(), capture_output=True, text=True, check=False
        )
    if run.returncode and re.search(expected, run.stdout):
        return True
    print(f"{stage}: exit code {run.returncode}, and not a word of {expected!r}:\n{run.stdout[-2000:]}{run.stderr}")
    return False


if __name__ == "__main__":
    sys.exit(main())
