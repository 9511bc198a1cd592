"""What an installation is made from: values, a user's file, a manifest that was rendered elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import document
from ansible_collections.faas.mesh.plugins.module_utils._istio.installation import Installation
from ansible_collections.faas.mesh.plugins.module_utils._istio.manifest import Manifest
from ansible_collections.faas.mesh.plugins.modules import istio_install
from tests.unit.openfaas.api import running_api

from .rendered import istiod
from .test_modules import DISCOVERY, ran

OPERATOR = {
    "apiVersion": "install.istio.io/v1alpha1",
    "kind": "IstioOperator",
    "spec": {"profile": "minimal", "meshConfig": {"accessLogFile": "/dev/stdout"}, "values": {"a": {"b": 1, "c": 2}}},
}


def written(folder: Path, text: Any) -> str:
    """The path of a file with that text, or with that document as YAML."""
    path = folder / "file.yaml"
    path.write_text(text if isinstance(text, str) else yaml.safe_dump(text))
    return str(path)


def manifest(folder: Path, image: str = "docker.io/istio/pilot:1.31.1", revision: str = "") -> str:
    """The path of a manifest of a revision."""
    objects = istiod(revision)
    deployment = next(obj for obj in objects if obj["kind"] == "Deployment")
    deployment["metadata"]["labels"]["app"] = "istiod"
    deployment["spec"] = {"template": {"spec": {"containers": [{"name": "discovery", "image": image}]}}}
    return written(folder, "---\n".join(yaml.safe_dump(obj) for obj in objects))


def test_an_operator_document_is_taken_whole_with_values_on_top(tmp_path: Path) -> None:
    spec = document.read(written(tmp_path, OPERATOR))
    operator = Installation(profile=spec["profile"], values={"a": {"c": 3}}, spec=spec).operator("v1.36.3")
    assert operator["spec"] == {
        "profile": "minimal",
        "meshConfig": {"accessLogFile": "/dev/stdout"},
        "values": {"a": {"b": 1, "c": 3}},
    }


def test_a_file_of_values_is_no_more_than_that(tmp_path: Path) -> None:
    assert document.read(written(tmp_path, {"pilot": {"replicaCount": 2}})) == {
        "values": {"pilot": {"replicaCount": 2}}
    }


def test_a_null_takes_a_default_away_as_helm_does() -> None:
    assert document.merged({"a": {"b": 1}}, {"a": {"b": None}}) == {"a": {"b": None}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: [\n", r"file\.yaml:3 is not valid YAML"),
        ("- a\n", "is neither a mapping of Helm values nor an IstioOperator document"),
        ("kind: Gateway\n", "is of kind Gateway"),
    ],
)
def test_a_file_that_is_neither_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(MeshError, match=told):
        document.read(written(tmp_path, text))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(MeshError, match=r"The file /nowhere/values\.yaml cannot be read"):
        document.read("/nowhere/values.yaml")
    with pytest.raises(MeshError, match=r"The manifest /nowhere/istio\.yaml cannot be read"):
        Manifest("/nowhere/istio.yaml").version()


def test_a_manifest_tells_its_version_and_gives_its_objects(tmp_path: Path) -> None:
    source = Manifest(manifest(tmp_path, revision="canary"))
    assert source.version() == "1.31.1"
    found = source.manifest(Installation(revision="canary").operator("v1.36.3"))
    assert [obj["kind"] for obj in found] == [obj["kind"] for obj in istiod("canary")]


def test_a_manifest_of_another_revision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeshError, match="is of revision canary, and asked for is default"):
        Manifest(manifest(tmp_path, revision="canary")).manifest(Installation().operator("v1.36.3"))


def test_a_manifest_that_tells_no_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeshError, match="does not tell its version"):
        Manifest(manifest(tmp_path, image="pilot@sha256:0123")).version()
    with pytest.raises(MeshError, match="has no Deployment of istiod"):
        Manifest(written(tmp_path, istiod()[0])).version()


def test_a_manifest_needs_no_istioctl_and_another_version_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = manifest(tmp_path)
    with running_api(DISCOVERY) as api:
        result = ran(istio_install, capsys, host=api.url, istioctl="/nowhere/istioctl", manifest=path, version="1.30.4")
        assert api.asked == []
    assert result["failed"] is True
    assert f"The manifest {path} installs Istio 1.31.1, but version asks for 1.30.4" in result["msg"]


def test_values_beside_a_manifest_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = manifest(tmp_path)
    result = ran(istio_install, capsys, host="http://127.0.0.1:9", manifest=path, hub="registry", values={"a": 1})
    assert result["msg"].startswith(f"{path} is rendered already, and values, hub would change nothing in it")


def test_a_document_of_another_revision_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = written(tmp_path, {**OPERATOR, "spec": {"revision": "canary"}})
    result = ran(istio_install, capsys, host="http://127.0.0.1:9", file=path)
    assert result["msg"] == f"{path} is for revision canary: give that as revision too."


def test_registry_and_secrets_reach_istioctl(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    heard = tmp_path / "heard.json"
    istioctl = tmp_path / "istioctl"
    istioctl.write_text(
        '#!/bin/sh\nif [ "$1" = version ]; then echo \'{"clientVersion": {"version": "1.31.1"}}\'; exit; fi\n'
        f'cat > {heard}; echo "Error: enough" >&2; exit 1\n'
    )
    istioctl.chmod(0o755)
    asked: dict[str, Any] = {"hub": "registry.test/istio", "image_pull_secrets": ["pull"]}
    asked["values"] = {"global": {"network": "n"}}
    with running_api({**DISCOVERY, "/version": {"gitVersion": "v1.36.3"}}) as api:
        result = ran(istio_install, capsys, host=api.url, istioctl=str(istioctl), **asked)
    assert result["msg"].endswith("cannot render these values: enough.")
    assert json.loads(heard.read_text())["spec"]["values"]["global"] == {
        "hub": "registry.test/istio",
        "imagePullSecrets": ["pull"],
        "network": "n",
    }
