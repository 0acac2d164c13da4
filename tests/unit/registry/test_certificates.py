"""Requests for certificates: who asks, who decides, who signs."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.registry import NOW, Kind

REQUESTS = Kind("certificates.k8s.io/v1", "certificatesigningrequests", user="jane", groups=("devs",))


@pytest.fixture(scope="module")
def pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "jane")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()


def asked(pem: str, **spec: Any) -> dict[str, Any]:
    return {"spec": {"request": pem, "signerName": "example.com/s", "usages": ["client auth"], **spec}}


def test_it_is_the_sender_who_asks(pem: str) -> None:
    found, errors = REQUESTS.create(asked(pem, username="root", groups=["system:masters"]))
    assert errors == []
    assert (found["spec"]["username"], found["spec"]["groups"]) == ("jane", ["devs"])


def test_a_bad_request_is_refused() -> None:
    bad = {"spec": {"request": "YQ==", "signerName": "bad", "usages": [], "expirationSeconds": 5}}
    assert REQUESTS.create(bad)[1] == [
        'spec.request: Invalid value: "YQ==": PEM block type must be CERTIFICATE REQUEST',
        "spec.usages: Required value",
        'spec.signerName: Invalid value: "bad": must be a fully qualified domain and path of the form '
        "'example.com/signer-name'",
        "spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 600 seconds (10 minutes)",
    ]


def test_usages_are_known_and_named_once(pem: str) -> None:
    _, errors = REQUESTS.create(asked(pem, usages=["signing", "signing", "flying"]))
    assert errors[0].startswith('spec.usages[2]: Unsupported value: "flying": supported values: "any", "cert sign", ')
    assert errors[1:] == ['spec.usages[1]: Duplicate value: "signing"']


def test_a_decision_is_made_by_its_own_endpoint_and_for_good(pem: str) -> None:
    stored = REQUESTS.stored(asked(pem))
    approval = {"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "Because"}]}}
    assert REQUESTS.update(stored, approval, "status")[1] == [
        'status.conditions: Forbidden: updates may not add a condition of type "Approved"'
    ]
    approved, errors = REQUESTS.update(stored, approval, "approval")
    assert errors == []
    condition = approved["status"]["conditions"][0]
    assert (condition["lastUpdateTime"], condition["lastTransitionTime"]) == (NOW, NOW)
    _, errors = REQUESTS.update(approved, {"status": {"conditions": []}}, "approval")
    assert errors == ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"']
    both = [*approved["status"]["conditions"], {"type": "Denied", "status": "True"}]
    _, errors = REQUESTS.update(approved, {"status": {"conditions": both}}, "approval")
    assert errors == [
        'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'
    ]
    # The signer's endpoint leaves decisions as they are, whatever it is sent.
    signed, errors = REQUESTS.update(
        approved, {"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "Other"}]}}, "status"
    )
    assert (errors, signed["status"]) == ([], approved["status"])
    unchanged, errors = REQUESTS.update(approved, {"spec": {"signerName": "example.com/t"}, "status": None})
    assert (errors, unchanged["spec"], unchanged["status"]) == ([], approved["spec"], approved["status"])
