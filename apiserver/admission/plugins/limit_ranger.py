"""LimitRanger: defaults and bounds a namespace sets for what its pods and claims may ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apiserver.admission.plugin import PODS, AdmissionContext, AdmissionRequest, Operation, Plugin
from minik8s.api.core_v1 import Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod
from minik8s.machinery import quantity
from minik8s.quota.pod_resources import plain_limits, plain_requests

ANNOTATION = "kubernetes.io/limit-ranger"

_CLAIMS = ("", "persistentvolumeclaims", "")
_RESIZE = ("", "pods", "resize")

Amounts = Mapping[str, str]


class LimitRanger(Plugin):
    """Fills in defaults for containers, then judges."""

    NAME = "LimitRanger"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)

    def __init__(self, context: AdmissionContext, configuration: Mapping[str, Any] | None = None) -> None:
        super().__init__(context, configuration)
        self._ranges: dict[str, dict[str, LimitRange]] = {}
        context.reader.on_change(LimitRange, self._changed)

    def _changed(self, old: LimitRange | None, new: LimitRange | None) -> None:
        known = new or old
        if known is None:
            return
        here = self._ranges.setdefault(known.metadata.namespace, {})
        if new is not None:
            here[new.metadata.name] = new
        else:
            here.pop(known.metadata.name, None)
        if not here:
            del self._ranges[known.metadata.namespace]

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """New pods, pods being resized, claims."""
        key = (group, resource, subresource)
        if operation is Operation.CREATE:
            return key in (PODS, _CLAIMS)
        return operation is Operation.UPDATE and key in (_RESIZE, _CLAIMS)

    def _items(self, request: AdmissionRequest) -> Iterator[LimitRangeItem]:
        if request.old is not None and request.old.metadata.deletion_timestamp is not None:
            return
        for _, found in sorted(self._ranges.get(request.namespace, {}).items()):
            yield from found.spec.limits

    async def mutate(self, request: AdmissionRequest) -> None:
        """Give containers the defaults they lack."""
        if request.resource != "pods":
            return
        requests: dict[str, str] = {}
        limits: dict[str, str] = {}
        for item in self._items(request):
            if item.type == "Container":
                # The first range that says something of a resource is heard.
                requests = {**item.default_request, **requests}
                limits = {**item.default, **limits}
        if not requests and not limits:
            return
        pod: Pod = request.obj
        told = [line for c in pod.spec.containers for line in _fill(c, requests, limits, "container")]
        told += [line for c in pod.spec.init_containers for line in _fill(c, requests, limits, "init container")]
        if told:
            text = "LimitRanger plugin set: " + "; ".join(told)
            pod.metadata.annotations = {**pod.metadata.annotations, ANNOTATION: text}

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        problems: list[str] = []
        for item in self._items(request):
            if request.resource == "persistentvolumeclaims":
                if item.type == "PersistentVolumeClaim":
                    problems += _claim_problems(item, request.obj)
            elif item.type == "Container":
                for container in (*request.obj.spec.containers, *request.obj.spec.init_containers):
                    problems += _problems(item, container.resources.requests, container.resources.limits)
            elif item.type == "Pod":
                problems += _problems(item, plain_requests(request.obj), plain_limits(request.obj))
        if problems:
            raise request.forbidden(_joined(problems))


def _joined(problems: Sequence[str]) -> str:
    unique = list(dict.fromkeys(problems))
    return unique[0] if len(unique) == 1 else "[" + ", ".join(unique) + "]"


def _fill(container: Container, requests: Amounts, limits: Amounts, what: str) -> list[str]:
    resources = container.resources
    new_limits = {name: value for name, value in limits.items() if name not in resources.limits}
    new_requests = {name: value for name, value in requests.items() if name not in resources.requests}
    told = []
    if new_requests:
        resources.requests = {**resources.requests, **new_requests}
        told.append(f"{', '.join(sorted(new_requests))} request for {what} {container.name}")
    if new_limits:
        resources.limits = {**resources.limits, **new_limits}
        told.append(f"{', '.join(sorted(new_limits))} limit for {what} {container.name}")
    return told


def _claim_problems(item: LimitRangeItem, claim: PersistentVolumeClaim) -> list[str]:
    requests = claim.spec.resources.requests
    found = [_too_little(item.type, name, bound, requests, {}) for name, bound in sorted(item.min.items())]
    for name, bound in sorted(item.max.items()):
        start = f"maximum {name} usage per {item.type} is {quantity.canonical(bound)}"
        if name not in requests:
            found.append(f"{start}.  No request is specified")
        elif quantity.cmp(requests[name], bound) > 0:
            found.append(f"{start}, but request is {quantity.canonical(requests[name])}")
    return [problem for problem in found if problem]


def _problems(item: LimitRangeItem, requests: Amounts, limits: Amounts) -> list[str]:
    found = [_too_little(item.type, name, bound, requests, limits) for name, bound in sorted(item.min.items())]
    found += [_too_much(item.type, name, bound, requests, limits) for name, bound in sorted(item.max.items())]
    found += [
        _too_uneven(item.type, name, bound, requests, limits)
        for name, bound in sorted(item.max_limit_request_ratio.items())
    ]
    return [problem for problem in found if problem]


def _too_little(kind: str, name: str, bound: str, requests: Amounts, limits: Amounts) -> str:
    start = f"minimum {name} usage per {kind} is {quantity.canonical(bound)}"
    if name not in requests:
        return f"{start}.  No request is specified"
    if quantity.cmp(requests[name], bound) < 0:
        return f"{start}, but request is {quantity.canonical(requests[name])}"
    if name in limits and quantity.cmp(limits[name], bound) < 0:
        return f"{start}, but limit is {quantity.canonical(limits[name])}"
    return ""


def _too_much(kind: str, name: str, bound: str, requests: Amounts, limits: Amounts) -> str:
    start = f"maximum {name} usage per {kind} is {quantity.canonical(bound)}"
    if name not in limits:
        return f"{start}.  No limit is specified"
    if quantity.cmp(limits[name], bound) > 0:
        return f"{start}, but limit is {quantity.canonical(limits[name])}"
    if name in requests and quantity.cmp(requests[name], bound) > 0:
        return f"{start}, but request is {quantity.canonical(requests[name])}"
    return ""


def _too_uneven(kind: str, name: str, bound: str, requests: Amounts, limits: Amounts) -> str:
    start = f"{name} max limit to request ratio per {kind} is {quantity.canonical(bound)}"
    request = quantity.parse(requests.get(name, "0"))
    limit = quantity.parse(limits.get(name, "0"))
    if request == 0:
        return f"{start}, but no request is specified or request is 0"
    if limit == 0:
        return f"{start}, but no limit is specified or limit is 0"
    if limit / request > quantity.parse(bound):
        return f"{start}, but provided ratio is {float(limit / request):f}"
    return ""
