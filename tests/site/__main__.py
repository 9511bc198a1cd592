"""`python -m tests.site`: the lab up, then a playbook on it, in numbered steps; then what the run did, in numbers."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.site.audit import AuditLog, Traffic
from tests.stages.workspace import CHECKOUT, Workspace

LAB_STATE = Path("/var/lib/faas-mesh-lab")
SITE_USER = "faas-mesh-site"


class StepFailed(Exception):
    """A step did not end well; the step's own output says why."""


def main() -> int:
    """Run the steps; gives 0 when all went well, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.site", description=__doc__)
    parser.add_argument("--lab", default="lab", help="name of the lab instance (default: lab)")
    parser.add_argument("--playbook", default="playbooks/site.yml", help="default: playbooks/site.yml")
    parser.add_argument("--show-writes", action="store_true", help="print each write of the run at the end")
    parser.add_argument("options", nargs="*", help="further options of ansible-playbook, after --")
    arguments = parser.parse_args()
    state = LAB_STATE / arguments.lab
    workspace = Workspace()
    playbook = [
        *("ansible-playbook", "-i", "inventories/lab", "-e", f"lab_name={arguments.lab}"),
        *(arguments.playbook, *arguments.options),
    ]
    lab = [sys.executable, "-m", "tests.lab"]

    with tempfile.TemporaryDirectory(prefix="faas-mesh-site-") as folder:
        counts = Path(folder) / "counts.json"
        environment = workspace.environment(
            ANSIBLE_CALLBACK_PLUGINS=str(CHECKOUT / "tests" / "site" / "callback_plugins"),
            ANSIBLE_CALLBACKS_ENABLED="counts",
            FAAS_MESH_COUNTS=str(counts),
        )
        audit = AuditLog(state / "audit.log")
        start = 0

        def run(*command: str) -> None:
            if subprocess.run(command, cwd=workspace.root, env=environment, stdin=subprocess.DEVNULL).returncode:
                raise StepFailed

        def run_playbook() -> None:
            nonlocal start
            start = audit.end()
            run(*playbook)

        steps: list[tuple[str, Callable[[], None]]] = [
            ("build the lab", lambda: run(*lab, "build")),
            (f"start the lab '{arguments.lab}'", lambda: run(*lab, "up", "--name", arguments.lab)),
            (f"run {arguments.playbook}", run_playbook),
        ]
        try:
            for number, (title, step) in enumerate(steps, 1):
                _timed(f"Step {number} of {len(steps)}: {title}", step)
        except StepFailed:
            return 1
        finally:
            if counts.exists():
                traffic = audit.traffic(SITE_USER, start)
                _print_counts(json.loads(counts.read_text()), traffic, arguments.show_writes)
    return 0


def _timed(title: str, step: Callable[[], None]) -> None:
    """Run a step between a line that announces it and one that says how long it took."""
    print(f"\n{title}", flush=True)
    begun = time.monotonic()
    ended = "failed"
    try:
        step()
        ended = "done"
    finally:
        print(f"{title}: {ended} in {time.monotonic() - begun:.0f} s", flush=True)


def _print_counts(counts: dict[str, Any], traffic: Traffic, show_writes: bool) -> None:
    """Print what the playbook's run did: changed tasks by host, module processes, requests and writes."""
    print("\nThe run in numbers")
    for host, number in sorted(counts["changed"].items()):
        print(f"  changed on {host}: {number}")
    print(f"  module processes: {counts['modules']}")
    print(f"  requests to the API server: {traffic.requests}, of which writes: {len(traffic.writes)}")
    for write in traffic.writes if show_writes else ():
        print(f"    {write}")


if __name__ == "__main__":
    sys.exit(main())
