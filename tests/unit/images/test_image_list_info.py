"""The module image_list_info: images of a manifest, of a stack file and named ones, with their names at a mirror."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.faas.mesh.plugins.modules import image_list_info

MANIFEST = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data:
  values: '{"global": {"hub": "docker.io/istio", "tag": "1.31.1",
    "proxy": {"image": "proxyv2"}, "proxy_init": {"image": "proxyv2"}}}'
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec:
  template:
    spec:
      containers: [{name: discovery, image: "docker.io/istio/pilot:1.31.1"}]
"""
STACK = """\
provider: {name: openfaas}
functions:
  resize: {image: "${OWNER}/resize:1"}
  built: {lang: python3-http, handler: ./built, image: "ghcr.io/acme/built:2"}
"""


@pytest.fixture
def listed(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the module's real main() and gives its result."""

    def run(**options: Any) -> dict[str, Any]:
        with patch_module_args(options), pytest.raises(SystemExit):
            image_list_info.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return run


def test_the_proxy_that_a_manifest_injects_is_listed_once(listed: Any, tmp_path: Path) -> None:
    (tmp_path / "istio.yaml").write_text(MANIFEST)
    result = listed(istio={"manifest": str(tmp_path / "istio.yaml"), "target_hub": "registry.test/mesh"})
    assert result["images"] == [
        {"source": "docker.io/istio/proxyv2:1.31.1", "target": "registry.test/mesh/proxyv2:1.31.1"},
        {"source": "docker.io/istio/pilot:1.31.1", "target": "registry.test/mesh/pilot:1.31.1"},
    ]
    assert result["changed"] is False


def test_functions_and_named_images_have_their_names_at_both_mirrors(listed: Any, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(STACK)
    result = listed(
        images=["nats:2", "ghcr.io/acme/built:2"],
        stack_file=str(tmp_path / "stack.yaml"),
        stack_variables={"OWNER": "docker.io/acme"},
        registry="registry.test:5000/m",
        source_registry="first.test/m",
    )
    assert result["images"] == [
        {"source": "first.test/m/library/nats:2", "target": "registry.test:5000/m/library/nats:2"},
        {"source": "first.test/m/acme/built:2", "target": "registry.test:5000/m/acme/built:2"},
        {"source": "first.test/m/acme/resize:1", "target": "registry.test:5000/m/acme/resize:1"},
    ]


def test_functions_of_the_store_are_listed_for_every_architecture(listed: Any, tmp_path: Path) -> None:
    entries = [
        {"name": "nodeinfo", "images": dict.fromkeys(("x86_64", "arm64"), "ghcr.io/openfaas/nodeinfo:latest")},
        {
            "name": "figlet",
            "title": "ASCII art",
            "images": {"x86_64": "example.com/art:amd", "arm64": "nobody/art:arm"},
        },
    ]
    (tmp_path / "store.json").write_text(json.dumps({"functions": entries}))
    result = listed(
        store_file=str(tmp_path / "store.json"), store_functions=["nodeinfo", "ASCII art"], registry="registry.test/m"
    )
    assert result["images"] == [
        {"source": "ghcr.io/openfaas/nodeinfo:latest", "target": "registry.test/m/openfaas/nodeinfo:latest"},
        {"source": "example.com/art:amd", "target": "registry.test/m/art:amd"},
        {"source": "nobody/art:arm", "target": "registry.test/m/nobody/art:arm"},
    ]
    refused = listed(store_file=str(tmp_path / "store.json"), store_functions=["figlets"])
    assert "has no 'figlets': the nearest are figlet" in refused["msg"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"istio": {"manifest": "/nowhere/istio.yaml"}}, "The manifest /nowhere/istio.yaml cannot be read"),
        ({"stack_file": "/nowhere/stack.yaml"}, "/nowhere/stack.yaml"),
        ({"istio": {"istioctl": "/nowhere/istioctl"}}, "There is no program at /nowhere/istioctl"),
        ({"charts": [{"ref": "/nowhere/chart"}], "helm": "/nowhere/helm"}, "There is no chart at /nowhere/chart"),
    ],
)
def test_what_cannot_be_read_or_rendered_is_one_sentence(listed: Any, options: dict[str, Any], sentence: str) -> None:
    result = listed(**options)
    assert result["failed"] is True
    assert sentence in result["msg"]
    assert "Traceback" not in result["msg"]
