from __future__ import annotations

import json

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from apiserver.auth.authentication.service_account import ServiceAccountAuthenticator
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import AuthenticationError
from apiserver.auth.tokens.claims import LEGACY_ISSUER, Claims, peek
from apiserver.auth.tokens.discovery import IssuerDocuments, IssuerError
from apiserver.auth.tokens.issuer import TokenIssuer
from apiserver.auth.tokens.keys import KeyFileError, KeyRing, load_public_keys, load_signing_key, signing_key
from minik8s.api.authentication_v1 import BoundObjectReference, TokenRequest, TokenRequestSpec
from minik8s.api.core_v1 import Node, ObjectReference, Pod, PodSpec, Secret, ServiceAccount
from minik8s.api.meta_v1 import ObjectMeta

ISSUER = "https://kubernetes.default.svc"
AUDIENCES = (ISSUER,)


@pytest.fixture
def issuer(objects, key, now):
    objects.put(ServiceAccount(metadata=ObjectMeta(name="robot", namespace="ns", uid="sa-uid")))
    return TokenIssuer(objects, ISSUER, key, AUDIENCES, now=now)


@pytest.fixture
def authenticator(objects, key, now):
    return ServiceAccountAuthenticator(objects, KeyRing([key.public]), [ISSUER], AUDIENCES, now=now)


def request(**spec) -> TokenRequest:
    return TokenRequest(spec=TokenRequestSpec(**spec))


async def test_issue_and_authenticate(issuer, authenticator):
    issued = await issuer.create(request(), "robot", "ns")
    assert issued.request.spec.audiences == [ISSUER]
    assert issued.request.spec.expiration_seconds == 3600
    assert issued.request.status.expiration_timestamp == "2026-01-02T04:04:05Z"
    assert issued.request.metadata.uid == "sa-uid"
    found = await authenticator.authenticate_token(issued.request.status.token, ())
    assert found.user.name == "system:serviceaccount:ns:robot"
    assert found.user.groups == ("system:serviceaccounts", "system:serviceaccounts:ns")
    assert found.user.uid == "sa-uid"
    assert found.audiences == AUDIENCES
    assert list(found.user.extra) == ["authentication.kubernetes.io/credential-id"]
    header, claims = peek(issued.request.status.token)
    assert header.alg == "ES256"
    assert claims.exp - claims.iat == 3600


async def test_tokens_of_others_are_not_ours(authenticator):
    assert await authenticator.authenticate_token("abc", ()) is None
    assert await authenticator.authenticate_token("a.b.c", ()) is None


async def test_expiry_has_a_minute_of_grace(issuer, authenticator, now):
    token = (await issuer.create(request(), "robot", "ns")).request.status.token
    now.seconds += 3600 + 60
    assert await authenticator.authenticate_token(token, ()) is not None
    now.seconds += 1
    with pytest.raises(AuthenticationError, match="has expired"):
        await authenticator.authenticate_token(token, ())


async def test_a_token_of_the_future(issuer, authenticator, now):
    now.seconds += 61
    token = (await issuer.create(request(), "robot", "ns")).request.status.token
    now.seconds -= 61
    with pytest.raises(AuthenticationError, match="not valid yet"):
        await authenticator.authenticate_token(token, ())


async def test_audiences(issuer, authenticator):
    token = (await issuer.create(request(audiences=["vault"]), "robot", "ns")).request.status.token
    with pytest.raises(AuthenticationError, match="invalid for the target audiences"):
        await authenticator.authenticate_token(token, ())
    assert (await authenticator.authenticate_token(token, ("vault", "x"))).audiences == ("vault",)


async def test_account_gone_or_made_anew(issuer, authenticator, objects):
    token = (await issuer.create(request(), "robot", "ns")).request.status.token
    objects.put(ServiceAccount(metadata=ObjectMeta(name="robot", namespace="ns", uid="new")))
    with pytest.raises(AuthenticationError, match="does not match claim"):
        await authenticator.authenticate_token(token, ())
    objects.remove(ServiceAccount, "robot", "ns")
    with pytest.raises(AuthenticationError, match="not found"):
        await authenticator.authenticate_token(token, ())


async def test_bound_to_a_pod(issuer, authenticator, objects):
    objects.put(Node(metadata=ObjectMeta(name="n1", uid="node-uid")))
    pod = Pod(
        metadata=ObjectMeta(name="p", namespace="ns", uid="pod-uid"),
        spec=PodSpec(service_account_name="robot", node_name="n1"),
    )
    objects.put(pod)
    reference = BoundObjectReference(kind="Pod", api_version="v1", name="p", uid="pod-uid")
    issued = await issuer.create(request(bound_object_ref=reference, expiration_seconds=3607), "robot", "ns")
    assert issued.request.status.expiration_timestamp == "2026-01-02T04:04:12Z"
    _, claims = peek(issued.request.status.token)
    assert claims.exp - claims.iat == 365 * 86400
    assert claims.kubernetes.warnafter == claims.iat + 3607
    found = await authenticator.authenticate_token(issued.request.status.token, ())
    assert found.user.extra["authentication.kubernetes.io/pod-name"] == ("p",)
    assert found.user.extra["authentication.kubernetes.io/node-uid"] == ("node-uid",)
    objects.put(msgspec.structs.replace(pod, metadata=ObjectMeta(name="p", namespace="ns", uid="other")))
    with pytest.raises(AuthenticationError, match="pod UID"):
        await authenticator.authenticate_token(issued.request.status.token, ())
    objects.remove(Pod, "p", "ns")
    with pytest.raises(AuthenticationError, match="has been invalidated"):
        await authenticator.authenticate_token(issued.request.status.token, ())


async def test_use_after_the_promised_hour_is_noted(issuer, authenticator, objects, now):
    objects.put(Pod(metadata=ObjectMeta(name="p", namespace="ns"), spec=PodSpec(service_account_name="robot")))
    reference = BoundObjectReference(kind="Pod", api_version="v1", name="p")
    issued = await issuer.create(request(bound_object_ref=reference, expiration_seconds=3607), "robot", "ns")
    now.seconds += 4000
    found = await authenticator.authenticate_token(issued.request.status.token, ())
    assert found.annotations["authentication.k8s.io/stale-token"] == (
        "subject: system:serviceaccount:ns:robot, seconds after warning threshold: 393"
    )


@pytest.mark.parametrize(
    ("spec", "code", "text"),
    [
        ({"expiration_seconds": 5}, 422, "may not specify a duration less than 10 minutes"),
        ({"expiration_seconds": 1 << 33}, 422, "larger than 2^32"),
        ({"bound_object_ref": BoundObjectReference(kind="Pod", api_version="v1", name="x")}, 404, 'pods "x" not found'),
        (
            {"bound_object_ref": BoundObjectReference(kind="Pod", api_version="a/b/c", name="x")},
            404,
            'pods "x" not found',
        ),
        (
            {"bound_object_ref": BoundObjectReference(kind="Pod", api_version="v1")},
            400,
            "Name parameter required.",
        ),
        (
            {"bound_object_ref": BoundObjectReference(kind="Pod", api_version="v1", name="a/b%")},
            400,
            "Name parameter invalid: \"a/b%\": may not contain '/';may not contain '%'",
        ),
        (
            {"bound_object_ref": BoundObjectReference(kind="Job", api_version="batch/v1", name="x")},
            400,
            "batch/v1, Kind=Job",
        ),
        (
            {"bound_object_ref": BoundObjectReference(kind="Secret", api_version="v1", name="s", uid="z")},
            409,
            "does not match the UID in record",
        ),
        ({"bound_object_ref": BoundObjectReference(kind="Pod", api_version="v1", name="q")}, 400, "different service"),
    ],
)
async def test_requests_that_are_refused(issuer, objects, spec, code, text):
    objects.put(Secret(metadata=ObjectMeta(name="s", namespace="ns", uid="y")))
    objects.put(Pod(metadata=ObjectMeta(name="q", namespace="ns"), spec=PodSpec(service_account_name="default")))
    with pytest.raises(StatusError) as caught:
        await issuer.create(request(**spec), "robot", "ns")
    assert caught.value.code == code
    assert text in caught.value.status.message


async def test_what_a_request_leaves_open_is_filled_in(issuer):
    asked = request(expiration_seconds=700)
    await issuer.complete(asked, "robot", "ns")
    assert (asked.metadata.name, asked.metadata.namespace, asked.metadata.uid) == ("robot", "ns", "sa-uid")
    assert asked.metadata.creation_timestamp and asked.spec.audiences == [ISSUER]
    with pytest.raises(StatusError) as caught:
        await issuer.complete(request(), "nobody", "ns")
    assert caught.value.code == 404


async def test_longest_expiration(objects, key, now, issuer):
    strict = TokenIssuer(objects, ISSUER, key, AUDIENCES, max_expiration=3600, now=now)
    issued = await strict.create(request(expiration_seconds=7200), "robot", "ns")
    assert issued.request.spec.expiration_seconds == 3600
    assert issued.warnings == ("requested expiration of 7200 seconds shortened to 3600 seconds",)


async def test_foreign_signature_is_refused(issuer, objects, now):
    token = (await issuer.create(request(), "robot", "ns")).request.status.token
    stranger = signing_key(ec.generate_private_key(ec.SECP256R1()))
    other = ServiceAccountAuthenticator(objects, KeyRing([stranger.public]), [ISSUER], AUDIENCES, now=now)
    with pytest.raises(AuthenticationError, match="no keys found"):
        await other.authenticate_token(token, ())


async def test_tampered_claims_and_algorithm_are_refused(issuer, authenticator):
    token = (await issuer.create(request(), "robot", "ns")).request.status.token
    head, body, signature = token.split(".")
    other = (await issuer.create(request(audiences=["x"]), "robot", "ns")).request.status.token.split(".")
    with pytest.raises(AuthenticationError, match="invalid signature"):
        await authenticator.authenticate_token(f"{head}.{other[1]}.{signature}", ())
    import base64

    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    with pytest.raises(AuthenticationError, match="invalid signature"):
        await authenticator.authenticate_token(f"{none}.{body}.", ())


async def test_legacy_token_lives_with_its_secret(issuer, objects, key, now):
    used = []
    authenticator = ServiceAccountAuthenticator(
        objects,
        KeyRing([key.public]),
        [ISSUER],
        AUDIENCES,
        legacy_used=lambda secret, day: used.append((secret.metadata.name, day)),
        now=now,
    )
    claims = Claims(
        iss=LEGACY_ISSUER,
        sub="system:serviceaccount:ns:robot",
        legacy_account="robot",
        legacy_account_uid="sa-uid",
        legacy_secret="robot-token",
        legacy_namespace="ns",
    )
    token = issuer.sign(claims)
    with pytest.raises(AuthenticationError, match="Token has been invalidated"):
        await authenticator.authenticate_token(token, ())
    objects.put(Secret(metadata=ObjectMeta(name="robot-token", namespace="ns"), data={"token": token.encode()}))
    found = await authenticator.authenticate_token(token, ())
    assert found.user.name == "system:serviceaccount:ns:robot"
    assert found.annotations["authentication.k8s.io/legacy-token-manual-secret"] == "robot-token"
    assert used == [("robot-token", "2026-01-02")]
    account = objects.get(ServiceAccount, "robot", "ns")
    objects.put(msgspec.structs.replace(account, secrets=[ObjectReference(name="robot-token")]))
    assert (await authenticator.authenticate_token(token, ())).warnings
    objects.put(Secret(metadata=ObjectMeta(name="robot-token", namespace="ns"), data={"token": b"other"}))
    with pytest.raises(AuthenticationError, match="does not match server's copy"):
        await authenticator.authenticate_token(token, ())


def test_key_files(tmp_path):
    private = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "sa.key"
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    public = tmp_path / "sa.pub"
    public.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    loaded = load_signing_key(str(path))
    assert loaded.public.algorithm == "RS256"
    assert [key.kid for key in load_public_keys([str(path)])] == [key.kid for key in load_public_keys([str(public)])]
    with pytest.raises(KeyFileError, match="holds no private key"):
        load_signing_key(str(public))
    (tmp_path / "empty").write_text("")
    with pytest.raises(KeyFileError, match="holds no RSA"):
        load_public_keys([str(tmp_path / "empty")])
    with pytest.raises(KeyFileError, match="cannot read"):
        load_public_keys([str(tmp_path / "missing")])


def test_discovery_documents(key):
    documents = IssuerDocuments(ISSUER, [key.public], "10.0.0.1:6443")
    configuration = json.loads(documents.configuration)
    assert configuration["jwks_uri"] == "https://10.0.0.1:6443/openid/v1/jwks"
    assert configuration["id_token_signing_alg_values_supported"] == ["ES256"]
    (listed,) = json.loads(documents.jwks)["keys"]
    assert listed["kid"] == key.public.kid
    assert listed["use"] == "sig"
    assert "d" not in listed
    with pytest.raises(IssuerError, match="https"):
        IssuerDocuments("kubernetes", [key.public], "x")
