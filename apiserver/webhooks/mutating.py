"""The admission plugin MutatingAdmissionWebhook: one after the other, each sees what those before it have changed."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver.admission.matching.targets import ConversionFailed, Target
from apiserver.admission.matching.views import View, Views, encoded
from apiserver.admission.plugin import AdmissionRequest
from apiserver.admission.reinvocation import Rounds
from apiserver.auth.errors import internal
from apiserver.beside import LARGE, run_if
from apiserver.registry.go_json_errors import json_object_problem
from apiserver.webhooks.configurations import Hook
from apiserver.webhooks.plugin import CallFailed, WebhookPlugin
from apiserver.webhooks.review import JSON_PATCH, Answer
from minik8s.api.admissionregistration_v1 import MutatingWebhook, MutatingWebhookConfiguration
from minik8s.machinery.patches import PatchError, json_patch
from minik8s.machinery.quoting import quote

_MOST_BYTES = 3 * 1024 * 1024


class MutatingWebhooks(WebhookPlugin):
    """Asks mutating webhooks, again where an object they have seen was changed after them."""

    KIND = "admit"
    MUTATING = True
    name = "MutatingAdmissionWebhook"
    mutates = True
    validates = False

    def __init__(self, **services: Any) -> None:
        super().__init__(MutatingWebhookConfiguration, **services)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Ask them in their order. Raises StatusError."""
        candidates = self._candidates(request)
        if not candidates:
            return
        rounds = request.rounds = request.rounds or Rounds()
        asked = rounds.of(self.name)
        views = Views(request, self._served)
        if rounds.again and asked.last != encoded(request.obj, views.own.kind):
            asked.changed()
        for index, candidate in enumerate(candidates):
            hook = candidate.hook
            if rounds.again and hook.ident not in asked.due:
                continue
            view = await self._view(candidate, request, views)
            if view is None:
                continue
            place = f"mutation.webhook.admission.k8s.io/round_{int(rounds.again)}_index_{index}"
            changed = await self._called(hook, request, candidate.target, view, place)
            if changed:
                views = Views(request, self._served)
                asked.changed()
                rounds.needed = True
            webhook = hook.webhook
            if isinstance(webhook, MutatingWebhook) and webhook.reinvocation_policy == "IfNeeded":
                asked.before.add(hook.ident)
        if asked.before or asked.due:
            asked.last = encoded(request.obj, views.own.kind)

    async def _called(self, hook: Hook, request: AdmissionRequest, target: Target, view: View, place: str) -> bool:
        """Ask a webhook and do what it says. Whether that changes anything. Raises StatusError."""
        changed = False

        async def use(answer: Answer) -> None:
            nonlocal changed
            changed = await self._patched(hook, request, target, view, answer, place)

        try:
            await self._ask(hook, request, view, use)
        except CallFailed as error:
            self._let_through(hook, request, place, error)
        finally:
            _note(request, hook, place, mutated=changed)
        return changed

    async def _patched(
        self, hook: Hook, request: AdmissionRequest, target: Target, view: View, answer: Answer, place: str
    ) -> bool:
        """Change the object as the answer says. Whether that changes anything. Raises StatusError, CallFailed."""
        if not answer.patch:
            return False
        patch = bytes(answer.patch)
        operations = await run_if(len(patch) > LARGE, lambda: _operations(hook, patch))
        if not operations:
            return False
        if view.object is None:
            raise internal(
                f"admission webhook {quote(hook.name)} attempted to modify the object, "
                "which is not supported for this operation"
            )
        if answer.patch_type != JSON_PATCH:
            raise CallFailed(hook, f"unsupported patch type {quote(answer.patch_type or '')}")
        document = await run_if(len(patch) > LARGE, lambda: _applied(hook, view, operations))
        if document is not None:
            try:
                request.obj = await self._served.revised(request, document, target)
            except ConversionFailed as error:
                raise internal(str(error)) from None
        _note_patch(request, hook, place, operations)
        return document is not None


def _note(request: AdmissionRequest, hook: Hook, place: str, *, mutated: bool) -> None:
    said = {"configuration": hook.configuration, "webhook": hook.name, "mutated": mutated}
    request.annotations[place] = msgspec.json.encode(said).decode()


def _note_patch(request: AdmissionRequest, hook: Hook, place: str, operations: list[dict[str, Any]]) -> None:
    patch = [dict(sorted(operation.items())) for operation in operations]
    said = {"configuration": hook.configuration, "webhook": hook.name, "patch": patch, "patchType": JSON_PATCH}
    request.annotations[f"patch.{place.replace('mutation.', '', 1)}"] = msgspec.json.encode(said).decode()


def _operations(hook: Hook, patch: bytes) -> list[dict[str, Any]]:
    """The operations of a patch; none for null. Raises CallFailed."""
    why = "received undecodable patch in webhook response: "
    try:
        found = msgspec.json.decode(patch)
    except (msgspec.DecodeError, RecursionError) as error:
        raise CallFailed(hook, f"{why}{json_object_problem(patch) or error}") from None
    if found is None:
        return []
    if not isinstance(found, list):
        raise CallFailed(hook, f"{why}json: cannot unmarshal {_json_kind(found)} into Go value of type jsonpatch.Patch")
    for index, each in enumerate(found):
        if not isinstance(each, dict):
            kind = _json_kind(each)
            raise CallFailed(hook, f"{why}json: cannot unmarshal {kind} into Patch.{index} of type jsonpatch.Operation")
    return found


def _json_kind(value: Any) -> str:
    return {bool: "bool", str: "string", list: "array", dict: "object"}.get(type(value), "number")


def _applied(hook: Hook, view: View, operations: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The document after a patch, None where that changes nothing. Raises StatusError."""
    try:
        document = json_patch(view.object, operations)
    except (PatchError, RecursionError) as error:
        raise internal(str(error)) from None
    if document == view.object:
        return None
    if not isinstance(document, dict):
        raise internal(f"admission webhook {quote(hook.name)} made something else of the object")
    if len(msgspec.json.encode(document)) > _MOST_BYTES:
        raise internal(f"admission webhook {quote(hook.name)} made the object larger than {_MOST_BYTES} bytes")
    return document
