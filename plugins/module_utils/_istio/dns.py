# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the DNS leads host names to an ingress, and the records that would."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

Resolve = Callable[[str], Iterable[str]]
"""The addresses of a host name, none where it has none."""

LOOKUPS = 8
"""How many names are looked up at once."""

# Addresses that only the inside has: the networks of RFC 1918, 3927, 4193, 4291 and 6598, and loopback. Python's own
# is_private counts the addresses for documentation among them.
_INSIDE = [
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
]


@dataclass(frozen=True)
class Name:
    """A host name as this machine's resolver knows it.

    :param addresses: where it leads now.
    :param expected: the addresses of the ingress; none where its load balancer has a name that is not in the DNS yet.
    :param records: what would lead it there, as a zone file has it.
    """

    host: str
    addresses: tuple[str, ...]
    expected: tuple[str, ...]
    records: tuple[str, ...]

    @property
    def points_here(self) -> bool:
        """Whether it leads to the ingress. One address in common is enough: load balancers show theirs in turn."""
        return bool(self.addresses) and (not self.expected or not set(self.addresses).isdisjoint(self.expected))

    def __str__(self) -> str:
        return f"{self.host} ({', '.join(self.addresses) or 'no address'})"


def resolved(name: str) -> list[str]:
    """The addresses that this machine's own resolver gives for a name."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(address) for *_others, (address, *_port) in found]


def names(hosts: Iterable[str], ingress: Sequence[str], resolve: Resolve = resolved) -> list[Name]:
    """Look host names up.

    :param hosts: names with a star, and addresses, are left out, and so is the ingress' own name.
    :param ingress: the addresses of the ingress, or the name of its load balancer.
    :return: nothing where the ingress has addresses of the inside alone: what clients outside have to call then, such
        as a router that passes calls on, is not known here.
    """
    wanted = [host.rstrip(".") for host in hosts if "*" not in host and not _is_address(host) and host not in ingress]
    if not wanted or not ingress:
        return []
    with ThreadPoolExecutor(LOOKUPS) as pool:
        own = pool.map(lambda target: [target] if _is_address(target) else resolve(target), ingress)
        expected = _distinct(address for addresses in own for address in addresses)
        if expected and all(_is_inside(address) for address in expected):
            return []
        found = list(pool.map(resolve, wanted))
    return [
        Name(host, _distinct(addresses), expected, tuple(_record(host, target) for target in ingress))
        for host, addresses in zip(wanted, found, strict=True)
    ]


def complaint(found: Iterable[Name]) -> str:
    """One sentence about the names that lead elsewhere, empty where there are none."""
    astray = [name for name in found if not name.points_here]
    if not astray:
        return ""
    records = "; ".join(record for name in astray for record in name.records)
    return (
        f"The DNS does not lead {', '.join(map(str, astray))} to the ingress. Until it does, clients do not get there "
        f"by name, and no ACME server can prove one. To make: {records}"
    )


def _record(host: str, target: str) -> str:
    if not _is_address(target):
        return f"{host}.  CNAME  {target.rstrip('.')}."
    return f"{host}.  {'AAAA' if ':' in target else 'A'}  {target}"


def _distinct(addresses: Iterable[str]) -> tuple[str, ...]:
    # One IPv6 address can be written in several ways.
    return tuple(sorted({str(ipaddress.ip_address(address)) for address in addresses}))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_inside(address: str) -> bool:
    return any(ipaddress.ip_address(address) in network for network in _INSIDE)
