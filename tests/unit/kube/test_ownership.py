"""Field ownership, as managedFields tell it."""

from __future__ import annotations

from typing import Any

from ansible_collections.faas.mesh.plugins.module_utils._kube.drift import value_at
from ansible_collections.faas.mesh.plugins.module_utils._kube.ownership import (
    handed_over,
    owned_values,
    owners,
    without_values,
)

PORT = 'k:{"port":80,"protocol":"TCP"}'


def live(*entries: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """A live object with fields of managers, each given as name, operation and fields."""
    managed = [
        {"manager": name, "operation": operation, "fieldsV1": fields, "time": "2026-01-01T00:00:00Z"}
        for name, operation, fields in entries
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "labels": {"a.b/c": "1", "d": "2"}, "managedFields": managed},
        "spec": {
            "ports": [{"port": 80, "nodePort": 3}, {"port": 80, "protocol": "UDP"}],
            "args": ["x"],
            "set": ["y", "z"],
        },
    }


def test_owned_values_are_those_of_the_fields_alone() -> None:
    """Fields, entries of keyed lists with a default in the key, sets, and lists as a whole."""
    fields = {
        "f:metadata": {"f:labels": {"f:a.b/c": {}}},
        "f:spec": {"f:ports": {PORT: {".": {}, "f:port": {}}}, "f:args": {}, "f:set": {'v:"y"': {}}, "f:gone": {}},
    }
    assert owned_values(live(), fields) == {
        "f:metadata": {"f:labels": {"f:a.b/c": "1"}},
        "f:spec": {"f:ports": {PORT: {"f:port": 80}}, "f:args": ["x"], "f:set": {'v:"y"': True}},
    }
    assert owned_values(live(), {}) == {}


def test_owners_of_a_field() -> None:
    """With the time of their last write."""
    found = owners(
        live(("a", "Apply", {"f:spec": {"f:args": {}}}), ("b", "Update", {"f:spec": {}})), ("f:spec", "f:args")
    )
    assert found == {"a": "2026-01-01T00:00:00Z"}


def test_a_former_managers_fields_are_handed_over() -> None:
    """To our own entry, with what we had; what others own stays theirs."""
    obj = live(
        ("kubectl", "Update", {"f:spec": {"f:args": {}}, "f:metadata": {"f:annotations": {}}}),
        ("us", "Apply", {"f:spec": {"f:set": {}}}),
        ("hpa", "Update", {"f:spec": {"f:replicas": {}}}),
    )
    fields = handed_over(obj, frozenset({"kubectl"}), "us")
    assert fields is not None
    assert [entry["manager"] for entry in fields] == ["hpa", "us"]
    assert fields[-1]["fieldsV1"]["f:spec"] == {"f:set": {}, "f:args": {}}
    assert handed_over(obj, frozenset({"helm"}), "us") is None


def test_values_that_nobody_owns_any_more_go() -> None:
    """What others or nobody ever owned stays, such as a name or a default."""
    former = {
        "f:metadata": {"f:labels": {".": {}, "f:d": {}}},
        "f:spec": {"f:ports": {PORT: {".": {}, "f:port": {}}}, "f:set": {'v:"y"': {}}},
    }
    left = without_values(live(), former, [{"f:spec": {"f:set": {'v:"z"': {}}}}])
    assert left["metadata"]["name"] == "s"
    assert left["metadata"]["labels"] == {"a.b/c": "1"}
    assert left["spec"] == {"ports": [{"port": 80, "protocol": "UDP"}], "args": ["x"], "set": ["z"]}


def test_values_by_the_path_of_a_conflict() -> None:
    """Also of keys with dots, and of entries."""
    assert value_at(live(), ".metadata.labels.a.b/c") == "1"
    assert value_at(live(), '.spec.ports[port=80,protocol="UDP"]') == {"port": 80, "protocol": "UDP"}
    assert value_at(live(), ".spec.ports[port=80].nodePort") == 3
    assert value_at(live(), ".spec.nowhere") is None
