"""Running a command so that its output is seen while it runs and can be read afterwards."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Finished:
    """A command that has ended.

    :param code: its exit code.
    :param output: what it wrote to its standard output and error, without colours.
    """

    code: int
    output: str


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> Finished:
    """Run ``command`` in ``folder`` without standard input, and pass its output on line by line.

    When this program is told to end meanwhile, the command is too.
    """
    lines = []
    with subprocess.Popen(
        list(command),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        if process.stdout is None:
            raise RuntimeError("the command's output was not captured")
        try:
            for line in process.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                lines.append(line)
        except SystemExit:
            process.terminate()
            raise
    return Finished(process.returncode, COLOURS.sub("", "".join(lines)))
