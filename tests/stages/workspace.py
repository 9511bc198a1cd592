"""The checkout that the stages work on, and the environment that programs get there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Workspace:
    """A checkout of the collection.

    :param root: its folder.
    """

    root: Path = CHECKOUT

    @property
    def build(self) -> Path:
        """The folder for everything that is made and never committed."""
        return self.root / ".build"

    @property
    def collections(self) -> Path:
        """A collections path in which this checkout is the collection faas.mesh; made when missing."""
        link = self.build / "collections" / "ansible_collections" / "faas" / "mesh"
        if not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path("../../../.."), target_is_directory=True)
        return self.build / "collections"

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a program that is run on this checkout: this Python's programs come first.

        :param more: further variables.
        """
        programs = Path(sys.executable).parent
        return {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.collections),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "PYTHONDONTWRITEBYTECODE": "1",
            **more,
        }

    def files(self) -> list[Path]:
        """The files that belong to the checkout, relative to its root: those git has or would take."""
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        return sorted(Path(name) for name in set(listing.split("\0")) if name and (self.root / name).is_file())

    def copy_to(self, folder: Path, wanted: Callable[[Path], bool] = lambda _path: True) -> None:
        """Copy the checkout's files into ``folder``, which is emptied first.

        :param wanted: says of a path relative to the root whether it is copied.
        """
        shutil.rmtree(folder, ignore_errors=True)
        for path in filter(wanted, self.files()):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.root / path, target)
