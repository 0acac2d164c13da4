from __future__ import annotations

import base64

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from apiserver.auth.authentication.bootstrap_token import BootstrapTokenAuthenticator
from apiserver.auth.authentication.certificates import Authorities
from apiserver.auth.authentication.client_certificate import ClientCertificateAuthenticator
from apiserver.auth.authentication.request_header import RequestHeaderAuthenticator
from apiserver.auth.authentication.token_file import TokenFileAuthenticator, TokenFileError
from apiserver.auth.authentication.union import AuthenticatorUnion, BearerAuthenticator, TokenUnion, is_spaced
from apiserver.auth.protocols import AuthenticationError, Credentials
from minik8s.api.core_v1 import Secret
from minik8s.api.meta_v1 import ObjectMeta


def bearer(token: str) -> Credentials:
    return Credentials(headers=((b"authorization", f"Bearer {token}".encode()),))


async def test_certificate_subject_becomes_the_user(ca, now):
    authenticator = ClientCertificateAuthenticator(Authorities([ca.certificate]), now)
    der = ca.issue("system:node:n1", ("system:nodes", "others"), uid="u-1")
    found = await authenticator.authenticate(Credentials(peer_certificates=(der,)))
    assert found.user.name == "system:node:n1"
    assert found.user.groups == ("system:nodes", "others")
    assert found.user.uid == "u-1"
    assert found.user.extra["authentication.kubernetes.io/credential-id"][0].startswith("X509SHA256=")
    # The second time nothing is verified anew, and the same answer is given.
    assert await authenticator.authenticate(Credentials(peer_certificates=(der,))) is found


async def test_certificates_that_are_refused(ca, make_ca, now):
    authenticator = ClientCertificateAuthenticator(Authorities([ca.certificate]), now)
    bad = {
        "another authority": make_ca("other").issue("a"),
        "server certificate": ca.issue("a", usage=ExtendedKeyUsageOID.SERVER_AUTH),
        "garbage": b"no certificate",
    }
    for der in bad.values():
        with pytest.raises(AuthenticationError):
            await authenticator.authenticate(Credentials(peer_certificates=(der,)))
    assert await authenticator.authenticate(Credentials(peer_certificates=(ca.issue(""),))) is None
    assert await authenticator.authenticate(Credentials()) is None
    assert (await authenticator.authenticate(Credentials(peer_certificates=(ca.issue("a", usage=None),)))) is not None


async def test_certificate_expires_while_it_is_remembered(ca, now):
    authenticator = ClientCertificateAuthenticator(Authorities([ca.certificate]), now)
    credentials = Credentials(peer_certificates=(ca.issue("a", days=1),))
    assert await authenticator.authenticate(credentials) is not None
    now.seconds += 2 * 86400
    with pytest.raises(AuthenticationError, match="expired"):
        await authenticator.authenticate(credentials)


async def test_a_certificate_of_an_issued_certificate_is_refused(ca, make_ca, now):
    """An ordinary certificate must not act as an authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    middle_key = ec.generate_private_key(ec.SECP256R1())
    template = x509.load_der_x509_certificate(ca.issue("middle"))
    middle = (
        x509.CertificateBuilder()
        .subject_name(template.subject)
        .issuer_name(ca.certificate.subject)
        .public_key(middle_key.public_key())
        .serial_number(5)
        .not_valid_before(template.not_valid_before_utc)
        .not_valid_after(template.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(ca.key, hashes.SHA256())
    )
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "evil")]))
        .issuer_name(middle.subject)
        .public_key(middle_key.public_key())
        .serial_number(6)
        .not_valid_before(template.not_valid_before_utc)
        .not_valid_after(template.not_valid_after_utc)
        .sign(middle_key, hashes.SHA256())
    )
    chain = (leaf.public_bytes(Encoding.DER), middle.public_bytes(Encoding.DER))
    authenticator = ClientCertificateAuthenticator(Authorities([ca.certificate]), now)
    with pytest.raises(AuthenticationError):
        await authenticator.authenticate(Credentials(peer_certificates=chain))


async def test_front_proxy_speaks_for_users(ca, make_ca, now):
    proxies = make_ca("proxies")
    authenticator = RequestHeaderAuthenticator(
        Authorities([proxies.certificate]), allowed_names=("front",), uid_headers=("X-Remote-Uid",), now=now
    )
    headers = (
        (b"x-remote-user", b"alice"),
        (b"x-remote-group", b"devs"),
        (b"x-remote-group", b"ops"),
        (b"x-remote-uid", b"7"),
        (b"x-remote-extra-acme%2fscope", b"view"),
    )
    der = proxies.issue("front")
    found = await authenticator.authenticate(Credentials(headers, (der,)))
    assert found.user.name == "alice"
    assert found.user.groups == ("devs", "ops")
    assert found.user.uid == "7"
    assert found.user.extra == {"acme/scope": ("view",)}
    with pytest.raises(AuthenticationError, match="not in the allowed list"):
        await authenticator.authenticate(Credentials(headers, (proxies.issue("other"),)))
    with pytest.raises(AuthenticationError):
        await authenticator.authenticate(Credentials(headers, (ca.issue("front"),)))
    assert await authenticator.authenticate(Credentials(headers)) is None
    assert await authenticator.authenticate(Credentials((), (der,))) is None


async def test_token_file(tmp_path):
    path = tmp_path / "tokens.csv"
    path.write_text('t1,alice,1\nt2,bob,2,"devs,ops"\n\nt3,carol,3,one\n')
    authenticator = TokenFileAuthenticator.load(str(path))
    assert (await authenticator.authenticate_token("t1", ())).user.groups == ()
    assert (await authenticator.authenticate_token("t2", ())).user.groups == ("devs", "ops")
    assert (await authenticator.authenticate_token("t3", ())).user.groups == ("one",)
    assert await authenticator.authenticate_token("t4", ()) is None
    path.write_text("t1,alice\n")
    with pytest.raises(TokenFileError, match="line 1 must have at least 3 columns"):
        TokenFileAuthenticator.load(str(path))
    with pytest.raises(TokenFileError, match="cannot read"):
        TokenFileAuthenticator.load(str(tmp_path / "none"))


def bootstrap_secret(**data: str) -> Secret:
    values = {
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        "usage-bootstrap-authentication": "true",
        **{key.replace("_", "-"): value for key, value in data.items()},
    }
    return Secret(
        metadata=ObjectMeta(name="bootstrap-token-abcdef", namespace="kube-system"),
        type="bootstrap.kubernetes.io/token",
        data={key: value.encode() for key, value in values.items()},
    )


async def test_bootstrap_tokens(objects, now):
    authenticator = BootstrapTokenAuthenticator(objects, now)
    token = "abcdef.0123456789abcdef"
    assert await authenticator.authenticate_token(token, ()) is None
    objects.put(bootstrap_secret(auth_extra_groups="system:bootstrappers:kubeadm:default-node-token"))
    found = await authenticator.authenticate_token(token, ())
    assert found.user.name == "system:bootstrap:abcdef"
    assert found.user.groups == ("system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token")
    for change in (
        {"token_secret": "another0another0"},
        {"expiration": "2026-01-02T03:04:04Z"},
        {"expiration": "tomorrow"},
        {"usage_bootstrap_authentication": "false"},
        {"auth_extra_groups": "system:masters"},
    ):
        objects.put(bootstrap_secret(**change))
        assert await authenticator.authenticate_token(token, ()) is None
    objects.put(bootstrap_secret(expiration="2026-01-02T03:04:06Z"))
    assert await authenticator.authenticate_token(token, ()) is not None


@pytest.fixture
def union(tmp_path, ca, now):
    path = tmp_path / "tokens.csv"
    path.write_text('good,alice,1,"devs"\n')
    tokens = TokenUnion([TokenFileAuthenticator.load(str(path))], ("https://api",))
    certificates = ClientCertificateAuthenticator(Authorities([ca.certificate]), now)
    return AuthenticatorUnion([certificates, BearerAuthenticator(tokens)], anonymous=True)


async def test_everyone_authenticated_gets_the_group(union):
    found = await union.authenticate(bearer("good"))
    assert found.user.groups == ("devs", "system:authenticated")
    assert await union.authenticate(bearer("good")) is found


async def test_nothing_brought_is_anonymous_but_a_bad_token_is_refused(union):
    found = await union.authenticate(Credentials())
    assert (found.user.name, found.user.groups) == ("system:anonymous", ("system:unauthenticated",))
    basic = Credentials(headers=((b"authorization", b"Basic YTpi"),))
    assert (await union.authenticate(basic)).user.name == "system:anonymous"
    empty = Credentials(headers=((b"authorization", b"Bearer  good"),))
    assert (await union.authenticate(empty)).user.name == "system:anonymous"
    with pytest.raises(AuthenticationError, match="invalid bearer token"):
        await union.authenticate(bearer("bad"))


async def test_a_good_token_makes_up_for_a_bad_certificate(union, make_ca):
    stranger = make_ca("other").issue("a")
    headers = ((b"authorization", b"Bearer good"),)
    assert (await union.authenticate(Credentials(headers, (stranger,)))).user.name == "alice"
    with pytest.raises(AuthenticationError):
        await union.authenticate(Credentials((), (stranger,)))


async def test_token_in_a_websocket_protocol(union):
    encoded = base64.urlsafe_b64encode(b"good").rstrip(b"=")
    value = b"v5.channel.k8s.io, base64url.bearer.authorization.k8s.io." + encoded
    found = await union.authenticate(Credentials(headers=((b"sec-websocket-protocol", value),)))
    assert found.user.name == "alice"


async def test_no_anonymous(ca, now):
    union = AuthenticatorUnion([], anonymous=False)
    assert await union.authenticate(Credentials()) is None


def test_a_token_behind_two_blanks_is_overlooked_and_noticed():
    assert is_spaced("Bearer  good") and is_spaced("bearer   x y")
    assert not any(map(is_spaced, ("Bearer good", "Bearer", "Bearer good  x", "Basic  x", "")))


async def test_who_a_proxy_calls_anonymous_is_not_authenticated(ca, now):
    proxies = RequestHeaderAuthenticator(Authorities([ca.certificate]), now=now)
    union = AuthenticatorUnion([proxies], anonymous=True)
    certificates = (ca.issue("proxy"),)
    for name, groups in (("rem", ("system:authenticated",)), ("system:anonymous", ())):
        headers = ((b"x-remote-user", name.encode()),)
        assert (await union.authenticate(Credentials(headers, certificates))).user.groups == groups
