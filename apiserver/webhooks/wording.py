"""What went wrong with a request to another server, in the words of Go's HTTP client and of client-go."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import msgspec

from apiserver.streams.dial_errors import dialing
from apiserver.webhooks.connections import CutOff, Disconnected, Malformed
from minik8s.api.meta_v1 import Status
from minik8s.machinery.quoting import quote

_UNKNOWN = ("self-signed", "self signed", "unable to get", "unable to verify")
_BY_CODE = {
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    403: "{said}",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    409: "the server reported a conflict",
    415: "{said}",
    422: "the server rejected our request due to an error in our request",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted, but may still be processing the request",
}
_SHOWN = 2048


def _resolver() -> str:
    """Which server said that a name is unknown, as far as one is configured."""
    try:
        lines = Path("/etc/resolv.conf").read_text().splitlines()
    except OSError:
        return ""
    words = next((line.split() for line in lines if line.startswith("nameserver ")), [])
    return f" on {words[1]}:53" if len(words) > 1 else ""


def connection_error(host: str, port: int, error: BaseException) -> str:
    """Why a server could not be asked."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message
        if said.startswith(_UNKNOWN):
            said = "certificate signed by unknown authority"
        elif "expired" in said or "not yet valid" in said:
            said = "certificate has expired or is not yet valid"
        return f"tls: failed to verify certificate: x509: {said}"
    if isinstance(error, Disconnected):
        return "EOF"
    if isinstance(error, CutOff):
        return "unexpected EOF"
    if isinstance(error, ConnectionResetError):
        return "read: connection reset by peer"
    if isinstance(error, socket.gaierror):
        return f"dial tcp: lookup {host}{_resolver()}: no such host"
    if isinstance(error, Malformed):
        said = f" {quote(error.line)}" if error.line else ""
        return f"net/http: HTTP/1.x transport connection broken: malformed HTTP response{said}"
    return dialing(host, port, error)


def refused(code: int, body: bytes, content_type: str) -> str:
    """What an answer that is no success says; words of its own count only where it is text."""
    try:
        status = msgspec.json.decode(body, type=Status)
        if status.kind == "Status" and status.message:
            return status.message
    except msgspec.MsgspecError:
        pass
    text = body[:_SHOWN].decode("utf-8", "replace").strip() if content_type.startswith("text/") else ""
    said = text or "unknown"
    if code == 406:
        wanted = "the server was unable to respond with a content type that the client supports"
        return text or wanted
    if code in _BY_CODE:
        return _BY_CODE[code].replace("{said}", said)
    if code >= 500:
        return f"an error on the server ({quote(said)}) has prevented the request from succeeding"
    return f"the server responded with the status code {code} but did not return more information"
