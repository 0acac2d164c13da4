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


async def encode(output: Output, head: bytes, key: str, items: Sequence[bytes]) -> tuple[list[bytes], bytes]:
    """(body in parts that follow each other, content type).

    `head` is a JSON object of all fields but the last, `key`, whose `items` are JSON.
    """
    size = sum(map(len, items))
    if size > _LARGE:
        if output.media == YAML:
            return await _yaml(head, key, items), YAML.encode()
        if output.media == JSON:
            return await _indented(head, key, items) if output.pretty else _plain(head, key, items), JSON.encode()
    body, media = encoded(output, b"".join(_plain(head, key, items)).removesuffix(b"\n"))
    return [body], media


def _plain(head: bytes, key: str, items: Sequence[bytes]) -> list[bytes]:
    return [b'%b,"%b":[' % (head[:-1], key.encode()), *_between(items, b","), b"]}\n"]


async def _yaml(head: bytes, key: str, items: Sequence[bytes]) -> list[bytes]:
    fields = {name: [dump({name: value})] for name, value in msgspec.json.decode(head).items()}
    made = await _each(items, lambda item: dump([msgspec.json.decode(item)]))
    fields[key] = [f"{key}:\n".encode(), *made]
    return [part for name in sorted(fields) for part in fields[name]]


async def _indented(head: bytes, key: str, items: Sequence[bytes]) -> list[bytes]:
    begin = msgspec.json.format(head, indent=2).removesuffix(b"\n}") + f',\n  "{key}": [\n    '.encode()
    made = await _each(items, lambda item: msgspec.json.format(item, indent=2).replace(b"\n", b"\n    "))
    return [begin, *_between(made, b",\n    "), b"\n  ]\n}"]


def _between(items: Sequence[bytes], separator: bytes) -> list[bytes]:
    """The items with separators between them."""
    found = [separator] * max(2 * len(items) - 1, 0)
    found[::2] = items
    return found


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
