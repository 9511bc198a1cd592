"""The stage `sanity`: `ansible-test sanity` on a copy of the collection, for every Python that is here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.stages.commands import run
from tests.stages.outcome import Outcome, read_junit
from tests.stages.workspace import Workspace

GET_PIP = '''\
"""Bootstraps pip in a new virtual environment without fetching anything but packages."""
import subprocess
import sys

subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True)
arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.run([sys.executable, "-m", "pip", "install", *arguments]).returncode)
'''
# The versions of pip that ansible-test of ansible-core 2.18 to 2.19 and of 2.20 to 2.21 asks for.
PIP_VERSIONS = ("24_2", "25_0", "25_2")
OTHER_PYTHONS = ("3.11", "3.12", "3.13")


def sanity(workspace: Workspace) -> Outcome:
    """Run all sanity tests with this Python, and those that depend on Python's version with the others."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.TemporaryDirectory(prefix="faas-mesh-sanity-") as folder:
        copy = Path(folder) / "ansible_collections" / "faas" / "mesh"
        workspace.copy_to(copy, _shipped)
        home = _home()
        outcome = _run(workspace, copy, home, own)
        for version in OTHER_PYTHONS:
            if version != own and _runs(version):
                outcome += _run(workspace, copy, home, version, "--test", "compile", "--test", "import")
    return outcome


def _shipped(path: Path) -> bool:
    """Whether a file is part of what users get, or tells ansible-test how to look at it."""
    if path.parts[0] == "tests":
        return path.parts[1] in ("config.yml", "sanity")
    return not path.parts[0].startswith(".")


def _home() -> Path:
    """A home folder of its own for ansible-test, in the user's cache, that keeps its virtual environments.

    ansible-test downloads a script that installs pip; ours, put where it looks first, makes do with
    the pip that comes with Python.
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = caches / "faas-mesh-sanity"
    for version in PIP_VERSIONS:
        script = home / ".ansible" / "test" / "cache" / f"get_pip_{version}.py"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(GET_PIP)
    return home


def _runs(version: str) -> bool:
    """Whether ``pythonX.Y`` starts: a version manager may leave a command that only complains."""
    program = shutil.which(f"python{version}")
    return program is not None and subprocess.run([program, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0


def _run(workspace: Workspace, copy: Path, home: Path, python: str, *tests: str) -> Outcome:
    """Run ansible-test in ``copy`` and count what its JUnit reports say."""
    reports = copy / "tests" / "output" / "junit"
    shutil.rmtree(reports, ignore_errors=True)
    environment = workspace.environment(HOME=str(home))
    finished = run(
        ["ansible-test", "sanity", "--color", "no", "--junit", "--python", python, *tests], copy, environment
    )
    outcome = sum((read_junit(report) for report in sorted(reports.glob("*.xml"))), Outcome())
    if finished.code and not outcome.failed:
        return outcome + Outcome.failure(f"ansible-test sanity on Python {python} ended with {finished.code}")
    if not outcome.ran:
        return outcome + Outcome.failure(f"ansible-test sanity on Python {python} ran no test")
    return outcome
