"""A set's memory: split over ConfigMaps, and whole at every moment of being rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Cluster
from ansible_collections.faas.mesh.plugins.module_utils._kube.objects import Identity
from ansible_collections.faas.mesh.plugins.module_utils._kube.sets import Member, Members, Receipt, Sets

LARGEST = 2000


class Store:
    """The ConfigMaps of one namespace; it may end our process before a write."""

    def __init__(self) -> None:
        self.maps: dict[str, dict[str, Any]] = {}
        self.writes_left = 1000

    def items(self, path: str, query: dict[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """The ConfigMaps."""
        assert path == "/api/v1/namespaces/sets/configmaps"
        return iter(list(self.maps.values()))

    def request(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Store or delete one."""
        if not self.writes_left:
            raise KeyboardInterrupt
        self.writes_left -= 1
        name = path.rpartition("/")[2]
        if method == "DELETE":
            del self.maps[name]
        else:
            self.maps[name] = more["body"]
        return {}


def sets(store: Store) -> Sets:
    """The sets as they are remembered."""
    found = Sets.read(cast(Cluster, store), "sets")
    found.largest = LARGEST
    return found


def members(*numbers: int, complete: bool = True) -> Members:
    """Members of a set, each with or without what is known only once it is applied."""
    whole = Member("apps/v1", uid="u" * 36, rendered="r" * 32, live="l" * 32)
    member = whole if complete else whole.pending()
    return {Identity("apps", "Deployment", "n", f"d{number:03}"): member for number in numbers}


def test_parts_stay_under_their_size_and_are_read_back() -> None:
    """As many as are needed."""
    store = Store()
    sets(store).write(Receipt("big", members(*range(50))))
    assert len(store.maps) > 5
    assert set(store.maps) == {"set-big", *(f"set-big.{part}" for part in range(1, len(store.maps)))}
    assert all(len(stored["data"]["objects"]) <= LARGEST for stored in store.maps.values())
    read = sets(store).receipt("big")
    assert read.members == members(*range(50))
    assert read.parts == len(store.maps)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (range(0, 40, 2), range(40)),
        (range(40), range(0, 40, 2)),
        (range(40), range(20, 60)),
        (range(3), range(50, 90)),
        (range(40), range(39, 40)),
    ],
)
def test_no_member_is_ever_forgotten(before: range, after: range) -> None:
    """Killed at any write: what was held is in the set, until the set no longer holds it."""
    kills = 0
    while True:
        store = Store()
        sets(store).write(Receipt("big", members(*before)))
        memory = sets(store)
        old = memory.receipt("big")
        store.writes_left = kills
        needed = set(members(*before))
        try:
            memory.write(Receipt("big", {**members(*after, complete=False), **old.members}, old.parts))
            # What is given up is deleted by now.
            needed = set(members(*after))
            memory.write(Receipt("big", members(*after), memory.receipt("big").parts))
        except KeyboardInterrupt:
            assert needed <= set(sets(store).receipt("big").members)
            kills += 1
            continue
        break
    assert sets(store).receipt("big").members == members(*after)
    assert kills > 1


def test_other_sets_and_other_config_maps_are_left_alone() -> None:
    """Of an object, the other set that holds it is told."""
    store = Store()
    memory = sets(store)
    memory.write(Receipt("one", members(1, 2)))
    memory.write(Receipt("two", members(2, 3)))
    store.maps["foreign"] = {"metadata": {"name": "foreign"}, "data": {"x": "y"}}
    shared, alone = members(2), members(1)
    found = sets(store)
    holder = found.other_holder(next(iter(shared)), "one")
    assert holder is not None
    assert holder.name == "two"
    assert found.other_holder(next(iter(alone)), "one") is None
    found.forget(found.receipt("one"))
    assert set(store.maps) == {"set-two", "foreign"}


@pytest.mark.parametrize("data", [{"format": "x"}, {"objects": "7"}, {"objects": "[{}]"}, {"objects": "[1]"}])
def test_a_damaged_part_is_named(data: dict[str, str]) -> None:
    """In one sentence."""
    store = Store()
    sets(store).write(Receipt("one", members(1)))
    store.maps["set-one"]["data"].update(data)
    with pytest.raises(MeshError, match="ConfigMap sets/set-one no longer says what set one holds"):
        sets(store)
