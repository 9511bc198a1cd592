# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which version a program is: each is asked in its own way."""

from __future__ import annotations

from pathlib import Path

from .._command import Runner
from .._errors import MeshError
from .release import Tool

UNKNOWN = "unknown"


def version_of(runner: Runner, tool: Tool, path: Path) -> str | None:
    """The version of the program at ``path``: ``UNKNOWN`` where it does not tell, None where there is no file."""
    if not path.exists():
        return None
    try:
        done = runner.run([str(path), *tool.ask])
    except MeshError:
        # Built for another machine, or not to be run: whatever it is, it is not the tool that is wanted.
        return UNKNOWN
    found = tool.answer.search(done.stdout.decode(errors="replace"))
    return found[1] if found and done.returncode == 0 else UNKNOWN
