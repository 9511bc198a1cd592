"""Documents: what is read, what is refused, and what is sent."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube.objects import Identity, parsed, prepared, step

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-22", "2026-11-22"),
        ("10:30", "10:30"),
        ("12:34:56", "12:34:56"),
        ("=", "="),
        ("1e3", 1000.0),
        ("1_000", 1000),
        ("0755", 493),
        ("0x1F", 31),
        ("0", 0),
        ("-5", -5),
        ("1.5", 1.5),
        ("1.2.3", "1.2.3"),
        ("yes", True),
        ("~", None),
        ("'0755'", "0755"),
    ],
)
def test_scalars_are_read_as_kubernetes_does(text: str, value: object) -> None:
    """Numbers, texts and times."""
    [obj] = parsed(f"{HEAD}data: {{a: {text}}}\n", "here")
    assert obj["data"]["a"] == value


def test_lists_are_opened_and_empty_documents_left_out() -> None:
    """A List of any kind."""
    item = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"
    text = f"---\n---\napiVersion: v1\nkind: ConfigMapList\nitems: [{item}]\n"
    assert [obj["metadata"]["name"] for obj in parsed(text, "here")] == ["a"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\nb: 2\n", r"^here:2 is not valid YAML"),
        ("a\n", r"^here, document 1 is not a Kubernetes object"),
        (HEAD + "---\nkind: X\nmetadata: {name: y}\n", r"^here, document 2 has no apiVersion \(kind 'X', name 'y'\)"),
        (HEAD.replace("name: x", "name: 7"), r"has no metadata\.name"),
        (HEAD + "data: {a: *battery}\n", r"^here:4 is not valid YAML: found undefined alias\.$"),
    ],
)
def test_what_is_no_object_is_refused_with_its_place(text: str, told: str) -> None:
    """The source and the line or document, and nothing that may be a secret."""
    with pytest.raises(MeshError, match=told) as refusal:
        parsed(text, "here")
    assert "battery" not in str(refusal.value)


def test_what_only_the_server_writes_is_not_sent() -> None:
    """A document copied from a cluster."""
    [obj] = parsed(
        HEAD.replace("name: x", "name: x, uid: u, resourceVersion: '1', managedFields: []") + "status: {}\n", ""
    )
    assert prepared(obj) == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}


def secret(**content: Any) -> dict[str, Any]:
    """A Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, **content}


def test_texts_of_a_secret_become_data() -> None:
    """They win over data, and line breaks of base64 go."""
    wrapped = base64.encodebytes(b"x" * 60).decode()
    sent = prepared(secret(data={"a": "YQ==", "b": wrapped}, stringData={"a": "ü"}))
    assert sent == secret(data={"a": "w7w=", "b": wrapped.replace("\n", "")})


@pytest.mark.parametrize("content", [{"data": {"pin": 1234}}, {"stringData": {"pin": True}}, {"data": {"pin": {}}}])
def test_a_value_that_is_no_text_is_refused_by_name(content: dict[str, Any]) -> None:
    """Not by value."""
    with pytest.raises(MeshError, match=r"^Secret n/s: \w+\.pin is not text: put it into quotes\.$"):
        prepared(secret(**content))


def test_the_order_of_kinds() -> None:
    """What has to be there before what."""
    kinds = [
        ("", "Namespace"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("apps", "Deployment"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ]
    steps = [step(Identity(group, kind, "", "x")) for group, kind in kinds]
    assert steps == sorted(set(steps))
