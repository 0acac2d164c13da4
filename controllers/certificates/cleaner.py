"""The cleaner: requests that are done with, or that nobody answered, are deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from controllers.options import Options
from minik8s.api.certificates_v1 import CertificateSigningRequest
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.times import parse_time

_AFTER = {"Approved": timedelta(hours=1), "Denied": timedelta(hours=1), "Failed": timedelta(hours=1)}
_PENDING = timedelta(hours=24)


class CleaningController:
    """Deletes each request when its time is over."""

    name = "certificatesigningrequest-cleaner-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch signing requests."""
        self._ctx = ctx
        self._requests: Informer[CertificateSigningRequest] = ctx.watch(CertificateSigningRequest)

    async def reconcile(self, key: str) -> float | None:
        """Delete one request, or return the seconds it has left."""
        held = self._requests.get(key)
        if held is None:
            return None
        left = (_end(held) - self._ctx.clock.now()).total_seconds()
        if left > 0:
            return left
        try:
            await self._ctx.client.delete(CertificateSigningRequest, key, uid=held.metadata.uid)
        except NotFound:
            return None
        return None


def _end(held: CertificateSigningRequest) -> datetime:
    created = parse_time(held.metadata.creation_timestamp or "1970-01-01T00:00:00Z")
    ends = [
        parse_time(when) + _AFTER[condition.type]
        for condition in held.status.conditions
        if condition.type in _AFTER and (when := condition.last_update_time or condition.last_transition_time)
    ]
    if not held.status.conditions:
        ends.append(created + _PENDING)
    if held.status.certificate and (until := _good_until(held.status.certificate)) is not None:
        ends.append(until)
    return min(ends, default=created + _PENDING)


def _good_until(certificate: bytes) -> datetime | None:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(certificate).not_valid_after_utc
    except ValueError:
        return None


def make(options: Options) -> CleaningController:
    """The controller, for the catalog."""
    return CleaningController()
