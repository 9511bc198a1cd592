"""Programs run by a module's run_command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from ansible_collections.faas.mesh.plugins.module_utils._command import Completed, ModuleRunner
from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError


@pytest.fixture
def runner() -> ModuleRunner:
    """A runner of a real module."""
    with patch_module_args({}):
        return ModuleRunner(AnsibleModule(argument_spec={}).run_command, {"GREETING": "hello"})


def test_input_and_output_are_bytes_as_they_are(runner: ModuleRunner) -> None:
    echo = "import os, sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    code = f"{echo}; sys.stderr.write(os.environ['GREETING']); sys.exit(3)"
    assert runner.run([sys.executable, "-c", code], b"\xff\x00\n") == Completed(3, b"\xff\x00\n", b"hello")


def test_without_input_a_program_reads_nothing(runner: ModuleRunner) -> None:
    code = "import sys; print(repr(sys.stdin.read()))"
    assert runner.run([sys.executable, "-c", code]).stdout == b"''\n"


def test_a_program_that_does_not_end_is_stopped(runner: ModuleRunner) -> None:
    with pytest.raises(MeshError, match=r"did not end within 0\.2 seconds and was stopped"):
        runner.run([sys.executable, "-c", "import time; time.sleep(600)"], timeout=0.2)


def test_a_missing_program_is_named(runner: ModuleRunner, tmp_path: Path) -> None:
    with pytest.raises(MeshError, match="The program no-such-program is not in this machine's PATH"):
        runner.run(["no-such-program", "version"])
    with pytest.raises(MeshError, match=f"There is no program at {tmp_path}/x"):
        runner.run([f"{tmp_path}/x", "version"])


def test_a_file_that_cannot_be_run_is_named(runner: ModuleRunner, tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF of another machine")
    with pytest.raises(MeshError, match="is not a program that this user may run"):
        runner.run([str(path), "version"])
    os.chmod(path, 0o755)
    with pytest.raises(MeshError, match="cannot be run on this machine"):
        runner.run([str(path), "version"])


def test_the_last_line_is_the_complaint() -> None:
    assert Completed(1, b"out\n", b"noise\nreason \n\n").complaint() == "reason"
    assert Completed(1, b"only out\n", b"").complaint() == "only out"
    assert Completed(7, b"", b"").complaint() == "it ended with exit code 7 and said nothing"
