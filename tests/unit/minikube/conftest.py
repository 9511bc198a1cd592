"""The module with its real main(), and a minikube that is a program of ours."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.faas.mesh.plugins.modules import minikube_cluster

PROGRAM = Path(__file__).with_name("program.py")
# Commands that only look.
READING = {("profile", "list"), ("status",), ("addons", "list"), ("config", "view")}


@dataclass
class Laptop:
    """A machine with minikube. :param home: of minikube. :param program: its path."""

    capsys: pytest.CaptureFixture[str]
    home: Path
    program: Path

    def run(self, *, check: bool = False, **options: Any) -> dict[str, Any]:
        """The result of the module; as root too, unless ``force`` says otherwise."""
        given = {"minikube": str(self.program), "home": str(self.home), "force": True, **options}
        with patch_module_args({**given, "_ansible_check_mode": check, "_ansible_diff": True}):
            self.capsys.readouterr()
            with pytest.raises(SystemExit):
                minikube_cluster.main()
        result: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return result

    @property
    def state(self) -> dict[str, Any]:
        """What the stand-in keeps."""
        path = self.home / ".minikube" / "stand-in.json"
        state: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"profiles": {}, "config": {}}
        return state

    def arrange(self, **changes: Any) -> None:
        """Change what the stand-in keeps."""
        folder = self.home / ".minikube"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "stand-in.json").write_text(json.dumps({**self.state, **changes}))

    @property
    def calls(self) -> list[list[str]]:
        """All calls of minikube so far."""
        return [json.loads(line) for line in (self.home / ".minikube" / "calls.log").read_text().splitlines()]

    @property
    def writes(self) -> list[str]:
        """The calls that were more than looking, by their first words."""
        words = (tuple(word for word in call[:2] if not word.startswith("-")) for call in self.calls)
        shown = [
            word[0] + (" --dry-run" if "--dry-run" in call else "")
            for word, call in zip(words, self.calls, strict=True)
            if word not in READING
        ]
        return [each for each in shown if each != "start --dry-run"]


@pytest.fixture
def laptop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Laptop:
    """A machine with minikube and without a cluster."""
    for name in ("MINIKUBE_HOME", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    program = tmp_path / "minikube"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -I -S '{PROGRAM}' \"$@\"\n")
    program.chmod(0o755)
    return Laptop(capsys, tmp_path / "minikube home", program)
