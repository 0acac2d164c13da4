"""A document that is a few fields and many items, in another encoding: made item by item.

As a whole it would keep the interpreter to itself for as long as its encoder runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from apiserver import beside
from apiserver.forms.documents import encoded
from apiserver.forms.yaml_text import dump
from apiserver.negotiation import JSON, YAML, Output

_LARGE = 256 * 1024
_PIECE = 128 * 1024


async def encode(output: Output, head: bytes, key: str, items: Sequence[bytes]) -> tuple[bytes, bytes]:
    """(body, content type); `head` is a JSON object of all fields but the last, `key`, whose `items` are JSON."""
    size = sum(map(len, items))
    if size > _LARGE:
        if output.media == YAML:
            return await _yaml(head, key, items), YAML.encode()
        if output.media == JSON and output.pretty:
            return await _indented(head, key, items), JSON.encode()
    return encoded(output, b'%b,"%b":[%b]}' % (head[:-1], key.encode(), b",".join(items)))


async def _yaml(head: bytes, key: str, items: Sequence[bytes]) -> bytes:
    found: dict[str, bytes] = {name: dump({name: value}) for name, value in msgspec.json.decode(head).items()}
    found[key] = b"".join((f"{key}:\n".encode(), *await _each(items, lambda item: dump([msgspec.json.decode(item)]))))
    return b"".join(found[name] for name in sorted(found))


async def _indented(head: bytes, key: str, items: Sequence[bytes]) -> bytes:
    begin = msgspec.json.format(head, indent=2).removesuffix(b"\n}") + f',\n  "{key}": [\n    '.encode()
    made = await _each(items, lambda item: msgspec.json.format(item, indent=2).replace(b"\n", b"\n    "))
    return b"".join((begin, b",\n    ".join(made), b"\n  ]\n}"))


async def _each(items: Sequence[bytes], encode_item: Callable[[bytes], bytes]) -> list[bytes]:
    """What each item becomes, made beside the event loop."""
    found: list[bytes] = []
    at = 0
    while at < len(items):
        end, size = at, 0
        while end < len(items) and size < _PIECE:
            size += len(items[end])
            end += 1
        found += await beside.run(partial(_all, items[at:end], encode_item))
        at = end
    return found


def _all(items: Sequence[bytes], encode_item: Callable[[bytes], bytes]) -> list[bytes]:
    return [encode_item(item) for item in items]
