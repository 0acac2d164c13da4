"""Sends Pod statuses: the newest only, what changed only, one at a time for each Pod."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import structlog

from kubelet.pods.conditions import PASSING
from minik8s.api.core_v1 import Pod, PodStatus
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, Conflict, ConnectionFailed, NotFound

log = structlog.get_logger("status")

RETRY_SECONDS = 1.0


class StatusWriter:
    """The status of one Pod on its way to the API."""

    def __init__(self, client: ApiClient, pod: Pod) -> None:
        self._client = client
        self._key = (pod.metadata.namespace, pod.metadata.name, pod.metadata.uid)
        self._sent = _plain(pod.status)
        self._wanted = self._sent
        self._task: asyncio.Task[None] | None = None
        self.gone = False

    def saw(self, pod: Pod) -> None:
        """The API's object came in: what others wrote in it is not to be written again."""
        if self.idle:
            self._sent = _plain(pod.status)

    def set(self, status: PodStatus) -> None:
        """Report `status`; returns at once."""
        self._wanted = _plain(status)
        if self._wanted != self._sent and self.idle and not self.gone:
            self._task = asyncio.create_task(self._send(), name=f"status-{self._key[0]}/{self._key[1]}")

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return self._task is None or self._task.done()

    async def flush(self) -> None:
        """Wait until the newest status is written or the Pod is gone."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    def close(self) -> None:
        """Write no more."""
        self.gone = True
        if self._task is not None:
            self._task.cancel()

    async def _send(self) -> None:
        namespace, name, uid = self._key
        while self._wanted != self._sent and not self.gone:
            wanted = self._wanted
            patch = {"metadata": {"uid": uid}, "status": patch_between(self._sent, wanted)}
            try:
                await self._client.patch(Pod, name, patch, namespace, "strategic", "status")
                self._sent = wanted
            except (NotFound, Conflict) as error:
                # Another Pod of the same name, or none: this one needs no status any more.
                log.debug("the pod is gone", pod=f"{namespace}/{name}", error=str(error))
                self.gone = True
            except (ApiError, ConnectionFailed) as error:
                log.debug("status cannot be written", pod=f"{namespace}/{name}", error=str(error))
                await self._client.clock.sleep(RETRY_SECONDS)


def _plain(status: PodStatus) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(status)
    return found


def patch_between(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """A strategic merge patch that makes `old` into `new`; lists merged by key carry only what changed."""
    patch: dict[str, Any] = {}
    for field in old.keys() | new.keys():
        before, after = old.get(field), new.get(field)
        if before == after:
            continue
        if field == "conditions":
            known = {c["type"]: c for c in before or ()}
            patch[field] = [_change(known.get(c["type"], {}), c) for c in after or () if known.get(c["type"]) != c]
            # Conditions of others may be newer than what is to be written: only ours that pass are taken out.
            over = known.keys() & PASSING - {c["type"] for c in after or ()}
            patch[field] += [{"$patch": "delete", "type": kind} for kind in sorted(over)]
        elif field in ("podIPs", "hostIPs"):
            gone = [ip for ip in before or () if ip not in (after or ())]
            patch[field] = [*(after or ()), *({"$patch": "delete", "ip": ip["ip"]} for ip in gone)]
        elif isinstance(before, dict) and isinstance(after, dict):
            patch[field] = _inside(before, after)
        else:
            patch[field] = after
    return patch


def _inside(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The change of a map, or of an object in maps of which entries may go."""
    changed: dict[str, Any] = dict.fromkeys(old.keys() - new.keys())
    for key, after in new.items():
        before = old.get(key)
        if before != after:
            nested = isinstance(before, dict) and isinstance(after, dict)
            changed[key] = _inside(before or {}, after) if nested else after
    return changed


def _change(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """A condition as a patch: what it no longer says is taken out."""
    return dict.fromkeys(old.keys() - new.keys()) | new
