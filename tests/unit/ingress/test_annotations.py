from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress import annotations
from ingress.annotations import PROTECTING, Refused, parse
from ingress.quoting import Unquotable, quoted

NGINX = "nginx.ingress.kubernetes.io/"


def settings(**values: str) -> annotations.Settings:
    return parse({NGINX + name.replace("_", "-"): value for name, value in values.items()})[0]


@given(st.text(max_size=60))
def test_a_quoted_text_is_one_word(text: str) -> None:
    try:
        word = quoted(text)
    except Unquotable:
        assert any(ord(c) < 0x20 or ord(c) == 0x7F for c in text)
        return
    assert _unquoted(word) == text


def _unquoted(word: str) -> str:
    """As nginx reads a word in double quotes; fails when the word ends early."""
    assert word[0] == word[-1] == '"'
    out, rest = [], iter(word[1:-1])
    for c in rest:
        assert c != '"'
        if c == "\\":
            c = next(rest)
            assert c in '"\\'
        out.append(c)
    return "".join(out)


def test_known_ones_are_read() -> None:
    found = settings(
        rewrite_target="/$2", use_regex="true", ssl_redirect="false", proxy_body_size="8M", proxy_read_timeout="300",
        proxy_connect_timeout="5s", backend_protocol="GRPC", whitelist_source_range="10.0.0.0/8, 192.168.1.1",
        permanent_redirect="https://example.com$request_uri", permanent_redirect_code="308",
        cors_allow_origin="https://*.example.com, http://localhost:3000", proxy_buffer_size="16k",
    )  # fmt: skip
    assert (found.rewrite_target, found.use_regex, found.ssl_redirect) == ("/$2", True, False)
    assert (found.body_size, found.read_timeout, found.connect_timeout) == ("8m", 300, 5)
    assert found.protocol == "GRPC" and found.allowed == ("10.0.0.0/8", "192.168.1.1/32")
    assert found.permanent_redirect_code == 308 and found.buffer_size == "16k"
    assert found.cors_origins == ("https://*.example.com", "http://localhost:3000")


def test_ours_go_before_ingress_nginx_and_others_are_nobodys() -> None:
    values = {"ingress.minik8s.io/use-regex": "true", NGINX + "use-regex": "false", "example.com/use-regex": "no"}
    assert parse(values) == (annotations.Settings(use_regex=True), [])


def test_what_protects_and_is_not_known_is_refused() -> None:
    for name in PROTECTING:
        with pytest.raises(Refused, match=name):
            parse({NGINX + name: "true"})
    assert parse({NGINX + "canary": "false"})[0] == annotations.Settings()
    with pytest.raises(Refused, match="auth-secret"):
        parse({NGINX + "auth-type": "basic"})
    with pytest.raises(Refused, match="auth-type"):
        parse({NGINX + "auth-type": "digest", NGINX + "auth-secret": "users"})


def test_what_merely_tunes_and_is_not_known_is_named() -> None:
    assert parse({NGINX + "load-balance": "ewma"})[1] == [NGINX + "load-balance"]
