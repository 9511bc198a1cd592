"""The stage `molecule`: every scenario of extensions/molecule is one test."""

from __future__ import annotations

import re
import tempfile

from tests.stages.commands import run
from tests.stages.outcome import Outcome
from tests.stages.workspace import Workspace

# The default scenario only creates and destroys what the others share.
SHARED = "default"


def molecule(workspace: Workspace) -> Outcome:
    """Run every scenario on the shared lab."""
    folder = workspace.root / "extensions" / "molecule"
    names = sorted(path.parent.name for path in folder.glob("*/molecule.yml") if path.parent.name != SHARED)
    if not names:
        return Outcome.failure("extensions/molecule has no scenario")
    outcome = Outcome()
    for name in names:
        print(f"\n-- {name}", flush=True)
        command = ["molecule", "test", "--no-command-borders", "--scenario-name", name]
        # What molecule remembers of a scenario is of this run alone.
        with tempfile.TemporaryDirectory(dir=workspace.build) as memory:
            finished = run(command, workspace.root, workspace.environment(MOLECULE_EPHEMERAL_DIRECTORY=memory))
        if finished.code:
            outcome += Outcome.failure(f"molecule scenario {name} failed")
        elif not re.search(r"\bok=[1-9]", finished.output):
            outcome += Outcome.failure(f"molecule scenario {name} ran no task")
        else:
            outcome += Outcome(passed=1)
    return outcome
