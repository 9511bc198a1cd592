"""The choice of an instance's networks."""

from __future__ import annotations

import ipaddress

import pytest

from tests.lab.errors import LabError
from tests.lab.instance import Instance
from tests.lab.network import SERVICE_CIDR, SLOTS, Slot, free_slot, veth


def test_the_first_slot_is_taken_when_nothing_is_in_the_way() -> None:
    slot = free_slot(["192.0.2.0/24"])
    assert (slot.node_cidr, slot.host_address, slot.node_address, slot.pod_cidr) == (
        "10.200.0.0/24",
        "10.200.0.1",
        "10.200.0.2",
        "10.201.0.0/16",
    )


@pytest.mark.parametrize("route", ["10.200.0.0/24", "10.200.0.7", "10.201.128.0/20", "10.201.0.0/16"])
def test_a_slot_that_overlaps_a_route_of_the_host_is_passed_over(route: str) -> None:
    assert free_slot([route]).number == 1


def test_a_host_that_routes_everything_is_told_so() -> None:
    with pytest.raises(LabError, match="take an instance down"):
        free_slot(["10.0.0.0/8"])


def test_no_two_networks_overlap() -> None:
    texts = [SERVICE_CIDR, *(cidr for n in range(SLOTS) for cidr in (Slot(n).node_cidr, Slot(n).pod_cidr))]
    networks = [ipaddress.ip_network(text) for text in texts]
    assert not [(a, b) for a in networks for b in networks if a is not b and a.overlaps(b)]


def test_a_veth_is_named_after_the_whole_name_in_fifteen_characters() -> None:
    names = {veth(Instance(name)) for name in ("a-long-name-1", "a-long-name-2", "lab")}
    assert len(names) == 3
    assert all(len(name) <= 15 for name in names)


@pytest.mark.parametrize("name", ["", "Lab", "1lab", "lab_1", "lab-", "../lab", "a" * 17])
def test_a_name_that_cannot_be_a_hosts_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="cannot name an instance"):
        Instance(name)
