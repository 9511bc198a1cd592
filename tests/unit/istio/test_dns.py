"""Whether the DNS leads host names to an ingress."""

from __future__ import annotations

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._istio.dns import Name, complaint, names, resolved

ZONE = {
    "faas.example.com": ["203.0.113.7"],
    "old.example.com": ["198.51.100.9", "2001:db8::9"],
    "six.example.com": ["2001:db8::7"],
    "balancer.example.net": ["203.0.113.7", "203.0.113.8"],
    "inside.example.net": ["10.0.0.8"],
}


def found(hosts: list[str], *ingress: str) -> list[Name]:
    """What the zone says of the hosts."""
    return names(hosts, ingress, lambda name: ZONE.get(name, []))


def test_a_name_that_leads_here_is_no_reason_to_speak() -> None:
    (name,) = found(["faas.example.com"], "203.0.113.7")
    assert name.points_here
    assert complaint([name]) == ""


def test_a_name_that_leads_elsewhere_or_nowhere_is_told_with_its_record() -> None:
    astray = found(["old.example.com", "new.example.com", "faas.example.com"], "203.0.113.7")
    assert [name.points_here for name in astray] == [False, False, True]
    assert complaint(astray) == (
        "The DNS does not lead old.example.com (198.51.100.9, 2001:db8::9), new.example.com (no address) to the "
        "ingress. Until it does, clients do not get there by name, and no ACME server can prove one. To make: "
        "old.example.com.  A  203.0.113.7; new.example.com.  A  203.0.113.7"
    )


@pytest.mark.parametrize(
    ("ingress", "records"),
    [
        (["2001:db8::7"], ["new.example.com.  AAAA  2001:db8::7"]),
        (["balancer.example.net"], ["new.example.com.  CNAME  balancer.example.net."]),
        (["203.0.113.7", "2001:db8::7"], ["new.example.com.  A  203.0.113.7", "new.example.com.  AAAA  2001:db8::7"]),
    ],
)
def test_the_record_goes_by_what_the_ingress_has(ingress: list[str], records: list[str]) -> None:
    (name,) = found(["new.example.com."], *ingress)
    assert list(name.records) == records


def test_one_address_in_common_is_enough() -> None:
    assert [name.points_here for name in found(["faas.example.com"], "balancer.example.net")] == [True]
    assert [name.points_here for name in found(["six.example.com"], "203.0.113.7", "2001:db8::7")] == [True]


def test_an_address_is_the_same_however_it_is_written() -> None:
    assert [name.points_here for name in found(["six.example.com"], "2001:DB8:0:0::7")] == [True]


def test_a_load_balancer_that_the_dns_does_not_know_yet_is_compared_with_nothing() -> None:
    known, unknown = found(["faas.example.com", "new.example.com"], "fresh.example.net")
    assert (known.points_here, unknown.points_here) == (True, False)
    assert unknown.records == ("new.example.com.  CNAME  fresh.example.net.",)


@pytest.mark.parametrize("ingress", ["10.200.1.2", "127.0.0.1", "100.64.0.1", "fd00::1", "::1", "inside.example.net"])
def test_an_ingress_of_the_inside_is_not_what_names_lead_to(ingress: str) -> None:
    assert found(["new.example.com"], ingress) == []


def test_only_names_are_looked_up() -> None:
    assert found(["*", "*.example.com", "203.0.113.8", "balancer.example.net"], "balancer.example.net") == []
    assert found(["faas.example.com"]) == []


def test_this_machines_resolver_is_asked() -> None:
    assert "127.0.0.1" in resolved("localhost")
    assert resolved("a..name") == []
