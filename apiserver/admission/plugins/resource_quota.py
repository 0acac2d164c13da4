"""ResourceQuota: what a namespace uses stays within its quotas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from apiserver.admission.plugin import AdmissionContext, AdmissionRequest, Operation, Plugin
from apiserver.admission.quota.charge import QuotaLedger
from apiserver.admission.quota.check import LimitedResource
from minik8s.quota.usage import evaluator_of

# What comes and goes too often, or is not stored at all.
_UNCOUNTED = frozenset(
    {
        ("", "bindings"),
        ("", "componentstatuses"),
        ("", "events"),
        ("events.k8s.io", "events"),
        ("authentication.k8s.io", "tokenreviews"),
        ("authentication.k8s.io", "selfsubjectreviews"),
        ("authorization.k8s.io", "subjectaccessreviews"),
        ("authorization.k8s.io", "selfsubjectaccessreviews"),
        ("authorization.k8s.io", "localsubjectaccessreviews"),
        ("authorization.k8s.io", "selfsubjectrulesreviews"),
    }
)
_SUBRESOURCES = ("", "resize", "status")


class ResourceQuota(Plugin):
    """Charges creates and updates before they are stored. `limitedResources` of its configuration need a quota."""

    NAME = "ResourceQuota"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)

    def __init__(self, context: AdmissionContext, configuration: Mapping[str, Any] | None = None) -> None:
        super().__init__(context, configuration)
        limited = msgspec.convert((configuration or {}).get("limitedResources") or [], list[LimitedResource])
        self._ledger = QuotaLedger(context.reader, context.writer, context.now, limited)

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """Writes to everything that is counted."""
        if operation not in self.OPERATIONS or subresource not in _SUBRESOURCES:
            return False
        return (group, resource) not in _UNCOUNTED

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        if not request.namespace or not self._ledger.concerns(request.namespace):
            return
        evaluator = evaluator_of(request.group, request.resource)
        if evaluator.handles(request):
            await self._ledger.charge(request, evaluator)
