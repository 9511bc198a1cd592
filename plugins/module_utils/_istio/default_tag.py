# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The default tag: which revision serves namespaces labelled ``istio-injection: enabled``.

``istioctl install`` and ``istioctl tag set default`` write three objects for it, made from the revision's own
(istio/istio, istioctl/pkg/tag, release 1.31). ``istioctl manifest generate`` does not know them.
"""

from __future__ import annotations

import copy
from typing import Any

from . import labels
from .labels import labelled, labels_of

Object = dict[str, Any]

INJECTOR = "istio-revision-tag-default"
VALIDATOR = "istiod-default-validator"
SERVICE = "istiod-revision-tag-default"

_NEVER = {"matchLabels": {"istio.io/deactivated": "never-match"}}
_TAGGED = {labels.TAG: labels.DEFAULT, labels.NOT_PRUNED: "true"}


def with_default_tag(objects: list[Object], revision: str) -> list[Object]:
    """The objects of a revision, with those that make it the default one.

    :param revision: empty for the revision without a name. Its own injector then matches nothing any more: the
        tag's does its work, and with both a pod would get its sidecar twice.
    """
    injector = _of_kind(objects, "MutatingWebhookConfiguration")
    if injector is None:
        return objects
    made = [_injector(injector, revision)]
    service = next((obj for obj in objects if _is_istiod(obj)), None)
    if service is not None:
        made.append(_service(service))
    validator = _of_kind(objects, "ValidatingWebhookConfiguration")
    if validator is not None:
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


def _injector(injector: Object, revision: str) -> Object:
    tagged = labelled(copy.deepcopy(injector), _TAGGED)
    suffix = injector["metadata"]["name"].removeprefix("istio-sidecar-injector").removeprefix(f"-{revision}")
    tagged["metadata"]["name"] = f"{INJECTOR}{suffix}"
    if revision:
        tagged["webhooks"] = [*map(_for_default, tagged["webhooks"]), *_for_labelled(tagged["webhooks"][0])]
    return tagged


def _for_default(webhook: Object) -> Object:
    """A webhook for pods of a named revision, changed to one for those that ask for the default by name."""
    for selector in ("namespaceSelector", "objectSelector"):
        for term in webhook[selector].get("matchExpressions") or []:
            if term["key"] == labels.REVISION and term["operator"] == "In":
                term["values"] = [labels.DEFAULT]
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


def _service(service: Object) -> Object:
    tagged = labelled(copy.deepcopy(service), _TAGGED)
    tagged["metadata"]["name"] = SERVICE
    tagged["metadata"].pop("annotations", None)
    for field in ("ipFamilies", "ipFamilyPolicy"):
        tagged["spec"].pop(field, None)
    # istioctl renders this one with the revision's name, "default" too.
    tagged["spec"]["selector"] = {"app": "istiod", labels.REVISION: labels_of(service)[labels.REVISION]}
    return tagged


def _validator(validator: Object, injector: Object) -> Object:
    """The webhook that checks configuration of no revision: the revision's own, with the injector's labels."""
    tagged = copy.deepcopy(validator)
    taken = {name: value for name, value in labels_of(injector).items() if name != "app"}
    tagged["metadata"] = {"name": VALIDATOR, "labels": {**labels_of(validator), **taken, **_TAGGED}}
    tagged["webhooks"][0]["name"] = "validation.istio.io"
    tagged["webhooks"][0]["objectSelector"] = _terms((labels.REVISION, "DoesNotExist", None))
    return tagged
