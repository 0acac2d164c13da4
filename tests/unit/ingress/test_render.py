"""The text nginx is given: the same every time, each line somebody's, and never more than was meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingress.annotations import NAMES
from ingress.check import judge
from ingress.frame import Frame
from ingress.lines import Written
from ingress.plan import Cluster, plan
from ingress.render import render
from minik8s.api.networking_v1 import Ingress
from tests.support.ingresses import endpoints, ingress, secret, service

FRAME = Frame(Path("/run/x"), addresses=("0.0.0.0", "[::]"), fallback_certificate="/f.crt", fallback_key="/f.key")
HOSTILE = (
    "; return 200", "}", "{", "a; }", '"', "'", "\\", "\n", "\r\n", "x\n", "\x00", "$host", "${host}", "$request_body",
    "a b;c", "#", "`", "include /etc/passwd;", "é", "/x y", "/$0", "/$1x{", "1;2", "on;", "true;", "0; deny all",
    "https://a.com/; }", "https://a.com/$uri", 'https://a.com/"', "https://a.com\n", "10.0.0.0/8; allow all",
    "GET; }", "a, b }", "users\nx", "1k; }", "fe80::1%a; }", "10.0.0.1, fe80::1%x; return 200", "/$1\n", "x$cookie_y",
)  # fmt: skip
EVERYTHING = {
    "rewrite_target": "/$1", "use_regex": "true", "proxy_body_size": "1m", "proxy_buffer_size": "8k",
    "proxy_buffering": "on", "proxy_read_timeout": "5", "upstream_vhost": "inner.local", "enable_cors": "true",
    "cors_allow_origin": "https://*.a.com", "cors_expose_headers": "X-A", "auth_type": "basic", "auth_secret": "users",
    "whitelist_source_range": "10.0.0.0/8", "denylist_source_range": "10.1.0.0/16", "affinity": "cookie",
    "session_cookie_max_age": "60", "session_cookie_secure": "true", "app_root": "/app", "backend_protocol": "HTTPS",
    "proxy_request_buffering": "on", "limit_rps": "5", "limit_connections": "3", "limit_burst_multiplier": "2",
}  # fmt: skip
RULES = {"a.com": [("I", "/a(.*)", "web"), ("P", "/b", "web"), ("E", "/b", "web")]}


def text(*ingresses: Ingress) -> Written:
    users, tls = secret("users", auth=b"ann:x\n"), secret("tls", tls_crt=b"c", tls_key=b"k")
    cluster = Cluster(
        service=lambda namespace, name: service(name, namespace),
        slices=lambda namespace, name: [endpoints(name, "10.0.0.1:80", namespace=namespace)],
        secret=lambda namespace, name: {"users": users, "tls": tls}.get(name),
        check_pair=lambda content: "",
    )
    return render(plan(ingresses, cluster), FRAME)


def words(written: str) -> Iterator[tuple[str, bool]]:
    """nginx's words, and whether each was quoted."""
    at, word = 0, ""
    while at < len(written):
        c = written[at]
        if c == '"' and not word:
            at, word = at + 1, ""
            while written[at] != '"':
                at += written[at] == "\\"
                word += written[at]
                at += 1
            yield word, True
            word = ""
        elif c in ";{}" or c.isspace():
            if word:
                yield word, False
            if not c.isspace():
                yield c, False
            word = ""
        elif c == "#" and not word:
            at = written.index("\n", at)
        else:
            word += c
        at += 1


def directives(written: str) -> list[tuple[int, str, int]]:
    """Depth, name and number of arguments of every directive; what is inside quotes has no structure."""
    found, current, depth = [], [], 0
    for word, is_quoted in words(written):
        if is_quoted or word not in (";", "{", "}"):
            current.append(word)
        elif word == "}":
            assert not current
            depth -= 1
        else:
            found.append((depth, current[0], len(current)))
            depth += word == "{"
            current = []
    assert depth == 0 and not current
    return found


MEANT = {(depth, name) for depth, name, _ in directives(text(ingress("one", RULES, **EVERYTHING)).text)} | {
    (3, "return"), (4, "return"), (4, "grpc_read_timeout"), (3, "grpc_pass"), (3, "grpc_set_header"),
    (3, "grpc_read_timeout"), (3, "grpc_buffer_size"), (3, "proxy_connect_timeout"), (3, "proxy_send_timeout"),
    (3, "grpc_connect_timeout"), (3, "grpc_send_timeout"), (3, "grpc_ssl_name"), (3, "grpc_hide_header"),
    (3, "grpc_ssl_server_name"),
}  # fmt: skip


def test_the_reader_of_this_test_sees_what_breaks_out() -> None:
    assert directives('a "b; } c" { d; }') == [(0, "a", 2), (1, "d", 1)]
    assert directives('a "\\"; b";') == [(0, "a", 2)]


@pytest.mark.parametrize("name", NAMES)
def test_no_annotation_breaks_out(name: str) -> None:
    """Whatever a value is, the directives are those a plain value makes, or the Ingress is not served."""
    for value in HOSTILE:
        for base in (EVERYTHING, {"enable_cors": "true", "affinity": "cookie"}):
            written = text(ingress("one", RULES, **(base | {name.replace("-", "_"): value}))).text
            # An origin that is accepted is an entry of a map.
            found = {(d, w) for d, w, _ in directives(written) if not w.startswith("~*^https://a")}
            assert found <= MEANT, (name, value)
            assert "$request_body" not in written and "/etc/passwd" not in written


@pytest.mark.parametrize("value", HOSTILE)
def test_no_path_host_or_name_breaks_out(value: str) -> None:
    made = ingress("one", {f"{value}a.com": [("P", "/", "web")], "b.com": []}, tls={value: [value]})
    http = ingress("x", RULES, use_regex="true").spec.rules[0].http
    assert http is not None
    made.spec.rules[1].http = http
    for kind in ("P", "E", "I"):
        for path in (f"/{value}", f"/{value}(.*)", f"/%{value}"):
            odd = ingress("two", {"c.com": [(kind, path, "web")]}, use_regex="true")
            written = text(made, odd).text
            assert {(depth, word) for depth, word, _ in directives(written)} <= MEANT, path


def test_the_same_cluster_gives_the_same_text_in_whatever_order() -> None:
    one = ingress("one", {"a.com": [("P", "/x", "web"), ("P", "/y", "api")]}, tls={"tls": ["a.com"]})
    two = ingress("two", {"b.com": [("P", "/", "web")]}, **EVERYTHING)
    first, second = text(one, two), text(two, one)
    assert first == second and len(first.generation) == 16 and first.generation in first.text
    assert text(one).generation != first.generation


def test_nginxs_complaint_finds_who_is_at_fault() -> None:
    written = text(
        ingress("one", {"a.com": [("P", "/", "web")]}),
        ingress("two", {"a.com": [("I", "/bad(.*)", "web")]}, namespace="other", use_regex="true"),
        ingress("tls", tls={"tls": ["b.com"]}),
    )
    lines = written.text.splitlines()
    line = next(n for n, text_ in enumerate(lines, 1) if "/bad" in text_)
    refusal = judge(f'nginx: [emerg] pcre2_compile() failed: missing ) in "^/bad" in /run/x.conf:{line}\n', written)
    assert refusal.owner == ("other", "two") and "missing )" in refusal.message and "x.conf" not in refusal.message
    pair = next(part for part in written.text.split('"') if part.endswith(".pem"))
    refusal = judge(f'nginx: [emerg] cannot load certificate "{pair}": PEM_read_bio_X509_AUX() failed', written)
    assert refusal.certificate == pair.removeprefix("/run/x/") and refusal.owner is None
    assert judge("nginx: [emerg] could not build server_names_hash", written).owner is None
    assert written.owner_of(1) is None and written.owner_of(10**6) is None


def test_wildcards_stand_for_one_label_and_other_ports_are_named() -> None:
    from dataclasses import replace

    made = ingress("one", {"*.a.com": [("P", "/", "web")]}, tls={"tls": ["*.a.com"]})
    assert r'server_name "~^[^.]+\\.a\\.com$";' in text(made).text
    assert "return 308 https://$host$request_uri;" in text(made).text
    cluster = Cluster(lambda n, s: None, lambda n, s: [], lambda n, s: None, lambda c: "")
    elsewhere = render(plan([made], cluster), replace(FRAME, https_port=8443)).text
    assert "return 308 https://$host:8443$request_uri;" in elsewhere and "listen [::]:8443 ssl http2" in elsewhere
    plain = render(plan([made], cluster), replace(FRAME, https_port=0)).text
    assert "ssl_certificate " not in plain and "308" not in plain
