"""faas_login as a playbook sees it."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules
from tests.unit.faas.test_function_module import ENV
from tests.unit.faas.test_login_file import file, write

__all__ = ["file"]


def token(password: str, user: str = "admin") -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def test_the_file_is_as_faas_cli_writes_it(modules: Modules, gateway: GatewayHandle, file: Path) -> None:
    run = modules.run("faas_login")
    assert run.result["changed"]
    assert run.result["user"] == "admin"
    assert run.result["config_path"] == str(file)
    assert file.read_text() == (
        f"auths:\n  - gateway: {gateway.url}\n    auth: basic\n    token: {token(gateway.password)}\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert os.listdir(file.parent) == ["config.yml"]


def test_a_second_login_leaves_the_file_alone(modules: Modules, gateway: GatewayHandle, file: Path) -> None:
    modules.run("faas_login")
    before = file.stat()
    gateway.counters.reset()
    run = modules.run("faas_login")
    assert not run.result["changed"]
    assert file.stat().st_ino == before.st_ino
    assert gateway.counters.of("GET", "/system/functions") == gateway.counters.total == 1


def test_the_other_modules_work_with_that_login(modules: Modules, file: Path) -> None:
    modules.run("faas_login")
    assert modules.function(password=..., **ENV).verbs == {"env": "created"}


def test_check_mode_tries_the_login_and_writes_nothing(modules: Modules, gateway: GatewayHandle, file: Path) -> None:
    run = modules.run("faas_login", check=True)
    assert run.result["changed"]
    assert gateway.counters.total == 1
    assert not file.parent.exists()
    assert modules.run("faas_login").result["diff"] == run.result["diff"]


def test_a_wrong_password_changes_nothing(modules: Modules, gateway: GatewayHandle, file: Path) -> None:
    run = modules.run("faas_login", password="wrong-password")
    assert run.message == (
        f"{gateway.url} does not accept the login from the option password (401): check user and password."
    )
    assert not file.exists()
    assert "wrong-password" not in run.text
    assert token("wrong-password") not in run.text


def test_a_new_password_replaces_the_old_and_neither_shows(
    modules: Modules, gateway: GatewayHandle, file: Path
) -> None:
    write(file, f"auths:\n- gateway: {gateway.url}\n  auth: basic\n  token: {token('older-password')}\n")
    run = modules.run("faas_login")
    assert run.result["changed"]
    assert yaml.safe_load(file.read_text())["auths"][0]["token"] == token(gateway.password)
    assert run.result["diff"]["before"]["token"] == "(another one, not shown)"
    for secret in ("older-password", token("older-password"), gateway.password, token(gateway.password)):
        assert secret not in run.text


def test_the_password_comes_from_a_file(modules: Modules, gateway: GatewayHandle, home: Path) -> None:
    path = home / "password"
    path.write_text(f"{gateway.password}\n")
    run = modules.run("faas_login", password=..., password_file=str(path))
    assert run.result["changed"]
    assert gateway.password not in run.text
    missing = modules.run("faas_login", password=..., password_file="/none")
    assert missing.message == "The password file /none cannot be read (No such file or directory)."


def test_logging_out_removes_this_entry_alone(modules: Modules, gateway: GatewayHandle, file: Path) -> None:
    other = "  - gateway: https://other.example.com\n    auth: oauth2\n    token: abc\n    options:\n"
    other += '      - name: issuer\n        value: "0123"\n'
    write(file, "auths:\n" + other)
    modules.run("faas_login")
    gateway.counters.reset()
    predicted = modules.run("faas_login", check=True, state="absent", password=...)
    assert predicted.result["changed"]
    assert gateway.url in file.read_text()
    assert modules.run("faas_login", state="absent", password=...).result["diff"] == predicted.result["diff"]
    assert file.read_text() == "auths:\n" + other
    assert not modules.run("faas_login", state="absent", password=...).result["changed"]
    assert gateway.counters.total == 0


def test_logging_out_where_nobody_is_makes_no_file(modules: Modules, file: Path) -> None:
    assert not modules.run("faas_login", state="absent", password=...).result["changed"]
    assert not file.parent.exists()


def test_without_an_address_check_mode_says_none_yet(modules: Modules, file: Path) -> None:
    run = modules.run("faas_login", check=True, gateway="")
    assert run.result["changed"]
    assert "no address yet" in run.warnings
    assert modules.run("faas_login", gateway="").failed
    assert not modules.run("faas_login", check=True, gateway="", state="absent").result["changed"]


@pytest.mark.parametrize("options", [{"password": ...}, {"password": ""}, {"token": "abc"}])
def test_exactly_one_password_is_needed(modules: Modules, gateway: GatewayHandle, options: dict[str, Any]) -> None:
    assert modules.run("faas_login", **options).failed
    assert gateway.counters.total == 0


def test_without_prometheus_the_login_works_all_the_same(modules: Modules, gateway: GatewayHandle, file: Path) -> None:
    modules.function(**ENV)
    gateway.prometheus.up = False
    run = modules.run("faas_login")
    assert run.result["changed"]
    assert "does not list its functions now" in run.warnings


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("auths:\n  - gateway: [\n", ", line 3,"),
        ("auths: text\n", ""),
        ("- gateway: x\n", ""),
        ("auths:\n  - text\n", ""),
        ("auths: []\n---\nauths: []\n", ", line 2,"),
    ],
)
def test_a_file_that_cannot_be_understood_is_left_alone(
    modules: Modules, gateway: GatewayHandle, file: Path, text: str, line: str
) -> None:
    write(file, text)
    run = modules.run("faas_login")
    assert run.message.startswith(f"The login file {file}{line} is not as faas-cli writes it, and is left as it was")
    assert file.read_text() == text


def test_without_a_cluster_the_kubernetes_library_is_not_imported(gateway: GatewayHandle, home: Path) -> None:
    program = """
import json, sys
from ansible.module_utils.testing import patch_module_args
from importlib import import_module
given = json.loads(sys.argv[1])
env = {**given, "name": "env"}
for name, options in {
    "faas_login": given,
    "faas_function": {**env, "image": "a"},
    "faas_function_info": env,
    "faas_invoke": env,
    "faas_secret": {**env, "value": "a"},
    "faas_secret_info": given,
    "faas_scale": {**env, "replicas": 2},
    "faas_logs": env,
    "faas_info": given,
}.items():
    module = import_module(f"ansible_collections.faas.mesh.plugins.modules.{name}")
    with patch_module_args(options):
        try:
            module.main()
        except SystemExit as end:
            assert not end.code, module
assert "kubernetes" not in sys.modules, "imported"
"""
    given = json.dumps({"gateway": gateway.url, "password": gateway.password})
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program, given], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
