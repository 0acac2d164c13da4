"""The metrics APIs: resource, custom and external metrics, served by whoever registered them."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec

from minik8s.api.autoscaling_v2 import CrossVersionObjectReference, MetricIdentifier
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError
from minik8s.machinery import quantity
from minik8s.machinery.selectors import Selector, from_label_selector
from minik8s.machinery.times import TimeError, parse_duration, parse_time

RESOURCE = "/apis/metrics.k8s.io/v1beta1"
CUSTOM = "/apis/custom.metrics.k8s.io/v1beta2"
EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1"
_RESOURCE_GROUP, _CUSTOM_GROUP = "metrics.k8s.io", "custom.metrics.k8s.io"
_NO_WORD = {
    404: "the server could not find the requested resource",
    503: "the server is currently unable to handle the request",
}
_DEFAULT_WINDOW = timedelta(minutes=1)


class NoMetrics(Exception):
    """A metrics API had nothing to tell, or is not there."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """One pod's value of one metric, when it was taken and over how long."""

    value: Decimal
    taken: datetime | None = None
    window: timedelta = _DEFAULT_WINDOW


class Sources:
    """Asks the APIs. Every method raises NoMetrics when nobody serves them, or they have nothing."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def resource(self, name: str, namespace: str, selector: Selector, container: str) -> dict[str, Sample]:
        """The use of a resource by pod name; of one container when it is named."""
        path = f"{RESOURCE}/namespaces/{quote(namespace)}/pods"
        answer = await self._get(path, {"labelSelector": str(selector)})
        found: dict[str, Sample] = {}
        for item in answer.get("items") or ():
            used = [one for one in item.get("containers") or () if container in ("", one.get("name"))]
            if not used or any(name not in (one.get("usage") or {}) for one in used):
                continue
            total = sum((quantity.parse(one["usage"][name]) for one in used), Decimal(0))
            found[item["metadata"]["name"]] = Sample(total, _time(item.get("timestamp")), _window(item.get("window")))
        if not found:
            raise NoMetrics("no metrics returned from resource metrics API")
        return found

    async def pods(self, metric: MetricIdentifier, namespace: str, selector: Selector) -> dict[str, Sample]:
        """A custom metric by pod name."""
        path = f"{CUSTOM}/namespaces/{quote(namespace)}/pods/*/{quote(metric.name, safe='')}"
        answer = await self._get(path, {"labelSelector": str(selector)} | _narrowed(metric, "metricLabelSelector"))
        found = {
            item["describedObject"]["name"]: Sample(quantity.parse(item["value"]), _time(item.get("timestamp")))
            for item in answer.get("items") or ()
        }
        if not found:
            raise NoMetrics("no metrics returned from custom metrics API")
        return found

    async def object(self, metric: MetricIdentifier, namespace: str, about: CrossVersionObjectReference) -> Decimal:
        """A custom metric of one object."""
        resource = await self._client.dynamic.resource(about.api_version or "v1", about.kind)
        inside = f"/namespaces/{quote(namespace)}" if resource.namespaced else ""
        path = f"{CUSTOM}{inside}/{resource}/{quote(about.name)}/{quote(metric.name, safe='')}"
        answer = await self._get(path, _narrowed(metric, "metricLabelSelector"))
        items = answer.get("items") or ()
        if not items:
            raise NoMetrics("no metrics returned from custom metrics API")
        return quantity.parse(items[0]["value"])

    async def external(self, metric: MetricIdentifier, namespace: str) -> Decimal:
        """The sum of all series of an external metric."""
        path = f"{EXTERNAL}/namespaces/{quote(namespace)}/{quote(metric.name, safe='')}"
        answer = await self._get(path, _narrowed(metric, "labelSelector"))
        items = answer.get("items") or ()
        if not items:
            raise NoMetrics("no metrics returned from external metrics API")
        return sum((quantity.parse(item["value"]) for item in items), Decimal(0))

    async def _get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        parts = path.split("/")
        group, kind = parts[2], parts[2].partition(".")[0].replace("metrics", "resource")
        try:
            answer = await self._client.request("GET", path, params)
        except ApiError as error:
            words = str(error)
            if error.status.details is None and error.code in _NO_WORD:
                # A page of the server, not its word: nobody serves that API, or nobody is there to.
                words = f"{_NO_WORD[error.code]} (get {parts[6 if group == _RESOURCE_GROUP else -1]}.{group})"
                if group == _CUSTOM_GROUP and error.code == 404:
                    words = f"no custom metrics API ({group}) registered"
            raise NoMetrics(f"unable to fetch metrics from {kind} metrics API: {words}") from error
        found: dict[str, Any] = msgspec.json.decode(answer.body, type=dict[str, Any])
        return found


def _narrowed(metric: MetricIdentifier, parameter: str) -> dict[str, str]:
    return {} if metric.selector is None else {parameter: str(from_label_selector(metric.selector))}


def _time(text: Any) -> datetime | None:
    try:
        return parse_time(text) if isinstance(text, str) else None
    except TimeError:
        return None


def _window(text: Any) -> timedelta:
    try:
        return parse_duration(text) if isinstance(text, str) else _DEFAULT_WINDOW
    except TimeError:
        return _DEFAULT_WINDOW
