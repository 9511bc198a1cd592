"""The stage `lint`: each tool is one test, and a tool that looked at no file has failed."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from tests.stages.commands import run
from tests.stages.outcome import Outcome
from tests.stages.workspace import Workspace

# What the listings count; the tools' own settings are no sources.
SOURCES = (".py", ".yml", ".yaml")


@dataclass(frozen=True)
class Tool:
    """A linter.

    :param command: what is run; it exits with 0 when all is well.
    :param listing: a command that prints the files it looks at, one a line, where ``command`` does not
        count them itself.
    :param count: a pattern for the place where the output of ``command`` counts them.
    """

    name: str
    command: tuple[str, ...]
    listing: tuple[str, ...] = ()
    count: str = ""

    def check(self, workspace: Workspace) -> Outcome:
        """Run the tool on the checkout."""
        environment = workspace.environment()
        print(f"\n-- {self.name}", flush=True)
        finished = run(self.command, workspace.root, environment)
        if finished.code:
            return Outcome.failure(f"{self.name} failed")
        if self.listing:
            listed = subprocess.run(self.listing, cwd=workspace.root, env=environment, capture_output=True, text=True)
            files = sum(1 for path in listed.stdout.splitlines() if path.endswith(SOURCES))
        else:
            found = re.search(self.count, finished.output)
            files = int(found.group(1)) if found else 0
        return Outcome(passed=1) if files else Outcome.failure(f"{self.name} looked at no file")


TOOLS = (
    Tool("ruff", ("ruff", "check"), listing=("ruff", "check", "--show-files")),
    Tool(
        "mypy",
        ("mypy", "-p", "ansible_collections.faas.mesh.plugins", "-p", "tests"),
        # mypy itself counts folders too, also empty ones.
        listing=("git", "ls-files", "--cached", "--others", "--exclude-standard", "plugins", "tests"),
    ),
    Tool("yamllint", ("yamllint", "--strict", "."), listing=("yamllint", "--list-files", ".")),
    Tool("ansible-lint", ("ansible-lint", "--strict", "--nocolor"), count=r"in (\d+) files processed"),
)


def lint(workspace: Workspace) -> Outcome:
    """Run every linter, also after one of them has failed."""
    return sum((tool.check(workspace) for tool in TOOLS), Outcome())
