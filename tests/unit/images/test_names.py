"""Which images objects name, and what they are called at a mirror."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Function, Key
from ansible_collections.faas.mesh.plugins.module_utils._faas.listing import UNDECIDED, Wanted
from ansible_collections.faas.mesh.plugins.module_utils._render.images import at_hub, at_mirror, images_of, mirrored

MIRROR = "inner.test:5000/mirror"


@pytest.mark.parametrize(
    ("image", "there"),
    [
        ("docker.io/istio/pilot:1.31.1", "istio/pilot:1.31.1"),
        ("istio/pilot:1.31.1", "istio/pilot:1.31.1"),
        ("nats:2", "library/nats:2"),
        ("docker.io/nats:2", "library/nats:2"),
        ("quay.io/nats:2", "nats:2"),
        ("localhost/own:1", "own:1"),
        ("10.0.0.1:5000/deep/own:1", "deep/own:1"),
        ("nats@sha256:0123", "library/nats@sha256:0123"),
        (f"{MIRROR}/istio/pilot:1.31.1", "istio/pilot:1.31.1"),
    ],
)
def test_a_mirror_takes_the_place_of_the_registry(image: str, there: str) -> None:
    assert mirrored(image, MIRROR) == f"{MIRROR}/{there}"
    assert mirrored(image, f"{MIRROR}/") == f"{MIRROR}/{there}"
    assert mirrored(image, "") == image


def test_istios_hub_takes_the_place_of_all_but_the_name() -> None:
    assert at_hub("registry.test/release/pilot:1.31.1", f"{MIRROR}/istio") == f"{MIRROR}/istio/pilot:1.31.1"


def pod(**spec: Any) -> dict[str, Any]:
    """A pod's specification with these fields and one container."""
    return {"containers": [{"name": "one", "image": "a.test/one:1"}], **spec}


OBJECTS: list[dict[str, Any]] = [
    {"kind": "Pod", "spec": pod(volumes=[{"name": "files", "image": {"reference": "a.test/files:1"}}])},
    {"kind": "Deployment", "spec": {"template": {"spec": pod(initContainers=[{"image": "a.test/first:1"}])}}},
    {
        "kind": "CronJob",
        "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"image": "a.test/job:1"}]}}}}},
    },
    {
        "kind": "Deployment",
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {
                            "image": "auto",
                            "args": [
                                "--solver-image=a.test/solver:1",
                                "--private-image=a.test/private/",
                                "--image=auto",
                            ],
                        }
                    ]
                }
            }
        },
    },
    {"kind": "CustomResourceDefinition", "spec": {"versions": []}},
    {"kind": "ConfigMap", "metadata": {"name": "other"}, "data": {"image": "a.test/not-this:1"}},
]


def test_every_place_that_names_an_image_is_known() -> None:
    named = ["one", "files", "first", "job", "solver"]
    found = [f"a.test/{name}:1" for name in named]
    assert sorted(images_of(OBJECTS)) == sorted(found)
    before = copy.deepcopy(OBJECTS)
    moved = at_mirror(OBJECTS, MIRROR)
    assert before == OBJECTS
    assert sorted(images_of(moved)) == sorted(f"{MIRROR}/{name}:1" for name in named)
    assert moved[-2:] == OBJECTS[-2:]
    assert at_mirror(moved, MIRROR) == moved


@pytest.mark.parametrize(
    ("settings", "proxy"),
    [
        ({"hub": "h.test/istio", "tag": "1.31.1", "proxy": {"image": "proxyv2"}}, "h.test/istio/proxyv2:1.31.1"),
        ({"hub": "h.test", "tag": 1, "variant": "distroless", "proxy": {"image": "p"}}, "h.test/p:1-distroless"),
        ({"hub": "h.test", "tag": "1", "proxy": {"image": "other.test/own:2"}}, "other.test/own:2"),
    ],
)
def test_the_proxy_that_istio_injects_is_listed(settings: dict[str, Any], proxy: str) -> None:
    values = json.dumps({"global": settings})
    config = {"kind": "ConfigMap", "metadata": {"name": "istio-sidecar-injector-new"}, "data": {"values": values}}
    assert images_of([config]) == [proxy]


def test_functions_are_pulled_from_the_mirror_once_their_image_is_known() -> None:
    images = {"plain": "ghcr.io/openfaas/alpine:latest", "later": UNDECIDED}
    wanted = Wanted([Function.of_options(Key.checked(name), {"image": image}) for name, image in images.items()])
    wanted.decide(tuple)
    assert [function.settings["image"] for function in wanted.functions] == list(images.values())
    wanted.decide(tuple, MIRROR)
    assert [function.settings["image"] for function in wanted.functions] == [
        f"{MIRROR}/openfaas/alpine:latest",
        UNDECIDED,
    ]
