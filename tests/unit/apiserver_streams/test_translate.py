"""A client that cannot be agreed with is refused in words, though the kubelet would speak SPDY with it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from apiserver.streams import translate
from minik8s.streams.command import Wanted
from minik8s.streams.dial import Head
from minik8s.streams.handshake import Refused

KEY = [(b"sec-websocket-key", b"AAAAAAAAAAAAAAAAAAAAAA=="), (b"sec-websocket-version", b"13")]
V5 = (b"sec-websocket-protocol", b"v5.channel.k8s.io")


@pytest.mark.parametrize(
    ("subresource", "headers", "code"),
    [("portforward", [*KEY, V5], 403), ("exec", [V5], 400), ("portforward", [], 400)],
)
async def test_a_refusal_can_still_be_answered(subresource: str, headers: list[tuple[bytes, bytes]], code: int) -> None:
    begun: list[int] = []
    let_go: list[bool] = []
    call: Any = SimpleNamespace(scope={"headers": headers}, begun=begun.append)
    backend: Any = SimpleNamespace(abort=lambda: let_go.append(True))

    async def ask(asked: list[tuple[bytes, bytes]]) -> tuple[Head, Any]:
        return Head(101, (), b""), backend

    with pytest.raises(Refused) as caught:
        if subresource == "exec":
            await translate.command(call, SimpleNamespace(), ask, Wanted(True, True, True, False))  # type: ignore[arg-type]
        else:
            await translate.ports(call, SimpleNamespace(), ask)  # type: ignore[arg-type]
    assert caught.value.code == code and begun == [] and let_go == [True]
