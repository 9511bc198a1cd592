"""Running other programs, with their own words in the error when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.lab.errors import LabError

LAST_LINES = 8


def run(
    argv: Sequence[str | Path],
    *,
    stdin: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> str:
    """Run a program to its end and give its standard output.

    :param argv: the program and its arguments.
    :param stdin: text for its standard input; none by default.
    :param env: variables on top of this process's own.
    :param timeout: seconds until it is killed; none by default.
    :raises LabError: it is missing, ran out of time or failed; with the last lines that it wrote.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            input="" if stdin is None else stdin,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            timeout=timeout,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise LabError(f"{words[0]} is not on this machine.") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"{' '.join(words[:4])} took longer than {timeout:.0f} seconds.") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-LAST_LINES:]
        raise LabError(f"{' '.join(words[:4])} failed ({done.returncode}): " + "\n  ".join(said))
    return done.stdout
