"""An instance's cgroup: where its processes are counted and, when it is killed, found.

Cgroup v1 (one hierarchy a controller) is what the lab runs on here. Cgroup v2 is detected and set up the same way;
that half is untested.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from tests.lab import waiting
from tests.lab.instance import Instance

ROOT = Path("/sys/fs/cgroup")
KILL_SECONDS = 30


def is_v2(root: Path = ROOT) -> bool:
    """Whether the host has the unified hierarchy (cgroup v2) alone."""
    return (root / "cgroup.controllers").exists()


def hierarchies(root: Path = ROOT) -> list[Path]:
    """The root of every hierarchy: one with v2, one a controller with v1 (aliases such as ``cpu,cpuacct`` once)."""
    if is_v2(root):
        return [root]
    return sorted({path.resolve() for path in root.iterdir() if path.is_dir()})


def create(instance: Instance) -> None:
    """Make the instance's cgroup, with a child ``system`` for its own processes, in every hierarchy."""
    for hierarchy in hierarchies():
        path = hierarchy
        for step in Path(instance.cgroup, "system").parts:
            _delegate(path)
            path = path / step
            path.mkdir(exist_ok=True)
            _inherit_cpuset(path)


def enter(instance: Instance) -> None:
    """Move this process, and so all its later children, into the instance's cgroup."""
    for hierarchy in hierarchies():
        (hierarchy / instance.cgroup / "system" / "cgroup.procs").write_text(str(os.getpid()))


def memory(instance: Instance) -> int:
    """The bytes of memory that the instance's processes hold, without the page cache of files; 0 when it is not up."""
    if is_v2():
        stat, names = ROOT / instance.cgroup / "memory.stat", ("anon",)
    else:
        stat, names = ROOT / "memory" / instance.cgroup / "memory.stat", ("total_rss",)
    if not stat.exists():
        return 0
    fields = dict(line.split() for line in stat.read_text().splitlines())
    return sum(int(fields.get(name, 0)) for name in names)


def processes(instance: Instance) -> set[int]:
    """The ids of all processes in the instance's cgroup and below."""
    found: set[int] = set()
    for folder in _folders(instance):
        with contextlib.suppress(OSError):
            found.update(int(pid) for pid in (folder / "cgroup.procs").read_text().split())
    return found - {0}


def remove(instance: Instance) -> None:
    """Kill what is left in the instance's cgroup and remove it.

    :raises LabError: a process survives SIGKILL.
    """

    def gone() -> bool:
        for pid in processes(instance):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for folder in _folders(instance):
            with contextlib.suppress(OSError):
                folder.rmdir()
        return not any((hierarchy / instance.cgroup).exists() for hierarchy in hierarchies())

    waiting.until(gone, KILL_SECONDS, f"the processes of {instance.name} to die (cgroup {instance.cgroup})")
    for hierarchy in hierarchies():
        with contextlib.suppress(OSError):
            (hierarchy / instance.cgroup).parent.rmdir()


def _folders(instance: Instance) -> Iterator[Path]:
    """The instance's cgroup in every hierarchy with all below, deepest first."""
    for hierarchy in hierarchies():
        top = hierarchy / instance.cgroup
        for folder, _, _ in os.walk(top, topdown=False):
            yield Path(folder)


def _delegate(path: Path) -> None:
    """On v2, let the children of ``path`` use every controller that it has."""
    controllers = path / "cgroup.controllers"
    if is_v2() and controllers.exists():
        enabled = " ".join(f"+{name}" for name in controllers.read_text().split())
        (path / "cgroup.subtree_control").write_text(enabled)


def _inherit_cpuset(path: Path) -> None:
    """On v1, give a new cpuset its parent's: an empty one takes no process."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (path / name).exists() and not is_v2() and not (path / name).read_text().strip():
            (path / name).write_text((path.parent / name).read_text())
