"""EventRateLimit: events come no faster than the server, a namespace, a user or a source may send them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from apiserver.admission.plugin import AdmissionContext, AdmissionRequest, Operation, Plugin
from apiserver.auth.errors import too_many_requests

_TYPES = ("Server", "Namespace", "User", "SourceAndObject")
_DEFAULT_CACHE = 4096


class _Bucket:
    """Tokens that come back at `rate` a second, at most `burst` of them."""

    __slots__ = ("at", "tokens")

    def __init__(self, burst: float, at: float) -> None:
        self.tokens = burst
        self.at = at

    def take(self, rate: float, burst: float, now: float) -> bool:
        self.tokens = min(burst, self.tokens + (now - self.at) * rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class _Limit:
    """One limit of the configuration: its buckets, the least used of which are forgotten."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.type = str(settings["type"])
        self._rate = float(settings["qps"])
        self._burst = float(settings["burst"])
        self._size = int(settings.get("cacheSize") or _DEFAULT_CACHE)
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def refusal(self, request: AdmissionRequest, now: float) -> str:
        """Why the event is too much; "" when it is not."""
        key = self._key(request)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst, now)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        if bucket.take(self._rate, self._burst, now):
            return ""
        return f"limit reached on type {self.type} for key {key}"

    def _key(self, request: AdmissionRequest) -> str:
        if self.type == "Namespace":
            return request.namespace
        if self.type == "User":
            return request.user.name
        if self.type == "SourceAndObject":
            event = request.obj
            involved = getattr(event, "involved_object", None) or getattr(event, "regarding", None)
            source = getattr(event, "source", None) or getattr(event, "deprecated_source", None)
            parts = [getattr(source, name, "") for name in ("component", "host")]
            parts += [getattr(involved, name, "") for name in ("kind", "namespace", "name", "uid", "api_version")]
            return "/".join(parts)
        return ""


class EventRateLimit(Plugin):
    """Answers 429 to events beyond the configured limits (`limits`: type, qps, burst, cacheSize)."""

    NAME = "EventRateLimit"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)
    RESOURCES = (("", "events", ""), ("events.k8s.io", "events", ""))

    def __init__(self, context: AdmissionContext, configuration: Mapping[str, Any] | None = None) -> None:
        super().__init__(context, configuration)
        limits = list((configuration or {}).get("limits", []))
        unknown = [limit.get("type") for limit in limits if limit.get("type") not in _TYPES]
        if unknown:
            raise ValueError(f"EventRateLimit: limit type {unknown[0]!r} is not one of {', '.join(_TYPES)}")
        self._limits = [_Limit(limit) for limit in limits]

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (429)."""
        if request.dry_run:
            return
        now = self.context.now()
        # Every limit counts every event, whatever another limit says of it.
        refusals = [limit.refusal(request, now) for limit in self._limits]
        told = [refusal for refusal in refusals if refusal]
        if told:
            raise too_many_requests(", ".join(told), 1)
