"""The modules of the tools with their real main(), and a mirror to fetch from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from tests.unit.tools.mirror import Mirror, running_mirror

MODULES = "ansible_collections.faas.mesh.plugins.modules"


@dataclass
class Tools:
    """Runs the modules. :param folder: that tools are put into. :param text: what the last run printed."""

    capsys: pytest.CaptureFixture[str]
    folder: Path
    text: str = ""

    def run(self, module: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
        """The result of a module."""
        with patch_module_args({**options, "_ansible_check_mode": check, "_ansible_diff": True}):
            self.capsys.readouterr()
            with pytest.raises(SystemExit):
                import_module(f"{MODULES}.{module}").main()
        printed = self.capsys.readouterr()
        self.text = printed.out + printed.err
        result: dict[str, Any] = json.loads(printed.out)
        return result

    def have(self, *tools: dict[str, Any], check: bool = False, **options: Any) -> dict[str, Any]:
        """The result of tool_binary."""
        return self.run("tool_binary", dir=str(self.folder), tools=list(tools), check=check, **options)

    def files(self) -> dict[str, bytes]:
        """What is in the folder, also what is hidden."""
        return {path.name: path.read_bytes() for path in sorted(self.folder.glob("*"))} if self.folder.exists() else {}


@pytest.fixture
def tools(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tools:
    """The modules, with an environment that names no proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return Tools(capsys, tmp_path / "some folder" / "bin")


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """A mirror that serves nothing yet."""
    with running_mirror() as served:
        yield served
