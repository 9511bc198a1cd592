# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets: which objects a named batch holds, remembered in the cluster without their content."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .._errors import MeshError
from .connection import APPLY_PATCH, ApiError, Cluster, Object
from .objects import Identity

FORMAT = 1
MANAGER = "faas.mesh"
LABELS = {"app.kubernetes.io/managed-by": "faas.mesh"}
# etcd takes 1.5 MiB a request, the API server 1 MiB of data a ConfigMap.
LARGEST_BYTES = 900_000


@dataclass(frozen=True)
class Member:
    """One object of a set.

    :param api_version: the version it was applied with. :param uid: of the object as we left it, empty until then.
    :param made: whether we made it; what was there before us is never deleted.
    :param rendered: digest of the document. :param live: digest of the live values of the fields that are ours.
    """

    api_version: str
    uid: str = ""
    made: bool = True
    rendered: str = ""
    live: str = ""

    def pending(self) -> Member:
        """The member while it is being applied, which a run that is killed leaves behind."""
        return replace(self, uid="", rendered="", live="")

    def with_live(self, uid: str, live: str) -> Member:
        """The member once it is applied: the uid that it got, and the digest of its live values."""
        return replace(self, uid=uid, live=live)


Members = dict[Identity, Member]


@dataclass
class Receipt:
    """What a set holds.

    :param parts: in how many ConfigMaps the cluster stores it; 0 where it knows nothing of it yet.
    """

    name: str
    members: Members = field(default_factory=dict)
    parts: int = 0

    def documents(self, namespace: str, largest: int = LARGEST_BYTES) -> list[Object]:
        """The ConfigMaps that store it, each with at most ``largest`` bytes of objects."""
        chunks: list[list[Any]] = [[]]
        size = 0
        for identity, member in sorted(self.members.items()):
            # Counted as if all was known of it, so that an object stays in its part when its uid and digests come.
            length = len(_text({**asdict(identity), **asdict(member), **_WIDEST})) + 1
            if size + length > largest and chunks[-1]:
                chunks.append([])
                size = 0
            chunks[-1].append({**asdict(identity), **asdict(member)})
            size += length
        return [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": part_name(self.name, part), "namespace": namespace, "labels": LABELS},
                "data": {"format": str(FORMAT), "set": self.name, "objects": _text(chunk)},
            }
            for part, chunk in enumerate(chunks)
        ]


_WIDEST = {"uid": "-" * 36, "made": False, "rendered": "-" * 32, "live": "-" * 32}


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def part_name(name: str, part: int) -> str:
    """The name of the ConfigMap that stores one part of a set."""
    return f"set-{name}" if part == 0 else f"set-{name}.{part}"


@dataclass
class Sets:
    """All sets that one namespace remembers, read in one request.

    :param largest: how many bytes of objects one ConfigMap takes.
    """

    cluster: Cluster
    namespace: str
    receipts: dict[str, Receipt] = field(default_factory=dict)
    largest: int = LARGEST_BYTES

    @classmethod
    def read(cls, cluster: Cluster, namespace: str) -> Sets:
        """The sets in ``namespace``.

        :raises MeshError: one was written by a newer version of this collection, or is damaged.
        """
        sets = cls(cluster, namespace)
        labelled = {"labelSelector": ",".join(f"{key}={value}" for key, value in LABELS.items())}
        for item in cluster.items(f"/api/v1/namespaces/{namespace}/configmaps", labelled):
            if "set" in (item.get("data") or {}):
                sets._add(item["metadata"]["name"], item["data"])
        return sets

    def _add(self, part: str, data: dict[str, str]) -> None:
        try:
            newer = int(data["format"]) > FORMAT
            entries = [] if newer else json.loads(data["objects"])
            found = {Identity(*(entry.pop(key) for key in _IDENTITY)): Member(**entry) for entry in entries}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MeshError(
                f"ConfigMap {self.namespace}/{part} no longer says what set {data['set']} holds, somebody changed it: "
                "delete it to have the set's objects taken for those of others, then run again."
            ) from error
        if newer:
            raise MeshError(
                f"ConfigMap {self.namespace}/{part} was written by a newer faas.mesh (format {data['format']}): "
                "use that version."
            )
        receipt = self.receipts.setdefault(data["set"], Receipt(data["set"]))
        receipt.parts += 1
        # A run that was killed while it wrote may have left an object in two parts: what knows more of it counts.
        for identity, member in found.items():
            if identity not in receipt.members or member.uid:
                receipt.members[identity] = member

    def receipt(self, name: str) -> Receipt:
        """The set of that name, empty where there is none."""
        return self.receipts.get(name) or Receipt(name)

    def other_holder(self, identity: Identity, name: str) -> Receipt | None:
        """Another set than ``name`` that holds an object, or None."""
        others = (other for other in self.receipts.values() if other.name != name)
        return next((other for other in others if identity in other.members), None)

    def write(self, receipt: Receipt) -> None:
        """Store a set, and remove the ConfigMaps that it no longer needs."""
        documents = list(enumerate(receipt.documents(self.namespace, self.largest)))
        surplus = range(len(documents), receipt.parts)
        if receipt.members.keys() >= self.receipt(receipt.name).members.keys():
            # Parts that grow push objects into later ones: written there first, none is ever missing.
            documents.reverse()
        for __, document in documents:
            self._apply(f"{self._path}/configmaps/{document['metadata']['name']}", document)
        for part in surplus:
            self._delete(f"{self._path}/configmaps/{part_name(receipt.name, part)}")
        receipt.parts = len(documents)
        self.receipts[receipt.name] = receipt

    def forget(self, receipt: Receipt) -> None:
        """Remove a set's memory."""
        self.receipts.pop(receipt.name, None)
        # The first part goes last: a run that is killed before has the set still.
        for part in reversed(range(receipt.parts)):
            self._delete(f"{self._path}/configmaps/{part_name(receipt.name, part)}")

    def home(self) -> Object | None:
        """The namespace of the sets, or None where it is not there. It is made with the first set."""
        return self.cluster.get(self._path)

    def make_home(self) -> None:
        """Make the namespace of the sets."""
        self._apply(
            self._path,
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": LABELS}},
        )

    def delete_home(self) -> None:
        """Delete the namespace of the sets, with all that is in it."""
        self._delete(self._path)

    def identities(self, name: str) -> Iterable[Identity]:
        """The ConfigMaps that store a set."""
        return (Identity("", "ConfigMap", self.namespace, part_name(name, n)) for n in range(self.receipt(name).parts))

    @property
    def _path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}"

    def _apply(self, path: str, body: Object) -> None:
        query = {"fieldManager": MANAGER, "force": "true"}
        self.cluster.request("PATCH", path, query=query, body=body, content_type=APPLY_PATCH)

    def _delete(self, path: str) -> None:
        try:
            self.cluster.request("DELETE", path)
        except ApiError as error:
            # Gone, or going: the answer to an earlier try was lost.
            if error.status not in (404, 409):
                raise


_IDENTITY = ("group", "kind", "namespace", "name")


def is_ours(home: Object | None) -> bool:
    """Whether a namespace of sets was made by us."""
    return home is not None and (home["metadata"].get("labels") or {}).items() >= LABELS.items()
