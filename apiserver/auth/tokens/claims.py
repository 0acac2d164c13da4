"""What service-account tokens say: the claims, and reading a token without trusting it yet."""

from __future__ import annotations

import base64
import binascii

import msgspec

LEGACY_ISSUER = "kubernetes/serviceaccount"
LEEWAY = 60.0  # seconds by which clocks may differ

_LEGACY = "kubernetes.io/serviceaccount/"


class Ref(msgspec.Struct, omit_defaults=True):
    """An object a token speaks of."""

    name: str = ""
    uid: str = ""


class KubernetesClaims(msgspec.Struct, omit_defaults=True):
    """The private claims of a bound token; `warnafter` is the second after which use is reported."""

    namespace: str = ""
    node: Ref | None = None
    pod: Ref | None = None
    secret: Ref | None = None
    serviceaccount: Ref = msgspec.field(default_factory=Ref)
    warnafter: float | None = None


class Claims(msgspec.Struct, omit_defaults=True):
    """All claims of a token; times are seconds since 1970."""

    aud: list[str] | str = []
    exp: float | None = None
    iat: float | None = None
    iss: str = ""
    jti: str = ""
    nbf: float | None = None
    sub: str = ""
    kubernetes: KubernetesClaims | None = msgspec.field(default=None, name="kubernetes.io")
    legacy_account: str = msgspec.field(default="", name=_LEGACY + "service-account.name")
    legacy_account_uid: str = msgspec.field(default="", name=_LEGACY + "service-account.uid")
    legacy_secret: str = msgspec.field(default="", name=_LEGACY + "secret.name")
    legacy_namespace: str = msgspec.field(default="", name=_LEGACY + "namespace")

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences as a tuple."""
        return (self.aud,) if isinstance(self.aud, str) else tuple(self.aud)


class Header(msgspec.Struct):
    """A token's header."""

    alg: str = ""
    kid: str = ""


_claims = msgspec.json.Decoder(Claims)
_header = msgspec.json.Decoder(Header)


def _part(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def peek(token: str) -> tuple[Header, Claims] | None:
    """Header and claims of something that looks like a signed token, unverified; None for anything else."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        return _header.decode(_part(parts[0])), _claims.decode(_part(parts[1]))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None


def account_username(namespace: str, name: str) -> str:
    """The user name of a service account."""
    return f"system:serviceaccount:{namespace}:{name}"
