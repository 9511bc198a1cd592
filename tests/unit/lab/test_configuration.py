"""What the components of an instance are started with."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.lab import catalogue, node, units
from tests.lab.cache import in_order
from tests.lab.instance import Instance
from tests.lab.network import Slot
from tests.lab.pki import cluster_configuration


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """An instance whose state is below a folder of the test's own."""
    monkeypatch.setattr("tests.lab.instance.STATE_ROOT", tmp_path)
    instance = Instance("trial")
    instance.config.mkdir(parents=True)
    return instance


def flags(instance: Instance, slot: Slot) -> dict[str, list[str]]:
    """Every component's arguments."""
    started = (*units.control_plane(instance, slot), *units.node(instance, slot))
    return {unit.name: list(unit.argv[1:]) for unit in started}


def test_two_instances_share_no_path_and_no_address(tmp_path: Path) -> None:
    first = flags(Instance("first"), Slot(0))
    second = flags(Instance("second"), Slot(1))
    # These are of the instance's own network and mount namespaces, or of the project.
    common = ("127.0.0.1", "audit-policy", "service-cluster-ip-range", "kubernetes.default.svc")
    for name, arguments in first.items():
        own = [word for word in arguments if ("/" in word or "10." in word) and not any(c in word for c in common)]
        assert own, name
        assert not set(own) & set(second[name]), name


def test_containerds_configuration_is_toml_with_the_instances_own_folders(instance: Instance) -> None:
    node.configure(instance, Slot(3))
    config = tomllib.loads((instance.config / "containerd.toml").read_text())
    assert config["version"] == 3
    assert config["root"] == str(instance.state / "containerd")
    assert config["grpc"]["address"] == str(instance.containerd_socket)
    sandbox = config["plugins"]["io.containerd.cri.v1.images"]["pinned_images"]["sandbox"]
    assert sandbox in {name for image in catalogue.IMAGES for name in image.names}


def test_pod_addresses_are_the_same_everywhere(instance: Instance) -> None:
    slot = Slot(3)
    cidr = "10.204.0.0/16"
    assert node.pod_network(slot)["plugins"][0]["ipam"]["ranges"] == [[{"subnet": cidr}]]
    assert node.kube_proxy(instance, slot)["clusterCIDR"] == cidr
    assert cluster_configuration(instance, slot)["networking"] == {
        "serviceSubnet": "10.96.0.0/16",
        "podSubnet": cidr,
        "dnsDomain": "cluster.local",
    }
    assert f"--cluster-cidr={cidr}" in flags(instance, slot)["kube-controller-manager"]


def test_pods_are_counted_in_the_instances_cgroup(instance: Instance) -> None:
    assert node.kubelet(instance)["cgroupRoot"] == "/faas-mesh-lab/trial"


def test_no_two_parts_and_no_two_images_have_one_name() -> None:
    parts = in_order(catalogue.PARTS)
    assert len({part.name for part in parts}) == len(parts)
    names = [name for image in (*catalogue.IMAGES, catalogue.GATEWAY_IMAGE) for name in image.names]
    assert len(set(names)) == len(names)
