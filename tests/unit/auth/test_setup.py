from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apiserver.auth.protocols import Attributes, AuthenticationError, Credentials
from apiserver.auth.setup import AuthSettings, SettingsError, build
from minik8s.api.authentication_v1 import TokenRequest
from minik8s.api.core_v1 import ServiceAccount
from minik8s.api.meta_v1 import ObjectMeta


@pytest.fixture
def settings(tmp_path, ca) -> AuthSettings:
    (tmp_path / "ca.crt").write_bytes(ca.pem)
    (tmp_path / "tokens.csv").write_text('t,admin,1,"system:masters"\n')
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "sa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return AuthSettings(
        client_ca_file=str(tmp_path / "ca.crt"),
        token_auth_file=str(tmp_path / "tokens.csv"),
        service_account_signing_key_file=str(tmp_path / "sa.key"),
        service_account_issuer=("https://issuer",),
        authorization_mode=("Node", "RBAC"),
    )


async def test_everything_together(settings, objects, ca, make_ca, now):
    auth = build(settings, objects, objects, now)
    await auth.policy.ensure()
    objects.put(ServiceAccount(metadata=ObjectMeta(name="default", namespace="ns")))
    issued = await auth.issuer.create(TokenRequest(), "default", "ns")
    header = (b"authorization", b"Bearer " + issued.request.status.token.encode())
    found = await auth.authenticator.authenticate(Credentials(headers=(header,)))
    assert found.user.name == "system:serviceaccount:ns:default"
    node = await auth.authenticator.authenticate(
        Credentials(peer_certificates=(ca.issue("system:node:n1", ("system:nodes",)),))
    )
    assert (await auth.authorizer.authorize(Attributes(node.user, "get", resource="nodes", name="n1"))).allowed
    assert auth.documents is not None
    # The authorities change on disk: who they sign for is believed after a refresh.
    other = make_ca("other")
    stranger = Credentials(peer_certificates=(other.issue("eve"),))
    with pytest.raises(AuthenticationError):
        await auth.authenticator.authenticate(stranger)
    with open(settings.client_ca_file, "ab") as file:
        file.write(other.pem)
    await auth.refresh()
    assert (await auth.authenticator.authenticate(stranger)).user.name == "eve"


def test_bad_modes(objects):
    for modes in ((), ("RBAC", "RBAC"), ("ABC",)):
        with pytest.raises(SettingsError, match="--authorization-mode"):
            build(AuthSettings(authorization_mode=modes), objects, objects)
