"""Telling cgroup v1 from v2."""

from __future__ import annotations

from pathlib import Path

from tests.lab import cgroups


def test_v1_is_one_hierarchy_a_controller_and_an_alias_counts_once(tmp_path: Path) -> None:
    for name in ("cpu", "memory"):
        (tmp_path / name).mkdir()
    (tmp_path / "cpu,cpuacct").symlink_to("cpu")
    assert not cgroups.is_v2(tmp_path)
    assert [path.name for path in cgroups.hierarchies(tmp_path)] == ["cpu", "memory"]


def test_v2_is_one_hierarchy(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory\n")
    (tmp_path / "system.slice").mkdir()
    assert cgroups.is_v2(tmp_path)
    assert cgroups.hierarchies(tmp_path) == [tmp_path]
