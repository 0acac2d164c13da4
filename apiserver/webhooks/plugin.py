"""What both admission plugins of webhooks do: find who is to be asked, ask, and make sense of the answer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from apiserver.admission.expressions.activation import activation
from apiserver.admission.matching.rules import exempt
from apiserver.admission.matching.selecting import in_namespaces, selects_object
from apiserver.admission.matching.targets import ConversionFailed, Served, name_of
from apiserver.admission.matching.views import View, Views
from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.auth.errors import bad_request, forbidden, internal
from apiserver.auth.protocols import Authorizer, Reader
from apiserver.beside import LARGE, run_if
from apiserver.registry import formats
from apiserver.webhooks import metrics, review
from apiserver.webhooks.client import CallError, WebhookClient
from apiserver.webhooks.configurations import Candidate, Configuration, Configurations, Hook
from apiserver.webhooks.metrics import WebhookMetrics
from apiserver.webhooks.review import Answer, InvalidAnswer, Unreadable
from minik8s.machinery.quoting import quote

log = structlog.get_logger("apiserver.webhooks")


Use = Callable[[Answer], Awaitable[None]]


class CallFailed(Exception):
    """A webhook could not be asked, or gave no answer that counts."""

    def __init__(self, hook: Hook, why: str, code: int = 0) -> None:
        super().__init__(f"failed calling webhook {quote(hook.name)}: {why}")
        self.code = code


class WebhookPlugin:
    """Base of both plugins. `KIND` is what metrics call it, `MUTATING` whether answers may hold patches."""

    KIND = ""
    MUTATING = False

    def __init__(
        self,
        configurations: type[Configuration],
        *,
        reader: Reader,
        authorizer: Authorizer,
        served: Served,
        client: WebhookClient,
        counts: WebhookMetrics,
    ) -> None:
        self.configurations = Configurations(reader, configurations, served)
        self._reader = reader
        self._authorizer = authorizer
        self._served = served
        self._client = client
        self._counts = counts

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """Every request may be somebody's; who is concerned is looked up for each kind of request."""
        return True

    async def mutate(self, request: AdmissionRequest) -> None:
        """Nothing."""

    async def validate(self, request: AdmissionRequest) -> None:
        """Nothing."""

    def _candidates(self, request: AdmissionRequest) -> Sequence[Candidate]:
        if self.configurations.empty or exempt(request):
            return ()
        return self.configurations.candidates(request)

    async def _view(self, candidate: Candidate, request: AdmissionRequest, views: Views) -> View | None:
        """What the webhook is to be shown; None where it is not to be asked. Raises StatusError (403, 404, 500)."""
        hook = candidate.hook
        if not await in_namespaces(hook.namespaces, request, self._reader):
            return None
        if not selects_object(hook.objects, request):
            return None
        try:
            view = await views.of(candidate.target)
        except ConversionFailed as error:
            raise internal(str(error)) from None
        if (conditions := hook.conditions) is not None:
            began = time.perf_counter()
            verdict = await conditions.judge(activation(request, view, self._authorizer))
            seconds, failed = time.perf_counter() - began, bool(verdict.error)
            out = not verdict.matches and (not failed or hook.ignores_failure)
            self._counts.judged(hook.name, self.KIND, request.operation.value, seconds, failed=failed, left_out=out)
            if verdict.error:
                if hook.ignores_failure:
                    return None
                raise forbidden(request.group, request.resource, name_of(request), verdict.error)
            if not verdict.matches:
                return None
        return view

    async def _ask(self, hook: Hook, request: AdmissionRequest, view: View, use: Use | None = None) -> None:
        """Ask a webhook, note what it says besides, and `use` what it allows.

        Raises StatusError when it refuses or its answer is of no use, CallFailed.
        """
        operation = request.operation.value
        began = time.perf_counter()
        rejected, code, error = True, 0, metrics.SERVER
        try:
            answer = await self._answer(hook, request, view)
            self._note_besides(hook, request, answer)
            if not answer.allowed:
                error, code = metrics.NONE, max(answer.status.code if answer.status is not None else 0, 400)
                raise review.denied(hook.name, answer.status)
            if use is not None:
                await use(answer)
            rejected, code = False, 200
        except CallFailed as failed:
            rejected, code, error = not hook.ignores_failure, failed.code or 503, metrics.CALLING
            raise
        finally:
            self._counts.called(hook.name, self.KIND, operation, time.perf_counter() - began, code, rejected=rejected)
            if rejected:
                self._counts.rejected(hook.name, self.KIND, operation, error, code)

    @staticmethod
    def _note_besides(hook: Hook, request: AdmissionRequest, answer: Answer) -> None:
        for key, value in (answer.audit_annotations or {}).items():
            if formats.qualified_name(f"{hook.name}/{key}"):
                log.warning("an audit annotation of a webhook has no valid name", webhook=hook.name, key=key)
                continue
            request.annotations[f"{hook.name}/{key}"] = value
        request.warnings += answer.warnings or ()

    async def _answer(self, hook: Hook, request: AdmissionRequest, view: View) -> Answer:
        webhook = hook.webhook
        if request.dry_run and webhook.side_effects not in ("None", "NoneOnDryRun"):
            raise bad_request(f"admission webhook {quote(hook.name)} does not support dry run")
        version = review.choose_version(webhook.admission_review_versions)
        if version is None:
            why = "could not get REST client: webhook does not accept known AdmissionReview versions (v1, v1beta1)"
            raise CallFailed(hook, why)
        body, uid = review.question(request, view, version)
        try:
            said = await self._client.call(webhook.client_config, body, hook.seconds)
        except CallError as error:
            raise CallFailed(hook, f"failed to call webhook: {error}", error.code) from None
        try:
            return await run_if(len(said) > LARGE, lambda: review.answer(said, version, uid, mutating=self.MUTATING))
        except Unreadable as error:
            raise CallFailed(hook, f"failed to call webhook: {error}") from None
        except InvalidAnswer as error:
            raise CallFailed(hook, f"received invalid webhook response: {error}") from None

    def _let_through(self, hook: Hook, request: AdmissionRequest, where: str, error: CallFailed) -> None:
        """A webhook that may fail has failed: the request goes on. Raises StatusError where it may not."""
        if not hook.ignores_failure:
            log.warning("failed to call a webhook, the request fails", webhook=hook.name, reason=str(error))
            raise internal(str(error)) from None
        log.warning("failed to call a webhook, the request goes on", webhook=hook.name, reason=str(error))
        self._counts.failed_open(hook.name, self.KIND)
        request.annotations[f"failed-open.{where}"] = hook.name
