"""log of a Pod: streamed from its kubelet."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from apiserver.auth.errors import StatusError, bad_request, internal, not_found
from apiserver.auth.protocols import Reader
from apiserver.call import Call, ClientGone
from apiserver.streams import log_socket
from apiserver.streams.backend import Backends, pump
from apiserver.streams.containers import choose
from apiserver.streams.dial_errors import dialing
from apiserver.streams.kubelets import Kubelets, failure
from apiserver.streams.pods import flag
from minik8s.api.core_v1 import Pod
from minik8s.api.meta_v1 import Status, StatusCause, StatusDetails
from minik8s.machinery.times import TimeError, parse_time
from minik8s.streams.handshake import Refused
from minik8s.streams.upgrade import upgrade_of

_PASSED = ("sinceSeconds", "sinceTime", "tailLines", "limitBytes", "stream")
_FLAGS = ("follow", "previous", "timestamps")
_STREAMS = ("All", "Stderr", "Stdout")


class PodLogs:
    """The endpoint."""

    def __init__(self, kubelets: Kubelets, reader: Reader, backends: Backends) -> None:
        self._kubelets = kubelets
        self._reader = reader
        self._backends = backends

    async def show(self, call: Call) -> None:
        """Stream the log of a container."""
        import aiohttp

        check(call)
        info = call.info
        pod = await self._reader.fetch(Pod, info.name, info.namespace)
        if pod is None:
            raise not_found("", "pods", info.name)
        container = choose(pod, call.query.get("container", ""))
        if not pod.spec.node_name:
            await call.respond_raw(204, b"", [(b"cache-control", b"no-cache, private"), *call.extra_headers])
            return
        place = self._kubelets.find(pod.spec.node_name, "pods")
        verify = not flag(call, "insecureSkipTLSVerifyBackend")
        pairs = [(name, "true") for name in _FLAGS if flag(call, name)]
        pairs += [(name, call.query[name]) for name in _PASSED if call.query.get(name)]
        target = f"/containerLogs/{quote(info.namespace)}/{quote(info.name)}/{quote(container)}"
        target += f"?{urlencode(pairs)}" if pairs else ""
        host = f"[{place.host}]" if ":" in place.host else place.host
        url = f"https://{host}:{place.port}{target}"
        try:
            async with self._backends.request("GET", url, self._kubelets.tls(verify=verify)) as answer:
                if not 200 <= answer.status <= 206:
                    raise refused(answer.status, (await answer.content.read(64 * 1024)).decode(errors="replace"), call)
                upgrade = upgrade_of(call.scope)
                if upgrade is not None and upgrade.protocol == "websocket":
                    await log_socket.serve(call, upgrade, answer)
                    return
                content_type = answer.headers.get("Content-Type", "text/plain").encode("latin-1")
                await pump(call, answer, call.headers(content_type))
        except Refused as refusal:
            raise StatusError(log_socket.refusal(refusal)) from None
        except ConnectionResetError:
            if not call.started:
                raise ClientGone from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
            raise failure(f'Get "{url}": {dialing(place.host, place.port, cause)}') from None


def check(call: Call) -> None:
    """Judge the query. Raises StatusError (400, 422)."""
    causes: list[StatusCause] = []

    def add(field: str, reason: str, message: str) -> None:
        causes.append(StatusCause(field=field, reason=reason, message=message))

    def number(name: str) -> int | None:
        text = call.query.get(name, "")
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None

    tail, limit, seconds = number("tailLines"), number("limitBytes"), number("sinceSeconds")
    if tail is not None and tail < 0:
        add("tailLines", "FieldValueInvalid", f"Invalid value: {tail}: must be greater than or equal to 0")
    if limit is not None and limit < 1:
        add("limitBytes", "FieldValueInvalid", f"Invalid value: {limit}: must be greater than 0")
    if seconds is not None and call.query.get("sinceTime"):
        words = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        add("", "FieldValueForbidden", words)
    elif seconds is not None and seconds < 1:
        add("sinceSeconds", "FieldValueInvalid", f"Invalid value: {seconds}: must be greater than 0")
    if text := call.query.get("sinceTime"):
        try:
            parse_time(text)
        except TimeError as error:
            raise bad_request(str(error)) from None
    stream = call.query.get("stream", "")
    if stream and stream not in _STREAMS:
        listed = ", ".join(f'"{name}"' for name in _STREAMS)
        add("stream", "FieldValueNotSupported", f'Unsupported value: "{stream}": supported values: {listed}')
    elif stream not in ("", "All") and tail is not None:
        words = "Forbidden: `tailLines` and specific `stream` are mutually exclusive for now"
        add("", "FieldValueForbidden", words)
    if causes:
        name = call.info.name
        each = [f"{cause.field or '<nil>'}: {cause.message}" for cause in causes]
        text = each[0] if len(each) == 1 else "[" + ", ".join(each) + "]"
        details = StatusDetails(name=name, kind="PodLogOptions", causes=causes)
        message = f'PodLogOptions "{name}" is invalid: {text}'
        raise StatusError(Status(status="Failure", message=message, reason="Invalid", code=422, details=details))


def refused(code: int, text: str, call: Call) -> StatusError:
    """A kubelet's refusal as the client is told of it."""
    if code == 400:
        return bad_request(text)
    if code == 500:
        return internal(text)
    words = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 503: "ServiceUnavailable"}
    reason = words.get(code, "InternalError" if code >= 500 else "BadRequest")
    said = {401: "the server has asked for the client to provide credentials", 403: text or "forbidden"}
    start = said.get(code, "the server could not find the requested resource" if code == 404 else text)
    cause = StatusCause(reason="UnexpectedServerResponse", message=text)
    details = StatusDetails(name=call.info.name, kind="pods/log", causes=[cause])
    message = f"{start} ( pods/log {call.info.name})" if code in (401, 404) else start
    return StatusError(Status(status="Failure", message=message, reason=reason, code=code, details=details))
