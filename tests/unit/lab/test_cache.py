"""The lab's cache: what is finished stays, what was stopped is made again, what changed is built anew."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.lab.cache import Cache, Part, digest_of, in_order
from tests.lab.errors import LabError


@dataclass(frozen=True)
class Text(Part):
    """A part that is one file with a text, and notes how often it was built."""

    name: str
    text: str
    needed: tuple[Part, ...] = ()
    builds: list[str] = field(default_factory=list, compare=False)
    fails: bool = False

    def recipe(self) -> Any:
        return self.text

    def needs(self) -> tuple[Part, ...]:
        return self.needed

    def build(self, folder: Path, cache: Cache) -> None:
        assert list(folder.iterdir()) == []
        (folder / "text").write_text(self.text)
        if self.fails:
            raise LabError("no such luck")
        self.builds.append(self.name)


def test_a_finished_part_is_not_built_again(tmp_path: Path) -> None:
    part = Text("one", "first")
    assert (Cache(tmp_path).get(part) / "text").read_text() == "first"
    assert (Cache(tmp_path).get(part) / "text").read_text() == "first"
    assert part.builds == ["one"]


def test_a_part_that_failed_is_not_there_and_is_built_from_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(LabError):
        cache.get(Text("one", "first", fails=True))
    part = Text("one", "first")
    assert not cache.has(part)
    assert (cache.get(part) / "text").read_text() == "first"


def test_the_key_follows_the_recipe_and_those_of_what_is_needed() -> None:
    def key(inner: str, outer: str) -> str:
        return Text("outer", outer, (Text("inner", inner),)).key()

    assert key("a", "b") == key("a", "b")
    assert len({key("a", "b"), key("a", "c"), key("c", "b")}) == 3


def test_of_old_builds_one_stays(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    other = cache.get(Text("one-more", "same"))
    for text in ("first", "second", "third"):
        newest = cache.get(Text("one", text))
    texts = {(folder / "text").read_text() for folder in tmp_path.glob("one-????????????")}
    assert newest.is_dir()
    assert len(texts) == 2
    assert "third" in texts
    assert other.is_dir()


def test_every_step_is_told_with_its_number(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    inner = Text("inner", "a")
    cache.get(inner)
    told: list[tuple[int, int, str]] = []
    parts = [Text("outer", "b", (inner,)), Text("other", "c")]
    steps = list(cache.make(parts, lambda number, total, part: told.append((number, total, part.name))))
    assert sorted(told) == [(2, 3, "outer"), (3, 3, "other")]
    assert sorted((step.number, step.part.name, step.seconds is None) for step in steps) == [
        (1, "inner", True),
        (2, "outer", False),
        (3, "other", False),
    ]


def test_what_is_needed_is_built_first_and_once(tmp_path: Path) -> None:
    builds: list[str] = []
    base = Text("base", "a", builds=builds)
    left, right = Text("left", "b", (base,), builds), Text("right", "c", (base,), builds)
    assert [part.name for part in in_order([left, right])] == ["base", "left", "right"]
    list(Cache(tmp_path).make([left, right], lambda *_: None))
    assert builds[0] == "base"
    assert sorted(builds) == ["base", "left", "right"]


def test_two_that_want_a_part_at_once_build_it_once(tmp_path: Path) -> None:
    part = Text("one", "first")
    threads = [threading.Thread(target=Cache(tmp_path).get, args=[part]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert part.builds == ["one"]


def test_the_environment_moves_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAAS_MESH_LAB_CACHE", str(tmp_path))
    assert Cache.default().folder == tmp_path
    monkeypatch.delenv("FAAS_MESH_LAB_CACHE")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert Cache.default().folder == Path("/home/somebody/.cache/faas-mesh-lab")


def test_a_digest_follows_names_and_contents_but_not_what_python_compiled(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    first = digest_of(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("compiled")
    assert digest_of(tmp_path) == first
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = digest_of(tmp_path)
    (tmp_path / "b").write_text("two")
    assert len({first, renamed, digest_of(tmp_path)}) == 3
