"""The documents that let other services verify this cluster's service-account tokens (OpenID Connect discovery)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from apiserver.auth.tokens.keys import PublicKey

CONFIGURATION_PATH = "/.well-known/openid-configuration"
JWKS_PATH = "/openid/v1/jwks"
MAX_AGE = 3600  # seconds a client may keep either document


class IssuerError(ValueError):
    """The issuer cannot be published: it is no https URL, or has a query or fragment."""


class IssuerDocuments:
    """Both documents as bytes, made once. Raises IssuerError."""

    configuration_type = "application/json"
    jwks_type = "application/jwk-set+json"

    def __init__(self, issuer: str, keys: Sequence[PublicKey], external_address: str, jwks_uri: str = "") -> None:
        """`external_address` is host:port of the API server, used where `jwks_uri` is not given."""
        parts = urlsplit(issuer)
        if parts.scheme != "https":
            raise IssuerError(f"issuer URL must use https scheme, got: {issuer}")
        if parts.query:
            raise IssuerError(f"issuer URL may not include a query, got: {issuer}")
        if parts.fragment:
            raise IssuerError(f"issuer URL may not include a fragment, got: {issuer}")
        if jwks_uri and urlsplit(jwks_uri).scheme != "https":
            raise IssuerError(f"jwksURI requires https scheme, parsed as: {jwks_uri}")
        self.configuration = msgspec.json.encode(
            {
                "issuer": issuer,
                "jwks_uri": jwks_uri or f"https://{external_address}{JWKS_PATH}",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": sorted({key.algorithm for key in keys}),
            }
        )
        self.jwks = msgspec.json.encode(
            {
                "keys": [
                    {"use": "sig", "alg": key.algorithm, "kid": key.kid, **key.key.as_dict(private=False)}
                    for key in keys
                ]
            }
        )
