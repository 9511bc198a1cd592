# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags: names that point to a revision. The tag ``default`` serves namespaces labelled ``istio-injection: enabled``.

``istioctl tag set`` writes two objects for a tag, and for the default one a third, made from the revision's own
(istio/istio, istioctl/pkg/tag, release 1.31). ``istioctl manifest generate`` does not know them.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

from .._errors import MeshError
from . import labels
from .labels import labelled, labels_of

Object = dict[str, Any]

VALIDATOR = "istiod-default-validator"
# The field manager of istioctl tag set.
MANAGER = "istio-ci"
SERVICE_PREFIX = "istiod-revision-tag-"
# The name is a part of the names of a Service and of a webhook configuration.
NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")

_NEVER = {"matchLabels": {"istio.io/deactivated": "never-match"}}


def checked(tags: Iterable[str], revision: str) -> tuple[str, ...]:
    """The tags, sorted and each once.

    :raises MeshError: one cannot be a tag's name, or is the revision's own.
    """
    for tag in tags:
        if not NAME.fullmatch(tag):
            raise MeshError(
                f"The tag '{tag}' in tags is not allowed: use lower-case letters, digits and dashes, at most 40, and a "
                "letter first."
            )
        if tag == revision:
            raise MeshError(
                f"The tag '{tag}' in tags has the name of the revision that it would point to: choose another name."
            )
    return tuple(sorted(set(tags)))


def with_tags(objects: list[Object], revision: str, tags: Iterable[str]) -> list[Object]:
    """The objects of a revision, with those of the tags that point to it.

    :param revision: empty for the revision without a name. Its own injector matches nothing any more, whoever holds
        the default tag: the tag's injector does its work, and with both a pod would get its sidecar twice.
    """
    injector = _of_kind(objects, "MutatingWebhookConfiguration")
    if injector is None:
        return objects
    service = next((obj for obj in objects if _is_istiod(obj)), None)
    validator = _of_kind(objects, "ValidatingWebhookConfiguration")
    made = []
    for tag in tags:
        made.append(_injector(injector, revision, tag))
        if service is not None:
            made.append(_service(service, tag))
        if tag == labels.DEFAULT and validator is not None:
            made.append(_validator(validator, injector))
    own = [obj if obj is not injector or revision else _deactivated(obj) for obj in objects]
    return [*own, *made]


def _of_kind(objects: list[Object], kind: str) -> Object | None:
    return next((obj for obj in objects if obj["kind"] == kind and labels.TAG not in labels_of(obj)), None)


def _is_istiod(obj: Object) -> bool:
    return obj["kind"] == "Service" and labels_of(obj).get("app") == "istiod" and labels.TAG not in labels_of(obj)


def _deactivated(injector: Object) -> Object:
    never = {"namespaceSelector": _NEVER, "objectSelector": _NEVER}
    return {**injector, "webhooks": [{**webhook, **never} for webhook in injector["webhooks"]]}


def _tagged(obj: Object, tag: str) -> Object:
    return labelled(copy.deepcopy(obj), {labels.TAG: tag, labels.NOT_PRUNED: "true"})


def _injector(injector: Object, revision: str, tag: str) -> Object:
    tagged = _tagged(injector, tag)
    suffix = injector["metadata"]["name"].removeprefix("istio-sidecar-injector").removeprefix(f"-{revision}")
    tagged["metadata"]["name"] = f"istio-revision-tag-{tag}{suffix}"
    if tag == labels.DEFAULT and not revision:
        return tagged
    by_name = [_for_tag(webhook, tag) for webhook in tagged["webhooks"] if webhook["name"].startswith("rev.")]
    tagged["webhooks"] = [*by_name, *(_for_labelled(by_name[0]) if tag == labels.DEFAULT else [])]
    return tagged


def _for_tag(webhook: Object, tag: str) -> Object:
    """A webhook for pods of a revision, changed to one for those that ask for a tag."""
    for selector in ("namespaceSelector", "objectSelector"):
        for term in webhook[selector].get("matchExpressions") or []:
            if term["key"] == labels.REVISION and term["operator"] == "In":
                term["values"] = [tag]
    return webhook


def _for_labelled(webhook: Object) -> list[Object]:
    """The webhooks for namespaces and pods that ask for a sidecar without naming a revision."""
    wanted_by_namespace = {
        "namespaceSelector": _terms(("istio-injection", "In", ["enabled"])),
        "objectSelector": _terms(("sidecar.istio.io/inject", "NotIn", ["false"])),
    }
    wanted_by_pod = {
        "namespaceSelector": _terms(("istio-injection", "DoesNotExist", None), (labels.REVISION, "DoesNotExist", None)),
        "objectSelector": _terms(("sidecar.istio.io/inject", "In", ["true"]), (labels.REVISION, "DoesNotExist", None)),
    }
    return [
        {**webhook, "name": "namespace.sidecar-injector.istio.io", **wanted_by_namespace},
        {**webhook, "name": "object.sidecar-injector.istio.io", **wanted_by_pod},
    ]


def _terms(*terms: tuple[str, str, list[str] | None]) -> Object:
    return {
        "matchExpressions": [
            {"key": key, "operator": operator, **({} if values is None else {"values": values})}
            for key, operator, values in terms
        ]
    }


def _service(service: Object, tag: str) -> Object:
    tagged = _tagged(service, tag)
    tagged["metadata"]["name"] = f"{SERVICE_PREFIX}{tag}"
    tagged["metadata"].pop("annotations", None)
    for field in ("ipFamilies", "ipFamilyPolicy"):
        tagged["spec"].pop(field, None)
    # istioctl renders this one with the revision's name, "default" too.
    tagged["spec"]["selector"] = {"app": "istiod", labels.REVISION: labels_of(service)[labels.REVISION]}
    return tagged


def _validator(validator: Object, injector: Object) -> Object:
    """The webhook that checks configuration of no revision: the revision's own, with the injector's labels."""
    taken = {name: value for name, value in labels_of(injector).items() if name != "app"}
    tagged = _tagged(labelled(validator, taken), labels.DEFAULT)
    tagged["metadata"] = {"name": VALIDATOR, "labels": labels_of(tagged)}
    tagged["webhooks"][0]["name"] = "validation.istio.io"
    tagged["webhooks"][0]["objectSelector"] = _terms((labels.REVISION, "DoesNotExist", None))
    return tagged
