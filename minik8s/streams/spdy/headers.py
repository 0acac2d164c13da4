"""Header blocks of SPDY/3: pairs of length-prefixed names and values in one zlib stream with a fixed dictionary."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

_NAMES = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length "
    "content-location content-md5 content-range content-type date etag expect expires from host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary via warning www-authenticate method get status"
).split()
_LATER = ("200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin")
_CODES = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
)
_REST = (
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
    "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
DICTIONARY = (
    b"".join(struct.pack(">I", len(word)) + word.encode() for word in (*_NAMES, *_LATER)) + (_CODES + _REST).encode()
)
"""Section 2.6.10.1 of the SPDY/3 draft; its Adler-32 is 0xe3c6a7c2."""

_MOST_BYTES = 64 * 1024
Headers = Mapping[str, Sequence[str]]


class HeaderError(ValueError):
    """A header block that cannot be read."""


class HeaderPacker:
    """Writes the header blocks of one direction of a connection."""

    def __init__(self) -> None:
        self._zlib = zlib.compressobj(6, zlib.DEFLATED, 15, zdict=DICTIONARY)

    def pack(self, headers: Headers) -> bytes:
        """One block; names are written in lower case."""
        parts = [struct.pack(">I", len(headers))]
        for name, values in headers.items():
            for text in (name.lower(), "\0".join(values)):
                data = text.encode()
                parts += [struct.pack(">I", len(data)), data]
        return self._zlib.compress(b"".join(parts)) + self._zlib.flush(zlib.Z_SYNC_FLUSH)


class HeaderReader:
    """Reads the header blocks of one direction of a connection."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(zdict=DICTIONARY)

    def read(self, block: bytes) -> dict[str, list[str]]:
        """One block. Raises HeaderError."""
        try:
            data = self._zlib.decompress(block, _MOST_BYTES)
        except zlib.error as error:
            raise HeaderError(str(error)) from None
        if self._zlib.unconsumed_tail:
            raise HeaderError("the header block is too long")
        at = 4
        found: dict[str, list[str]] = {}
        try:
            (count,) = struct.unpack_from(">I", data)
            for _ in range(count):
                texts = []
                for _ in range(2):
                    (size,) = struct.unpack_from(">I", data, at)
                    if at + 4 + size > len(data):
                        raise HeaderError("the header block is cut off")
                    texts.append(data[at + 4 : at + 4 + size].decode())
                    at += 4 + size
                found[texts[0].lower()] = texts[1].split("\0")
        except (struct.error, UnicodeDecodeError):
            raise HeaderError("the header block cannot be read") from None
        return found
