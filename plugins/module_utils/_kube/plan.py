# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan: for each object of a batch, what the server says would become of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .._errors import MeshError
from . import digests, shared_fields
from .change import CREATED, DELETED, KEPT, RECREATED, RELEASED, UNCHANGED, UPDATED, Change
from .connection import APPLY_PATCH, ApiError, Cluster, Object, WebhookDown
from .discovery import Discovery, Resource
from .drift import drifts, is_conflict
from .objects import Identity
from .options import Options, purge_kind
from .ownership import applied_fields, handed_over, without_values
from .sets import Member, Sets


@dataclass(frozen=True)
class Coming:
    """What a batch is about to bring, so that a refusal for the lack of it is none.

    :param objects: those that are not there yet. :param kinds: (group, kind) of the definitions in the batch.
    """

    objects: frozenset[Identity] = frozenset()
    kinds: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, everything: Iterable[Object], found: Iterable[Identity]) -> Coming:
        """What the objects of a batch bring that are not among those found."""
        new = {Identity.of(obj) for obj in everything} - set(found)
        # Kubernetes makes the account of that name in every namespace, a moment later.
        accounts = {Identity("", "ServiceAccount", space.name, "default") for space in new if space.kind == "Namespace"}
        specs = [obj.get("spec") or {} for obj in everything if obj["kind"] == "CustomResourceDefinition"]
        kinds = frozenset((spec.get("group", ""), (spec.get("names") or {}).get("kind", "")) for spec in specs)
        return cls(frozenset(new | accounts), kinds)

    def has_namespace(self, name: str) -> bool:
        """Whether the batch makes a namespace."""
        return Identity("", "Namespace", "", name) in self.objects

    def explains(self, error: ApiError, refused: Identity) -> bool:
        """Whether the server refused an object only since another one, or a new field of its kind, is not there yet."""
        said = str(error)
        if (refused.group, refused.kind) in self.kinds and "field not declared in schema" in said:
            return True
        if error.status == 404 and not error.reason:
            # A path that is not served: just after a definition is established, or it was removed meanwhile.
            return (refused.group, refused.kind) in self.kinds
        return (
            error.status in (403, 404)
            and re.search("not found|was found", said) is not None
            and any(other.kind.lower() in said.lower() and _names(said, other) for other in self.objects - {refused})
        )


def _names(said: str, other: Identity) -> bool:
    return re.search(rf"(?<![-.\w]){re.escape(other.name)}(?![-.\w])", said) is not None


@dataclass
class Planner:
    """Decides about single objects of a batch; safe to use from several threads.

    :param scaled: what the batch's autoscalers scale. :param coming: what the batch brings.
    :param check: in check mode a namespace or kind that nobody has is a warning, else a failure.
    """

    cluster: Cluster
    discovery: Discovery
    options: Options
    sets: Sets
    check: bool
    scaled: shared_fields.ScaleTargets = frozenset()
    coming: Coming = field(default_factory=Coming)
    warnings: list[str] = field(default_factory=list)

    def apply(self, obj: Object, live: Object | None, member: Member | None) -> Change:
        """What applying ``obj`` does to the object as it is.

        :param member: what the set remembers of it.
        :raises MeshError: the server would refuse it.
        """
        identity = Identity.of(obj)
        resource = self._resource(obj, identity)
        shared = shared_fields.paths(obj, live, self.scaled)
        manager = self.options.field_manager
        sent = shared_fields.to_send(obj, live, shared, manager)
        new = Member(api_version=obj["apiVersion"], rendered=digests.of_rendered(obj, shared))
        change = Change(identity, resource, UNCHANGED, before=live, after=live, sent=sent, member=new, shared=shared)
        if live is None:
            change.verb, change.after = CREATED, self._created(change) or sent
            return change
        change.member = replace(
            new,
            uid=live["metadata"]["uid"],
            made=self._made(identity, live, member),
            live=digests.of_live(live, manager, shared),
        )
        if self._is_unchanged(change, live, member, sent):
            return change
        # Of an object that is not the one we left (nor one that a killed run had just taken) the fields are adopted.
        self._update(change, live, sent, adopting=member is None or member.uid != live["metadata"]["uid"])
        return change

    def prune(self, identity: Identity, member: Member, live: Object | None, *, absent: bool) -> Change | None:
        """What becomes of an object that the set held and no longer lists; None where there is nothing left of it.

        :param absent: whether the whole set is removed, which load balancers and empty namespaces go along with.
        """
        if live is None:
            return None
        resource = self.discovery.resource(member.api_version, identity.kind) or self.discovery.of(identity)
        change = Change(identity, resource, DELETED, before=live, member=member)
        holder = self.sets.other_holder(identity, self.options.set)
        annotations = live["metadata"].get("annotations") or {}
        needed = purge_kind(identity, live)
        if absent and needed in ("load_balancers", "namespaces"):
            needed = None
        if not member.made:
            change.verb, change.note = RELEASED, "it was there before this set"
        elif not self._is_as_left(live, member):
            change.verb, change.note = RELEASED, "somebody else has made it anew"
        elif taken := self.options.taken(live):
            change.verb, change.note = RELEASED, taken
        elif holder:
            change.verb, change.note = RELEASED, f"set {holder.name} holds it too"
        elif needed and needed not in self.options.purge:
            change.verb, change.note = KEPT, f"deleting it needs purge: [{needed}]"
        elif annotations.get("helm.sh/resource-policy") == "keep" and not needed:
            # What is asked for by its kind goes all the same: Istio marks each of its definitions so.
            change.verb, change.note = RELEASED, "its annotation helm.sh/resource-policy is keep"
        elif live["metadata"].get("deletionTimestamp"):
            change.note = "it was being deleted already"
        return change

    def _resource(self, obj: Object, identity: Identity) -> Resource | None:
        resource = self.discovery.resource(obj["apiVersion"], obj["kind"])
        if resource is None:
            self._miss(
                identity,
                f"the cluster does not serve {obj['apiVersion']} {obj['kind']}, and nothing in this batch brings it",
                "install its custom resource definition first, or correct apiVersion",
            )
        return resource

    def _miss(self, identity: Identity, said: str, advice: str) -> None:
        """Something that the batch needs is nowhere: in check mode another task may bring it before.

        Many objects may lack the same thing; the warning is given once, with the first of them.
        """
        if not self.check:
            raise MeshError(f"{identity}: {said}: {advice}.")
        if not any(warning.endswith(f"{said}.") for warning in self.warnings):
            self.warnings.append(f"{identity}: {said}.")

    def _made(self, identity: Identity, live: Object, member: Member | None) -> bool:
        if member is not None and self._is_as_left(live, member):
            return member.made
        holder = self.sets.other_holder(identity, self.options.set)
        theirs = holder.members[identity] if holder else None
        if theirs is not None and theirs.uid == live["metadata"]["uid"]:
            return theirs.made
        return self.options.made_by_us(live)

    def _is_as_left(self, live: Object, member: Member) -> bool:
        """Whether a live object is the one that the set remembers, or that a killed run made."""
        if member.uid:
            return bool(member.uid == live["metadata"]["uid"])
        # An apply that sets nothing, such as that of a bare namespace, leaves no entry; nor has anybody else one then.
        return (
            not member.made
            or not live["metadata"].get("managedFields")
            or bool(applied_fields(live, self.options.field_manager))
        )

    def _is_unchanged(self, change: Change, live: Object, member: Member | None, sent: Object) -> bool:
        if live["kind"] == "Secret":
            return digests.secret_holds(live, sent, self.options.field_manager)
        return (
            member is not None
            and change.member is not None
            and (member.uid, member.rendered, member.live)
            == (change.member.uid, change.member.rendered, change.member.live)
        )

    def _created(self, change: Change) -> Object | None:
        try:
            return self._dry_run(change)
        except ApiError as error:
            namespace = change.identity.namespace
            if error.status != 404 or f'namespaces "{namespace}" not found' not in str(error):
                raise
            said = f"neither the cluster nor this batch has namespace {namespace}"
            self._miss(change.identity, said, "make it first")
            return None

    def _update(self, change: Change, live: Object, sent: Object, *, adopting: bool) -> None:
        if adopting:
            self._refuse_release(change.identity, live)
            change.managed_fields = handed_over(live, self.options.adopted, self.options.field_manager)
        try:
            after = self._answer(change, live, sent)
        except ApiError as error:
            if not _is_immutable(error):
                raise
            self._recreate(change, live, error)
            return
        if change.drift and not change.force:
            change.after = sent
            return
        if after is None:
            change.verb, change.after = UPDATED, sent
            return
        if change.managed_fields is not None:
            after = self._without_former(live, after)
        change.after = after
        if change.managed_fields is not None or _differs(live, after, self.options.field_manager):
            change.verb = UPDATED

    def _refuse_release(self, identity: Identity, live: Object) -> None:
        release = (live["metadata"].get("annotations") or {}).get("meta.helm.sh/release-name")
        if release and "helm" not in self.options.adopted:
            raise MeshError(
                f"{identity} belongs to release {release}, which Helm installed: remove it with helm uninstall, or "
                "take it over with adopt_release: true."
            )

    def _answer(self, change: Change, live: Object, sent: Object) -> Object | None:
        """The object as the server would store it; None where it cannot say, or others hold fields of it."""
        try:
            return self._dry_run(change)
        except ApiError as error:
            if not is_conflict(error):
                raise
            adopted = self.options.adopted if change.managed_fields is not None else frozenset()
            change.drift = [drift for drift in drifts(error, live, sent) if drift.manager not in adopted]
            if change.drift and self.options.on_conflict != "take":
                return None
            change.force = True
        return self._dry_run(change)

    def _recreate(self, change: Change, live: Object, error: ApiError) -> None:
        if not self.options.recreate:
            raise MeshError(f"{error} Replace the object with recreate: true.") from error
        needed = purge_kind(change.identity, live)
        if needed and needed not in self.options.purge:
            raise MeshError(f"{error} Replacing the object needs purge: [{needed}] beside recreate.") from error
        change.verb, change.after, change.note = RECREATED, change.sent, "an immutable field changes"
        change.managed_fields = None

    def _without_former(self, live: Object, after: Object) -> Object:
        ours = applied_fields(after, self.options.field_manager)
        entries = live["metadata"].get("managedFields") or []
        former = [
            entry for entry in entries if entry.get("manager") in self.options.adopted and not entry.get("subresource")
        ]
        others = [entry.get("fieldsV1") or {} for entry in entries if entry not in former]
        for entry in former:
            after = without_values(after, entry.get("fieldsV1") or {}, [ours, *others])
        return after

    def _dry_run(self, change: Change) -> Object | None:
        """What the server would store, or None where it cannot say before the rest of the batch is there."""
        resource, sent = change.resource, change.sent
        if resource is None or sent is None or not self.discovery.is_served(resource):
            return None
        if self.coming.has_namespace(change.identity.namespace):
            return None
        try:
            return patch(self.cluster, sent, resource, self.options.field_manager, force=change.force, dry_run=True)
        except WebhookDown as down:
            if self.check:
                self.warnings.append(f"{change.identity} is predicted without the server's dry run: {down}")
        except ApiError as error:
            if not self.coming.explains(error, change.identity):
                raise
        return None


def patch(
    cluster: Cluster, sent: Object, resource: Resource, manager: str, *, force: bool, dry_run: bool = False
) -> Object:
    """The object after a server-side apply of ``sent``, or after the dry run of one."""
    query = {"fieldManager": manager, "force": str(force).lower(), **({"dryRun": "All"} if dry_run else {})}
    metadata = sent["metadata"]
    return cluster.request(
        "PATCH",
        resource.path(metadata.get("namespace", ""), metadata["name"]),
        query=query,
        body=sent,
        content_type=APPLY_PATCH,
    )


# As the API server words it: roles of bindings, claims and stateful sets each have a sentence of their own.
_IMMUTABLE = re.compile("immutable|may not (?:change|be changed)|cannot change roleRef|updates to .* are forbidden")


def _is_immutable(error: ApiError) -> bool:
    return error.status == 422 and _IMMUTABLE.search(str(error)) is not None


def _differs(live: Object, after: Object, manager: str) -> bool:
    return _comparable(live) != _comparable(after) or applied_fields(live, manager) != applied_fields(after, manager)


def _comparable(obj: Object) -> Object:
    """An object without what changes by every write."""
    metadata = {
        name: value
        for name, value in obj["metadata"].items()
        if name not in ("managedFields", "resourceVersion", "generation")
    }
    return {**{name: value for name, value in obj.items() if name != "status"}, "metadata": metadata}
