"""The stand-in as programs, as its image and a developer start it."""

from __future__ import annotations

import ast
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import tests.gateway
from tests.contract.client import Client
from tests.gateway.__main__ import main

PACKAGE = Path(tests.gateway.__file__).parent


def _run(*arguments: str, module: str = "gateway", folder: Path = PACKAGE.parent) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("module", "folder"), [("gateway", PACKAGE.parent), ("tests.gateway", PACKAGE.parents[1])], ids=["image", "source"]
)
def test_both_ways_to_start_it_lead_to_the_roles(module: str, folder: Path) -> None:
    completed = _run("--help", module=module, folder=folder)
    assert (completed.returncode, completed.stderr) == (0, "")
    assert completed.stdout.startswith("usage: gateway")


@pytest.mark.parametrize("role", ["gateway", "provider", "queue-worker", "metrics", "memory"])
def test_every_role_explains_itself(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([role, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: gateway {role}")


def test_the_gateway_does_not_start_without_nats() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    completed = _run("gateway", "--nats", f"127.0.0.1:{port}", "--port", "0", "--metrics-port", "0")
    assert completed.returncode == 1
    assert completed.stderr.startswith("gateway: cannot start: ")
    assert len(completed.stderr.splitlines()) == 1


def test_the_provider_does_not_start_outside_of_a_cluster() -> None:
    completed = _run("provider", "--port", "0")
    assert completed.returncode == 1
    assert completed.stderr.startswith("provider: cannot start: ")


def test_the_memory_role_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n")
    command = [sys.executable, "-m", "tests.gateway", "memory", "--port", "0", "--password-file", str(password)]
    with subprocess.Popen(command, cwd=PACKAGE.parents[1], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            words = process.stdout.readline().replace(",", "").split()
            gateway, control = Client(words[1], "admin", "secret"), Client(words[3], "", "")
            assert gateway.call("GET", "/system/functions").json == []
            assert control.call("GET", "/requests").json["total"] == 1
        finally:
            process.terminate()
        assert process.wait(timeout=30) == 0


def test_only_the_standard_library_is_imported() -> None:
    files = sorted(PACKAGE.glob("*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= sys.stdlib_module_names, file.name
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").split(".")[0] in sys.stdlib_module_names, file.name
