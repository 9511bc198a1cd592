"""The module image_copy with its real main(), and a crane or skopeo that is a program of ours."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.faas.mesh.plugins.modules import image_copy

PROGRAM = Path(__file__).with_name("program.py")


def digest(manifest: str) -> str:
    """The digest of a manifest."""
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


@dataclass
class Registries:
    """Registries as the stand-in keeps them, in ``folder``. :param program: ``crane`` or ``skopeo``, in ``folder``."""

    capsys: pytest.CaptureFixture[str]
    folder: Path
    program: Path

    def run(self, images: dict[str, str], *, check: bool = False, **options: Any) -> dict[str, Any]:
        """The result of the module for images, each with its target."""
        listed = [{"source": source, "target": target} for source, target in images.items()]
        given = {"program": str(self.program), "images": listed, **options}
        with patch_module_args({**given, "_ansible_check_mode": check, "_ansible_diff": True}):
            self.capsys.readouterr()
            with pytest.raises(SystemExit):
                image_copy.main()
        result: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return result

    def arrange(self, images: dict[str, str], troubles: dict[str, str] | None = None, arrives: str = "") -> None:
        """Have images with these manifests, registries in trouble, and a manifest that every copy becomes."""
        state = {"images": images, "troubles": troubles or {}, "arrives": arrives}
        (self.folder / "state.json").write_text(json.dumps(state))

    @property
    def images(self) -> dict[str, str]:
        """Every image that is there, with its manifest."""
        images: dict[str, str] = json.loads((self.folder / "state.json").read_text())["images"]
        return images

    @property
    def calls(self) -> list[dict[str, Any]]:
        """All calls, each with ``argv`` and ``environment``."""
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def copies(self) -> int:
        """How many of them were to copy."""
        return sum(call["argv"][0] == "copy" for call in self.calls)


@pytest.fixture(params=["crane", "skopeo"])
def registries(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Registries:
    """Registries without images, by each of the programs."""
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REGISTRIES", str(tmp_path))
    program = tmp_path / request.param
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -I -S '{PROGRAM}' {request.param} \"$@\"\n")
    program.chmod(0o755)
    found = Registries(capsys, tmp_path, program)
    found.arrange({})
    return found
