"""Who may approve, sign or attest for a certificate signer."""

from __future__ import annotations

from apiserver.auth.protocols import Attributes, Authorizer, User

GROUP = "certificates.k8s.io"


async def may_use_signer(authorizer: Authorizer, user: User, verb: str, signer: str) -> bool:
    """Whether the user may do `verb` for the signer by its name, or for all signers of its domain."""
    domain = signer.partition("/")[0]
    for name in (signer, f"{domain}/*"):
        asked = Attributes(user, verb, api_group=GROUP, api_version="*", resource="signers", name=name)
        if (await authorizer.authorize(asked)).allowed:
            return True
    return False
