"""The choice of the Go that builds the programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.cache import Cache
from tests.lab.programs import GoToolchain, go


@pytest.mark.parametrize(
    ("version", "own"),
    [("go1.26.6", True), ("go1.26.10", True), ("go1.27rc1", True), ("go1.26.5", False), ("go1.19.8", False)],
)
def test_the_machines_own_go_is_taken_when_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, own: bool
) -> None:
    program = tmp_path / "go"
    program.write_text(f"#!/bin/sh\necho go version {version} linux/amd64\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    cache = Cache(tmp_path / "cache")
    in_cache = cache.path(GoToolchain()) / "go" / "bin" / "go"
    in_cache.parent.mkdir(parents=True)
    assert go(cache) == (program if own else in_cache)
