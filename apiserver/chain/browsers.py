"""What browsers are told: which other sites may ask, and that only TLS will do."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.call import Call
from minik8s.machinery.regex import RegexError, matcher

_ALLOWED = (
    (b"access-control-allow-methods", b"POST, GET, OPTIONS, PUT, DELETE, PATCH"),
    (
        b"access-control-allow-headers",
        b"Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, "
        b"If-Modified-Since",
    ),
    (b"access-control-expose-headers", b"Date"),
    (b"access-control-allow-credentials", b"true"),
)
_HELP = (
    "List of allowed origins for CORS, comma separated. An allowed origin can be a regular expression to support "
    "subdomain matching. If this list is empty CORS will not be enabled. Please ensure each expression matches the "
    "entire hostname by anchoring to the start with '^' or including the '//' prefix, and by anchoring to the end "
    "with '$' or including the ':' port separator suffix. Examples of valid expressions are "
    r"'//example\.com(:|$)' and '^https://example\.com(:|$)'"
)


class OriginError(ValueError):
    """An origin that is no expression, or one that matches more than it seems to."""


def check_origins(origins: Sequence[str]) -> None:
    """Raises OriginError."""
    for each in origins:
        if not each:
            raise OriginError(f"empty value in --cors-allowed-origins, help: {_HELP}")
        try:
            matcher(each)
        except RegexError as error:
            why = str(error)
        else:
            # Without an end `example.com` would match example.com.evil.org as well.
            if ("^" in each or "//" in each) and ("$" in each or ":" in each):
                continue
            why = "regular expression does not pin to start/end of host in the origin header"
        raise OriginError(f"--cors-allowed-origins has an invalid regular expression: {why}, help: {_HELP}")


class Browsers:
    """Adds headers; `origins` are expressions for sites that may ask, `directives` those of HSTS."""

    def __init__(self, origins: Sequence[str], directives: Sequence[str]) -> None:
        self._origins = [matcher(each) for each in origins]
        self._transport = "; ".join(directives).encode()

    async def answered(self, call: Call) -> bool:
        """Whether that was all: a browser asks first whether it may ask."""
        if self._transport:
            call.extra_headers.append((b"strict-transport-security", self._transport))
        origin = call.header(b"origin") if self._origins else ""
        if not origin or not any(found(origin) for found in self._origins):
            return False
        call.extra_headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
        call.extra_headers += _ALLOWED
        if call.scope["method"] != "OPTIONS":
            return False
        await call.respond_raw(204, b"", [(b"cache-control", b"no-cache, private"), *call.extra_headers])
        return True
