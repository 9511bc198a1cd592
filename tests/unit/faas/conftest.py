"""A gateway in memory, and the modules' real main() with its result as a user would get it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from tests.gateway.deployment import Deployment
from tests.gateway.testing import GatewayHandle, Running, running_gateway

MODULES = "ansible_collections.faas.mesh.plugins.modules"


@dataclass
class Run:
    """What one run of a module printed. :param text: all of it. :param result: the same, decoded."""

    text: str
    result: dict[str, Any]

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def message(self) -> str:
        return str(self.result.get("msg"))

    @property
    def verbs(self) -> dict[str, str]:
        return {row["name"]: row["verb"] for row in self.result["functions"]}

    @property
    def warnings(self) -> str:
        return json.dumps(self.result.get("warnings", []))


@dataclass
class Modules:
    """Runs modules against one gateway. :param options: what every module gets, unless a call says otherwise."""

    capsys: pytest.CaptureFixture[str]
    options: dict[str, Any]

    def run(self, module: str, *, check: bool = False, **options: Any) -> Run:
        """The result of one module; an option that is ``...`` is left out."""
        given = {name: value for name, value in {**self.options, **options}.items() if value is not ...}
        with patch_module_args({**given, "_ansible_check_mode": check, "_ansible_diff": True}):
            self.capsys.readouterr()
            with pytest.raises(SystemExit):
                import_module(f"{MODULES}.{module}").main()
        printed = self.capsys.readouterr()
        return Run(printed.out + printed.err, json.loads(printed.out))

    def function(self, *, check: bool = False, **options: Any) -> Run:
        """A run of faas_function."""
        return self.run("faas_function", check=check, **options)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, and an environment that names no gateway and no cluster."""
    for name in ("OPENFAAS_URL", "OPENFAAS_CONFIG", "CI", "K8S_AUTH_KUBECONFIG", "K8S_AUTH_CONTEXT", "K8S_AUTH_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@dataclass(frozen=True)
class Held:
    """What the back end has of a function. :param restarts: how often its pods were replaced."""

    deployment: Deployment
    restarts: int


Holds = Callable[[], dict[str, Held]]


@pytest.fixture
def gateway() -> Iterator[GatewayHandle]:
    """The Community Edition's gateway, without functions."""
    with running_gateway() as handle:
        yield handle


@pytest.fixture
def held(gateway: GatewayHandle) -> Holds:
    """Gives the functions of the back end by their names."""
    return lambda: {
        name: Held(record.deployment, record.restarts) for name, record in gateway.functions.records.items()
    }


@pytest.fixture
def modules(gateway: Running[Any], capsys: pytest.CaptureFixture[str]) -> Modules:
    """The modules, given that gateway and its password."""
    return Modules(capsys, {"gateway": gateway.url, "password": gateway.password})
