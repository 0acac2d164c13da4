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
            changed = False
            try:
                answer = await self._ask(hook, request, view)
                changed = await self._patch(hook, request, candidate.target, view, answer)
                self._note(request, hook, place, answer, changed)
            except CallFailed as error:
                self._let_through(hook, request, place, error)
            if changed:
                views = Views(request, self._served)
                asked.changed()
                rounds.needed = True
            webhook = hook.webhook
            if isinstance(webhook, MutatingWebhook) and webhook.reinvocation_policy == "IfNeeded":
                asked.before.add(hook.ident)
        if asked.before or asked.due:
            asked.last = encoded(request.obj, views.own.kind)

    @staticmethod
    def _note(request: AdmissionRequest, hook: Hook, place: str, answer: Answer, changed: bool) -> None:
        said: dict[str, Any] = {"configuration": hook.configuration, "webhook": hook.name, "mutated": changed}
        request.annotations[place] = msgspec.json.encode(said).decode()
        if changed:
            said = {"configuration": hook.configuration, "webhook": hook.name}
            said["patch"] = msgspec.Raw(answer.patch)
            said["patchType"] = JSON_PATCH
            request.annotations[f"patch.{place.replace('mutation.', '', 1)}"] = msgspec.json.encode(said).decode()

    async def _patch(self, hook: Hook, request: AdmissionRequest, target: Target, view: View, answer: Answer) -> bool:
        """Change the object as the answer says. Whether that changes anything. Raises StatusError, CallFailed."""
        if not answer.patch:
            return False
        if answer.patch_type != JSON_PATCH:
            raise CallFailed(hook, f"unsupported patch type {quote(answer.patch_type or '')}")
        patch = bytes(answer.patch)
        document = await run_if(len(patch) > LARGE, lambda: self._patched(hook, view, patch))
        if document is None:
            return False
        try:
            request.obj = await self._served.revised(request, document, target)
        except ConversionFailed as error:
            raise internal(str(error)) from None
        return True

    @staticmethod
    def _patched(hook: Hook, view: View, patch: bytes) -> dict[str, Any] | None:
        """The document after a patch, None where that changes nothing. Raises StatusError."""
        try:
            operations = msgspec.json.decode(patch)
        except (msgspec.DecodeError, RecursionError) as error:
            raise internal(f"admission webhook {quote(hook.name)} sent a patch that is no JSON: {error}") from None
        if operations == []:
            return None
        if view.object is None:
            raise internal(
                f"admission webhook {quote(hook.name)} attempted to modify the object, "
                "which is not supported for this operation"
            )
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
