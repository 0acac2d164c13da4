"""What went wrong with a request to another server, in the words of Go's HTTP client and of client-go."""

from __future__ import annotations

import ssl

import msgspec

from apiserver.streams.dial_errors import dialing
from minik8s.api.meta_v1 import Status
from minik8s.machinery.quoting import quote

_UNKNOWN = ("self-signed", "self signed", "unable to get", "unable to verify")
_BY_CODE = {
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    409: "the server reported a conflict",
    415: "the media type is not supported by the server",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted, but may still be processing the request",
}
_SHOWN = 2048


def connection_error(host: str, port: int, error: BaseException) -> str:
    """Why a server could not be asked."""
    import aiohttp

    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        said = cause.verify_message
        if said.startswith(_UNKNOWN):
            said = "certificate signed by unknown authority"
        elif "expired" in said or "not yet valid" in said:
            said = "certificate has expired or is not yet valid"
        return f"tls: failed to verify certificate: x509: {said}"
    if isinstance(cause, aiohttp.ServerDisconnectedError):
        return "EOF"
    if isinstance(cause, ConnectionResetError):
        return "read: connection reset by peer"
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return f"dial tcp: lookup {host}: no such host"
    if isinstance(cause, aiohttp.ClientResponseError):
        return "malformed HTTP response"
    if isinstance(cause, aiohttp.ClientPayloadError):
        return "unexpected EOF"
    return dialing(host, port, cause)


def refused(code: int, body: bytes) -> str:
    """What an answer that is no success says."""
    try:
        status = msgspec.json.decode(body, type=Status)
        if status.kind == "Status" and status.message:
            return status.message
    except msgspec.MsgspecError:
        pass
    text = body[:_SHOWN].decode("utf-8", "replace").strip()
    if code == 403 and text:
        return text
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code >= 500:
        return f"an error on the server ({quote(text or 'unknown')}) has prevented the request from succeeding"
    return f"the server responded with the status code {code} but did not return more information"
