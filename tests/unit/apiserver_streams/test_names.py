from __future__ import annotations

import gzip

import pytest

from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.auth.errors import StatusError
from apiserver.call import Call
from apiserver.streams.containers import choose
from apiserver.streams.pods import admit_connect
from apiserver.streams.proxy import _page, divided
from apiserver.streams.relay import passed_on
from apiserver.streams.rewrite import MOST_BYTES, Links
from apiserver.streams.targets import proxyable, split
from minik8s.api.core_v1 import Container, EphemeralContainer, Pod


def pod(*names: str, init: tuple[str, ...] = (), ephemeral: tuple[str, ...] = ()) -> Pod:
    made = Pod()
    made.metadata.name = "p"
    made.spec.containers = [Container(name=name) for name in names]
    made.spec.init_containers = [Container(name=name) for name in init]
    made.spec.ephemeral_containers = [EphemeralContainer(name=name) for name in ephemeral]
    return made


def test_the_only_container_needs_no_name() -> None:
    assert choose(pod("a", init=("i",)), "") == "a"
    assert choose(pod("a", "b", init=("i",)), "i") == "i"
    assert choose(pod("a", ephemeral=("debug",)), "debug") == "debug"


@pytest.mark.parametrize(
    ("made", "asked", "words"),
    [
        (pod("a", "b"), "", "a container name must be specified for pod p, choose one of: [a b]"),
        (pod("a", "b", init=("i", "j")), "",
         "a container name must be specified for pod p, choose one of: [a b] or one of the init containers: [i j]"),
        (pod("a", "b", ephemeral=("d",)), "",
         "a container name must be specified for pod p, choose one of: [a b] or one of the ephemeral containers: [d]"),
        (pod("a"), "x", "container x is not valid for pod p"),
    ],
)  # fmt: skip
def test_a_container_that_is_not_clear(made: Pod, asked: str, words: str) -> None:
    with pytest.raises(StatusError) as refused:
        choose(made, asked)
    assert (refused.value.code, refused.value.status.message) == (400, words)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("n", ("", "n", "")),
        ("n:80", ("", "n", "80")),
        ("https:n", ("", "https", "n")),
        ("n:", ("", "n", "")),
        ("https:n:443", ("https", "n", "443")),
        ("https:n:", ("https", "n", "")),
        (":n:80", ("", "n", "80")),
    ],
)
def test_scheme_name_and_port(name: str, parts: tuple[str, str, str]) -> None:
    assert split(name, "pod") == parts


@pytest.mark.parametrize("name", ["", ":", "ftp:n:1", "a:b:c:d", "::1"])
def test_names_that_lead_nowhere(name: str) -> None:
    with pytest.raises(StatusError, match="invalid pod request"):
        split(name, "pod")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.1.1", "fe80::1", "0.0.0.0", "", "224.0.0.1"])
def test_addresses_that_are_not_asked(address: str) -> None:
    with pytest.raises(StatusError, match="address not allowed"):
        proxyable(address)


@pytest.mark.parametrize(
    ("path", "prefix", "rest"),
    [
        ("/api/v1/nodes/n/proxy", "/api/v1/nodes/n/proxy", ""),
        ("/api/v1/nodes/n/proxy/", "/api/v1/nodes/n/proxy", "/"),
        ("/api/v1/nodes/proxy/proxy/proxy/x", "/api/v1/nodes/proxy/proxy", "/proxy/x"),
        ("/api/v1/namespaces/a/pods/p:1/proxy/a%2Fb//c/", "/api/v1/namespaces/a/pods/p:1/proxy", "/a%2Fb//c/"),
        ("/api/v1/namespaces/proxy/services/proxy/proxy", "/api/v1/namespaces/proxy/services/proxy/proxy", ""),
    ],
)
def test_where_the_backends_path_begins(path: str, prefix: str, rest: str) -> None:
    assert divided(path) == (prefix, rest)


def test_proof_of_identity_is_not_passed_on() -> None:
    headers = [
        (b"authorization", b"Bearer x"),
        (b"impersonate-user", b"x"),
        (b"x-remote-extra-a", b"x"),
        (b"sec-websocket-protocol", b"v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.dG9rZW4"),
        (b"x-other", b"1"),
    ]
    assert passed_on(headers) == [(b"sec-websocket-protocol", b"v5.channel.k8s.io"), (b"x-other", b"1")]


LINKS = Links("/api/v1/pods/p/proxy", "10.0.0.1:80", "api:6443")


@pytest.mark.parametrize(
    ("link", "rewritten"),
    [
        ("/", "/api/v1/pods/p/proxy/"),
        ("/a/b?x=1#f", "/api/v1/pods/p/proxy/a/b?x=1#f"),
        ("/a/", "/api/v1/pods/p/proxy/a/"),
        ("a/b", "a/b"),
        ("http://10.0.0.1:80/x", "/api/v1/pods/p/proxy/x"),
        ("https://api:6443/x", "/api/v1/pods/p/proxy/x"),
        ("http://elsewhere/x", "http://elsewhere/x"),
        ("/api/v1/pods/p/proxy/x", "/api/v1/pods/p/proxy/x"),
        ("#here", "#here"),
        ("mailto:a@b", "mailto:a@b"),
    ],
)
def test_links(link: str, rewritten: str) -> None:
    assert LINKS.link(link) == rewritten


def test_a_page_changes_in_its_links_only() -> None:
    page = (
        "<!DOCTYPE html>\n<A  class=x HREF=/a>&amp;</A>\n"
        '<img src="/i?a=1&amp;b=2"/><script>var x = "<a href=/no>";</script>'
    )
    assert LINKS.page(page) == (
        '<!DOCTYPE html>\n<A  class=x HREF="/api/v1/pods/p/proxy/a">&amp;</A>\n'
        '<img src="/api/v1/pods/p/proxy/i?a=1&amp;b=2"/><script>var x = "<a href=/no>";</script>'
    )


def test_a_page_that_unpacks_to_too_much_is_left_alone() -> None:
    bomb = gzip.compress(b"<a href=/x>" + b" " * (5 * MOST_BYTES))
    assert _page(bomb, "gzip", "utf-8", LINKS) is bomb
    assert gzip.decompress(_page(gzip.compress(b"<a href=/x>"), "gzip", "utf-8", LINKS)).startswith(b'<a href="/api')
    assert _page(b"junk", "gzip", "utf-8", LINKS) == b"junk"
    assert _page(b"\xff<a href=/x>", "", "utf-8", LINKS) == b"\xff<a href=/x>"


class _Chain:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def concerns(self, operation: Operation, group: str, resource: str, subresource: str = "") -> bool:
        return subresource != "attach"

    async def mutate(self, request: AdmissionRequest) -> None:
        self.seen.append((request.operation.value, request.kind))

    async def validate(self, request: AdmissionRequest) -> None:
        raise request.forbidden("not here")


def _call(path: str) -> Call:
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    return Call(scope, None, None)  # type: ignore[arg-type]


async def test_admission_judges_connections() -> None:
    chain = _Chain()
    call = _call("/api/v1/namespaces/ns/pods/p/exec")
    with pytest.raises(StatusError, match='pods "p" is forbidden: not here'):
        await admit_connect(chain, call, "pods", "exec")  # type: ignore[arg-type]
    await admit_connect(chain, call, "pods", "attach")  # type: ignore[arg-type]
    assert chain.seen == [("CONNECT", "PodExecOptions")]
