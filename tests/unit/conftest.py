"""What unit tests share: each module that a test runs starts as a process of its own would."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible.module_utils.common import warnings


@pytest.fixture(autouse=True)
def no_earlier_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the warnings of earlier tests: Ansible keeps them for the life of the process."""
    for name in ("_global_warnings", "_global_deprecations"):
        monkeypatch.setattr(warnings, name, type(getattr(warnings, name))())


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody signed, with its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=server"
    arguments = [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", "-"]
    issued = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    path.write_text(path.read_text() + issued)
    return path
