"""An instance's network: a namespace of its own, joined to the host by one veth pair and two routes.

Instances take slots. Slot ``n`` owns 10.200.n.0/24 between host and node and 10.(201 + n).0.0/16 for its pods; the
Service range is the same everywhere, since only the instance itself routes it. A slot that overlaps a route of the host
is passed over. Nothing is masqueraded: an instance reaches the host and its own pods, nothing else.
"""

from __future__ import annotations

import ipaddress
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.lab.commands import run
from tests.lab.errors import LabError
from tests.lab.instance import Instance

SLOTS = 32
SERVICE_CIDR = "10.96.0.0/16"
DNS_ADDRESS = "10.96.0.10"


@dataclass(frozen=True)
class Slot:
    """The addresses of one instance.

    :param number: 0 to 31.
    """

    number: int

    @property
    def node_cidr(self) -> str:
        """The network between host and node."""
        return f"10.200.{self.number}.0/24"

    @property
    def host_address(self) -> str:
        """The host's end of it."""
        return f"10.200.{self.number}.1"

    @property
    def node_address(self) -> str:
        """The node's address: of the API server and of NodePorts."""
        return f"10.200.{self.number}.2"

    @property
    def pod_cidr(self) -> str:
        """The addresses of its pods, which the host routes to the node."""
        return f"10.{201 + self.number}.0.0/16"


def free_slot(routes: Iterable[str]) -> Slot:
    """The first slot whose networks overlap none of the host's.

    :param routes: the networks that the host routes already, in CIDR notation.
    :raises LabError: there is none.
    """
    taken = [ipaddress.ip_network(route, strict=False) for route in routes]
    for number in range(SLOTS):
        slot = Slot(number)
        ours = [ipaddress.ip_network(slot.node_cidr), ipaddress.ip_network(slot.pod_cidr)]
        if not any(mine.overlaps(theirs) for mine in ours for theirs in taken if theirs.version == mine.version):
            return slot
    raise LabError(f"All {SLOTS} networks of the lab overlap routes of this host: take an instance down first.")


def host_routes() -> list[str]:
    """The IPv4 networks in the host's routing table, less the default route."""
    return [route["dst"] for route in json.loads(run(["ip", "-4", "-json", "route"])) if route["dst"] != "default"]


def veth(instance: Instance) -> str:
    """The name of the instance's veth on the host: an interface name has 15 characters at most."""
    return f"faas-{zlib.crc32(instance.name.encode()):08x}"


def create(instance: Instance, slot: Slot) -> None:
    """Make the namespace, its link to the host and the host's route to its pods."""
    inside = ["ip", "-netns", instance.netns]
    run(["ip", "netns", "add", instance.netns])
    run(["ip", "link", "add", veth(instance), "type", "veth", "peer", "name", "eth0", "netns", instance.netns])
    run(["ip", "address", "add", f"{slot.host_address}/24", "dev", veth(instance)])
    run(["ip", "link", "set", veth(instance), "up"])
    run([*inside, "link", "set", "lo", "up"])
    run([*inside, "address", "add", f"{slot.node_address}/24", "dev", "eth0"])
    run([*inside, "link", "set", "eth0", "up"])
    # Service addresses need some route before kube-proxy's rules can rewrite them.
    run([*inside, "route", "add", "default", "via", slot.host_address])
    run(["ip", "route", "add", slot.pod_cidr, "via", slot.node_address, "dev", veth(instance)])
    settings = ("net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1")
    run(["nsenter", f"--net={namespace_file(instance)}", "sysctl", "-qw", *settings])


def namespace_file(instance: Instance) -> Path:
    """The file that keeps the network namespace alive."""
    return Path("/run/netns") / instance.netns


def remove(instance: Instance) -> None:
    """Remove what :func:`create` made, as far as it is there."""
    if (Path("/sys/class/net") / veth(instance)).exists():
        run(["ip", "link", "delete", veth(instance)])
    if namespace_file(instance).exists():
        run(["ip", "netns", "delete", instance.netns])
