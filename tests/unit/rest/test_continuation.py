"""Continue tokens."""

from __future__ import annotations

import pytest

from apiserver.auth.errors import StatusError
from apiserver.rest import continuation


def test_a_token_says_where_to_go_on() -> None:
    assert continuation.decode(continuation.encode(7, "b\0")) == (7, "b\0")


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("garbage", "invalid character '\\u0081' looking for beginning of value"),
        ("eyJ2IjoieCJ9", "server does not recognize this encoded version x"),
        ("a*b", "illegal base64 data at input byte 1"),
        (continuation.encode(0, "a"), "incorrect encoded start resourceVersion (version meta.k8s.io/v1)"),
        (continuation.encode(1, ""), "encoded start key empty (version meta.k8s.io/v1)"),
        (continuation.encode(1, "../x"), "../x"),
    ],
)
def test_tokens_that_are_none(token: str, why: str) -> None:
    with pytest.raises(StatusError) as refused:
        continuation.decode(token)
    assert refused.value.status.message == f"invalid continue token: continue key is not valid: {why}"
