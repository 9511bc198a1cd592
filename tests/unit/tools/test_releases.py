"""The addresses of the publishers, and what a machine is called by them."""

from __future__ import annotations

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._tools.platform import Platform
from ansible_collections.faas.mesh.plugins.module_utils._tools.release import TOOLS

LINUX, LINUX_ARM = Platform("linux", "amd64"), Platform("linux", "arm64")
MAC, MAC_ARM = Platform("darwin", "amd64"), Platform("darwin", "arm64")
MINIKUBE = "https://github.com/kubernetes/minikube/releases/download/v1.39.0"
ISTIO = "https://github.com/istio/istio/releases/download/1.31.1"
FAAS_CLI = "https://github.com/openfaas/faas-cli/releases/download/0.18.0"


@pytest.mark.parametrize(
    ("tool", "version", "platform", "url"),
    [
        ("minikube", "1.39.0", LINUX, f"{MINIKUBE}/minikube-linux-amd64"),
        ("minikube", "1.39.0", MAC_ARM, f"{MINIKUBE}/minikube-darwin-arm64"),
        ("kubectl", "1.36.3", MAC, "https://dl.k8s.io/release/v1.36.3/bin/darwin/amd64/kubectl"),
        ("istioctl", "1.31.1", LINUX_ARM, f"{ISTIO}/istioctl-1.31.1-linux-arm64.tar.gz"),
        ("istioctl", "1.31.1", MAC_ARM, f"{ISTIO}/istioctl-1.31.1-osx-arm64.tar.gz"),
        ("helm", "3.22.0", MAC, "https://get.helm.sh/helm-v3.22.0-darwin-amd64.tar.gz"),
        ("faas-cli", "0.18.0", LINUX, f"{FAAS_CLI}/faas-cli"),
        ("faas-cli", "0.18.0", LINUX_ARM, f"{FAAS_CLI}/faas-cli-arm64"),
        ("faas-cli", "0.18.0", MAC, f"{FAAS_CLI}/faas-cli-darwin"),
        ("faas-cli", "0.18.0", MAC_ARM, f"{FAAS_CLI}/faas-cli-darwin-arm64"),
    ],
)
def test_each_publishers_layout(tool: str, version: str, platform: Platform, url: str) -> None:
    assert TOOLS[tool].url(version, platform) == url


@pytest.mark.parametrize(
    ("tool", "printed", "version"),
    [
        ("minikube", '{"commit":"abc","minikubeVersion":"v1.39.0"}', "1.39.0"),
        ("kubectl", '{\n  "clientVersion": {\n    "major": "1",\n    "gitVersion": "v1.36.3"\n  }\n}', "1.36.3"),
        ("istioctl", '{\n  "clientVersion": {\n    "version": "1.31.1",\n    "tag": "x"\n  }\n}', "1.31.1"),
        ("helm", "v3.22.0+g144a2a5", "3.22.0"),
        ("helm", "v4.3.1", "4.3.1"),
        ("faas-cli", "0.18.0\n", "0.18.0"),
    ],
)
def test_each_tools_answer_about_its_version(tool: str, printed: str, version: str) -> None:
    found = TOOLS[tool].answer.search(printed)
    assert found is not None
    assert found[1] == version


@pytest.mark.parametrize(
    ("sysname", "machine", "name"),
    [
        ("Linux", "x86_64", "linux/amd64"),
        ("Linux", "aarch64", "linux/arm64"),
        ("Darwin", "arm64", "darwin/arm64"),
        ("Darwin", "x86_64", "darwin/amd64"),
    ],
)
def test_a_machine_by_what_uname_says(sysname: str, machine: str, name: str) -> None:
    assert str(Platform.of_uname(sysname, machine)) == name


def test_a_machine_without_tools_is_named() -> None:
    with pytest.raises(MeshError, match="not published for FreeBSD on riscv64"):
        Platform.of_uname("FreeBSD", "riscv64")
