"""What users of Ingresses rely on, on the real nginx: hosts, paths, TLS, streams, upgrades, annotations."""

from __future__ import annotations

import asyncio
import base64
import shutil
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from minik8s.api.core_v1 import Event, Secret
from minik8s.api.networking_v1 import Ingress
from tests.integration.ingress.lab import ADDRESS, Lab, lab
from tests.support.ingress_paths import TABLE
from tests.support.ingresses import Authority, endpoints, ingress, ingress_class, secret, service

pytestmark = pytest.mark.skipif(shutil.which("nginx", path="/usr/sbin:/usr/bin") is None, reason="needs nginx")


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Lab]:
    async with lab(tmp_path) as found:
        yield found


async def test_hosts_paths_and_what_matches_nothing(at: Lab) -> None:
    await at.service("web", "api", "docs", "any", "wild")
    at.cluster.add(
        ingress("one", {"example.com": [("P", "/", "web"), ("P", "/api", "api"), ("E", "/api/docs", "docs")]}),
        ingress("two", {"": [("P", "/any", "any")], "*.example.com": [("P", "/", "wild")]}),
        ingress("other", {"other.example.com": [("P", "/", "web")]}, class_name="nginx"),
        ingress_class("nginx", "k8s.io/ingress-nginx"),
    )
    await at.served()
    expected = {
        ("example.com", "/"): "web",
        ("example.com", "/apis"): "web",
        ("example.com", "/api"): "api",
        ("example.com", "/api/docs"): "docs",
        ("example.com", "/api/docs/"): "api",
        ("a.example.com", "/x"): "wild",
        ("other.example.com", "/x"): "wild",
        ("elsewhere.org", "/any/where"): "any",
        ("EXAMPLE.com:8080", "/api/x%20y?q=1%2F2"): "api",
    }
    for (host, path), name in expected.items():
        assert (await at.ask(path, host)).told["name"] == name, (host, path)
    assert (await at.ask("/api/x%20y?q=1%2F2")).told["path"] == "/api/x%20y?q=1%2F2"
    assert (await at.ask("/", "a.b.example.com")).status == 404
    assert (await at.ask("/", "elsewhere.org")).status == 404
    status = at.cluster.object(Ingress, "one")
    assert status is not None and status.status.load_balancer.ingress[0].ip == ADDRESS
    other = at.cluster.object(Ingress, "other")
    assert other is not None and other.status.load_balancer.ingress == []
    events = {(e.involved_object.name, e.reason) for e in at.cluster.objects(Event)}
    assert events == {("one", "Sync"), ("two", "Sync")}


async def test_the_table_of_the_api_reference(at: Lab) -> None:
    """One host a row; what the row has no backend for is not found."""
    await at.service("b0", "b1", "b2")
    for number, (rules, _) in enumerate(TABLE):
        paths = [(kind, path, f"b{index}") for index, (kind, path) in enumerate(rules)]
        at.cluster.add(ingress(f"row{number}", {f"row{number}.example.com": paths}))
    last = len(TABLE) - 1
    await at.served(next(iter(TABLE[last][1])), f"row{last}.example.com")
    for number, (rules, asked) in enumerate(TABLE):
        for path, index in asked.items():
            answer = await at.ask(path, f"row{number}.example.com")
            found = answer.told["name"] if answer.status == 200 else None
            assert found == (f"b{index}" if index is not None else None), (rules, path)


async def test_default_backends_missing_ones_and_fallbacks(at: Lab) -> None:
    await at.service("web", "rest")
    ending = await at.backend("ending")
    at.cluster.add(
        ingress("one", {"example.com": [("P", "/web", "web"), ("P", "/none", "none"), ("P", "/empty", "empty")]}),
        ingress("two", {"example.com": [("P", "/named", "web:http"), ("P", "/wrong", "web:https")]}),
        ingress("three", {"example.com": [("P", "/ending", "ending")]}),
        ingress("rest", default="rest"),
        service("empty"),
        endpoints("empty"),
        service("ending"),
        endpoints("ending", ending.address, ready=False, serving=True, terminating=True),
    )
    assert (await at.served("/web")).told["name"] == "web"
    assert (await at.ask("/named")).told["name"] == "web"
    assert (await at.ask("/ending")).told["name"] == "ending"
    for path in ("/none", "/empty", "/wrong"):
        assert (await at.ask(path)).status == 503, path
    assert (await at.ask("/else")).told["name"] == "rest"
    assert (await at.ask("/", "nobody.org")).told["name"] == "rest"


async def test_tls_by_host_its_rotation_and_the_fallback(at: Lab) -> None:
    await at.service("web")
    first, second = Authority(), Authority()
    at.cluster.add(
        first.secret("one", "example.com"),
        first.secret("wild", "*.wild.com"),
        secret("broken", tls_crt=b"no certificate", tls_key=b"no key"),
        ingress(
            "web",
            {host: [("P", "/", "web")] for host in ("example.com", "a.wild.com", "plain.com", "broken.com")},
            tls={"one": ["example.com"], "wild": ["*.wild.com"], "broken": ["broken.com"], "missing": ["lost.com"]},
        ),
    )
    await at.served("/", "plain.com")
    for host in ("example.com", "a.wild.com"):
        assert (await trusted(at, host, first)).startswith(b'{"name": "web"')
    redirect = await at.ask("/x?y=1", "example.com")
    assert redirect.status == 308 and redirect.headers["Location"] == f"https://example.com:{at.https}/x?y=1"
    told = (await at.ask("/", "plain.com", tls=True)).told
    assert told["headers"]["x-forwarded-proto"] == "https" and told["headers"]["x-forwarded-port"] == str(at.https)
    for host in ("plain.com", "broken.com", "unknown.org"):
        with pytest.raises(ssl.SSLCertVerificationError):
            await trusted(at, host, first)
    at.cluster.modify(Secret, "one", lambda held: setattr(held, "data", second.secret("x", "example.com").data))

    async def rotated() -> bool:
        try:
            return bool(await trusted(at, "example.com", second))
        except ssl.SSLCertVerificationError:
            return False

    await at.until("the new certificate", rotated)
    assert (at.frame.folder / "tls").stat().st_mode & 0o77 == 0


async def trusted(at: Lab, host: str, authority: Authority) -> bytes:
    """A request that believes one authority only, and speaks HTTP/2 if the server would."""
    context = ssl.create_default_context(cadata=authority.pem)
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection("127.0.0.1", at.https, ssl=context, server_hostname=host)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    writer.close()
    context.set_alpn_protocols(["http/1.1"])
    reader, writer = await asyncio.open_connection("127.0.0.1", at.https, ssl=context, server_hostname=host)
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2].partition(b"\r\n")[2] or answer.partition(b"\r\n\r\n")[2]


async def test_upgrades_streams_and_large_bodies(at: Lab) -> None:
    await at.service("web")
    at.cluster.add(
        ingress("web", {"example.com": [("P", "/", "web")]}),
        ingress("small", {"small.com": [("P", "/", "web")]}, proxy_body_size="10k"),
    )
    await at.served()
    backend = at.backends[0]
    url = f"http://127.0.0.1:{at.http}"
    host = {"Host": "example.com"}
    async with at.session.ws_connect(f"{url}/socket", headers=host) as connection:
        await connection.send_str("hello")
        assert (await connection.receive()).data == "web: hello"
    async with at.session.get(f"{url}/stream", headers=host) as answer:
        # The first event is here while the backend still holds back the second.
        assert await answer.content.readline() == b"data: first\n"
        backend.release.set()
        assert (await answer.content.read()).endswith(b"data: second\n\n")
    large = b"x" * (20 << 20)
    assert (await at.ask("/", method="POST", data=large)).told["length"] == len(large)
    small = {"host": "small.com", "method": "POST"}
    assert (await at.ask("/", **small, data=b"x" * 9000)).status == 200
    assert (await at.ask("/", **small, data=b"x" * 20000)).status == 413


async def test_what_a_client_claims_is_not_passed_on_as_truth(at: Lab) -> None:
    await at.service("web")
    at.cluster.add(ingress("web", {"example.com": [("P", "/", "web")]}))
    await at.served()
    lies = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Real-IP": "6.6.6.6", "Proxy": "http://evil"}
    told = (await at.ask(headers=lies)).told["headers"]
    assert told["x-forwarded-for"] == "127.0.0.1" and told["x-real-ip"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "http" and told["x-forwarded-host"] == "example.com"
    assert told["x-original-forwarded-for"] == "6.6.6.6" and "proxy" not in told


async def test_rewrites_and_expressions(at: Lab) -> None:
    await at.service("web", "api", "plain")
    at.cluster.add(
        ingress("rw", {"example.com": [("I", "/api(/|$)(.*)", "api")]}, rewrite_target="/$2"),
        ingress("re", {"example.com": [("I", "/v[0-9]+/users", "web")]}, use_regex="true"),
        ingress("plain", {"example.com": [("P", "/", "plain"), ("P", "/v1", "plain"), ("E", "/api/exact", "plain")]}),
        ingress("root", {"root.com": [("P", "/app", "api")]}, rewrite_target="/"),
        ingress("start", {"start.com": [("P", "/", "web")]}, app_root="/here"),
    )
    await at.served()
    seen = {}
    for path in ("/api/users/1?x=%2F", "/api", "/api/", "/apix", "/v1/users/3", "/v1/other", "/V2/USERS", "/api/exact"):
        told = (await at.ask(path)).told
        seen[path] = (told["name"], told["path"])
    assert seen == {
        "/api/users/1?x=%2F": ("api", "/users/1?x=%2F"),
        "/api": ("api", "/"),
        "/api/": ("api", "/"),
        "/apix": ("plain", "/apix"),
        "/v1/users/3": ("web", "/v1/users/3"),
        "/v1/other": ("plain", "/v1/other"),
        "/V2/USERS": ("web", "/V2/USERS"),
        "/api/exact": ("plain", "/api/exact"),
    }
    assert (await at.ask("/app/x", "root.com")).told["path"] == "/"
    start = await at.ask("/", "start.com")
    assert start.status == 302 and start.headers["Location"] == "http://start.com/here"


async def test_who_may_enter(at: Lab) -> None:
    await at.service("web")
    users = b"ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n"
    paths = [("P", "/", "web")]
    at.cluster.add(
        secret("users", auth=users),
        ingress("basic", {"basic.com": paths}, auth_type="basic", auth_secret="users", auth_realm="Staff only"),
        ingress("lost", {"lost.com": paths}, auth_type="basic", auth_secret="nowhere"),
        ingress("in", {"in.com": paths}, whitelist_source_range="127.0.0.0/8,10.0.0.0/8"),
        ingress("out", {"out.com": paths}, whitelist_source_range="10.0.0.0/8"),
        ingress("often", {"often.com": paths}, limit_rpm="1", limit_burst_multiplier="3"),
        ingress("denied", {"denied.com": paths}, denylist_source_range="127.0.0.1"),
        ingress("outside", {"outside.com": paths}, auth_url="http://auth.example.com"),
    )
    await at.served("/", "in.com")
    refused = await at.ask("/", "basic.com")
    assert refused.status == 401 and refused.headers["WWW-Authenticate"] == 'Basic realm="Staff only"'
    for word, status in (("password", 200), ("wrong", 401)):
        given = base64.b64encode(f"ann:{word}".encode()).decode()
        assert (await at.ask("/", "basic.com", headers={"Authorization": f"Basic {given}"})).status == status
    often = [(await at.ask("/", "often.com")).status for _ in range(5)]
    assert often == [200, 200, 200, 200, 503]
    statuses = {host: (await at.ask("/", host)).status for host in ("lost.com", "out.com", "denied.com", "outside.com")}
    assert statuses == {"lost.com": 503, "out.com": 403, "denied.com": 403, "outside.com": 404}


async def test_redirects_cross_origin_requests_and_cookies(at: Lab) -> None:
    paths = [("P", "/", "web")]
    several = [await at.backend(f"b{n}") for n in range(3)]
    at.cluster.add(
        service("web"),
        *(endpoints("web", b.address, suffix=str(n)) for n, b in enumerate(several)),
        ingress("moved", {"moved.com": paths}, permanent_redirect="https://new.com$request_uri"),
        ingress("away", {"away.com": paths}, temporal_redirect="https://new.com/x"),
        ingress("forced", {"forced.com": paths}, force_ssl_redirect="true"),
        ingress("cors", {"cors.com": paths}, enable_cors="true", cors_allow_origin="https://*.ok.com"),
        ingress("any", {"any.com": paths}, enable_cors="true"),
        ingress("sticky", {"sticky.com": paths}, affinity="cookie", session_cookie_name="route"),
        ingress("vhost", {"vhost.com": paths}, upstream_vhost="inner.local"),
    )
    await at.served("/", "sticky.com")
    moved = await at.ask("/a?b=c", "moved.com")
    assert (moved.status, moved.headers["Location"]) == (301, "https://new.com/a?b=c")
    assert (await at.ask("/", "away.com")).status == 302
    assert (await at.ask("/", "forced.com")).status == 308
    good = await at.ask("/", "cors.com", headers={"Origin": "https://a.ok.com"})
    assert good.status == 200 and good.headers.getall("Access-Control-Allow-Origin") == ["https://a.ok.com"]
    bad = await at.ask("/", "cors.com", headers={"Origin": "https://a.ok.com.evil.org"})
    assert "Access-Control-Allow-Origin" not in bad.headers
    preflight = await at.ask("/", "any.com", method="OPTIONS", headers={"Origin": "https://x.org"})
    assert preflight.status == 204 and preflight.headers["Access-Control-Allow-Origin"] == "https://x.org"
    assert await at.names("/", "any.com", 12) == {"b0", "b1", "b2"}
    first = await at.ask("/", "sticky.com")
    cookie = first.headers["Set-Cookie"].partition(";")[0]
    assert cookie.startswith("route=") and "HttpOnly" in first.headers["Set-Cookie"]
    for _ in range(6):
        again = await at.ask("/", "sticky.com", headers={"Cookie": cookie})
        assert again.told["name"] == first.told["name"] and "Set-Cookie" not in again.headers
    assert (await at.ask("/", "vhost.com")).told["headers"]["host"] == "inner.local"


async def test_https_and_grpc_backends(at: Lab, tmp_path: Path) -> None:
    grpc = pytest.importorskip("grpc")
    from minik8s.daemon.tls import self_signed

    files = self_signed(str(tmp_path), "backend", ["backend"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.cert_file, files.key_file)
    secure = await at.backend("secure", context)

    async def shout(request: bytes, call: object) -> bytes:
        return request.upper()

    handler = grpc.method_handlers_generic_handler("echo.Echo", {"Shout": grpc.unary_unary_rpc_method_handler(shout)})
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    authority = Authority()
    at.cluster.add(
        service("secure"),
        endpoints("secure", secure.address),
        service("echo"),
        endpoints("echo", f"127.0.0.1:{port}"),
        authority.secret("tls", "grpc.com"),
        ingress("secure", {"secure.com": [("P", "/", "secure")]}, backend_protocol="HTTPS"),
        ingress("grpc", {"grpc.com": [("P", "/", "echo")]}, backend_protocol="GRPC", tls={"tls": ["grpc.com"]}),
    )
    try:
        assert (await at.served("/", "secure.com")).told["name"] == "secure"
        credentials = grpc.ssl_channel_credentials(authority.pem.encode())
        options = [("grpc.ssl_target_name_override", "grpc.com"), ("grpc.default_authority", "grpc.com")]
        async with grpc.aio.secure_channel(f"127.0.0.1:{at.https}", credentials, options) as channel:
            assert await channel.unary_unary("/echo.Echo/Shout")(b"hello", timeout=10) == b"HELLO"
    finally:
        await server.stop(None)


async def test_external_names(at: Lab, tmp_path: Path) -> None:
    """Resolved by nginx itself, of a name server this test answers for."""
    import dataclasses

    import dns.message
    import dns.rrset

    backend = await at.backend("outside")

    class Names(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, address: object) -> None:
            query = dns.message.from_wire(data)
            answer = dns.message.make_response(query, recursion_available=True)
            if query.question[0].rdtype == 1:
                answer.answer.append(dns.rrset.from_text(query.question[0].name, 5, "IN", "A", "127.0.0.1"))
            self.transport.sendto(answer.to_wire(), address)  # type: ignore[attr-defined]

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Names, ("127.0.0.1", 0))
    resolver = f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    await at.kill_controller()
    at.frame = dataclasses.replace(at.frame, resolvers=(resolver,))
    port = int(backend.address.rpartition(":")[2])
    at.cluster.add(
        service("away", type="ExternalName", external_name="outside.example.org", ports={"http": port}),
        service("home", type="ExternalName", external_name="localhost", ports={"http": port}),
        ingress("one", {"example.com": [("P", "/", f"away:{port}"), ("P", "/home", f"home:{port}")]}),
    )
    await at.start_controller()
    try:
        assert (await at.served("/x?y")).told["path"] == "/x?y"
        assert (await at.ask("/home")).status == 503
    finally:
        transport.close()
