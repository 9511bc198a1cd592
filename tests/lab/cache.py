"""The cache of finished parts: outside the checkout, keyed by version and recipe, one builder a part at a time.

A part's folder is ``NAME-KEY``; it appears under its name only when it is complete, so a build that was stopped goes
on with the part that it was at. ``$FAAS_MESH_LAB_CACHE`` names the cache's folder; the default is
``~/.cache/faas-mesh-lab``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "FAAS_MESH_LAB_CACHE"
BUILDERS = 2
"""How many parts are built at once: the end of a Go build and a download leave a core idle."""

KEPT_OLD = 1
"""How many superseded builds of a part stay, for a checkout of another version beside this one."""


class Part(ABC):
    """Something that is built once for a recipe.

    :ivar name: unique among the parts; letters, digits and dashes.
    """

    name: str

    @abstractmethod
    def recipe(self) -> Any:
        """All that decides the part's content, as JSON can hold it."""

    @abstractmethod
    def build(self, folder: Path, cache: Cache) -> None:
        """Make the part's files in an empty folder.

        :raises LabError: it could not.
        """

    def needs(self) -> tuple[Part, ...]:
        """The parts that this one is made from; none by default."""
        return ()

    def key(self) -> str:
        """Twelve hexadecimal digits that change when the recipe or that of a needed part does."""
        whole = [self.name, self.recipe(), [part.key() for part in self.needs()]]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Step:
    """What became of one part of a build.

    :param number: from 1 to ``total``.
    :param seconds: how long it took; None when the cache had it.
    """

    number: int
    total: int
    part: Part
    seconds: float | None


class Cache:
    """The finished parts in one folder.

    :param folder: made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def default(cls) -> Cache:
        """The cache that the environment names, or the one in the home folder."""
        named = os.environ.get(VARIABLE)
        return cls(Path(named) if named else Path.home() / ".cache" / "faas-mesh-lab")

    def path(self, part: Part) -> Path:
        """Where a part is, or will be."""
        return self.folder / f"{part.name}-{part.key()}"

    def has(self, part: Part) -> bool:
        """Whether the part is finished."""
        return self.path(part).is_dir()

    def get(self, part: Part) -> Path:
        """The folder of a part, which is built first when the cache lacks it."""
        if not self.has(part):
            with self._locked(part.name):
                if not self.has(part):
                    self._build(part)
        return self.path(part)

    def make(self, parts: Iterable[Part], started: Callable[[int, int, Part], None]) -> Iterator[Step]:
        """Build all parts with what they need, telling each step before and after, the cached ones first.

        :param started: called with number, total and part before a part is built that the cache lacks.
        """
        ordered = in_order(parts)
        numbers = {part.name: number for number, part in enumerate(ordered, start=1)}
        lacking = [part for part in ordered if not self.has(part)]
        for part in ordered:
            if part not in lacking:
                yield Step(numbers[part.name], len(ordered), part, None)
        running: dict[Future[Path], tuple[Part, float]] = {}
        with ThreadPoolExecutor(BUILDERS) as builders:
            while lacking or running:
                unblocked = [part for part in lacking if all(self.has(needed) for needed in part.needs())]
                for part in unblocked[: BUILDERS - len(running)]:
                    lacking.remove(part)
                    started(numbers[part.name], len(ordered), part)
                    running[builders.submit(self.get, part)] = (part, time.monotonic())
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    part, begin = running.pop(done)
                    done.result()
                    yield Step(numbers[part.name], len(ordered), part, time.monotonic() - begin)

    def _build(self, part: Part) -> None:
        unfinished = self.folder / f".{part.name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        part.build(unfinished, self)
        unfinished.rename(self.path(part))
        self._drop_old(part)

    def _drop_old(self, part: Part) -> None:
        suffix = len("-") + len(part.key())
        builds = [path for path in self.folder.glob(f"{part.name}-*") if path.name[:-suffix] == part.name]
        builds.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in builds[1 + KEPT_OLD :]:
            shutil.rmtree(path)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f".{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def in_order(parts: Iterable[Part]) -> list[Part]:
    """The parts with all that they need, each once and after what it needs."""
    ordered: dict[str, Part] = {}

    def add(part: Part) -> None:
        for needed in part.needs():
            add(needed)
        ordered.setdefault(part.name, part)

    for part in parts:
        add(part)
    return list(ordered.values())


def digest_of(folder: Path, ignored: tuple[str, ...] = ("__pycache__",)) -> str:
    """A SHA-256 over the names and contents of all files below a folder, less those in folders named in ``ignored``."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not set(ignored) & set(path.relative_to(folder).parts):
            total.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()
