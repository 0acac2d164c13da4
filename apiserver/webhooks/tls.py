"""How to trust a webhook: by its CA bundle, or by what this machine trusts."""

from __future__ import annotations

import ssl
from collections import OrderedDict

_KEPT = 1024


class BadBundle(Exception):
    """A CA bundle holds no certificates."""


class Contexts:
    """TLS contexts by bundle, server name and client certificate, made once: connections are kept per context."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[object, ...], ssl.SSLContext] = OrderedDict()

    def get(
        self, bundle: bytes, server_name: str = "", *, verify: bool = True, certificate: tuple[str, str] | None = None
    ) -> ssl.SSLContext:
        """A context; `certificate` names the files of the client's certificate and key. Raises BadBundle, OSError."""
        key = (bundle, server_name, verify, certificate)
        found = self._made.get(key)
        if found is not None:
            self._made.move_to_end(key)
            return found
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        found.minimum_version = ssl.TLSVersion.TLSv1_2
        if not verify:
            found.check_hostname = False
            found.verify_mode = ssl.CERT_NONE
        elif bundle:
            # A bundle may name a certificate that is not an authority's own root.
            found.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            try:
                found.load_verify_locations(cadata=bundle.decode("ascii"))
            except (ssl.SSLError, ValueError):
                raise BadBundle("unable to load root certificates: unable to parse bytes as PEM block") from None
        else:
            found.load_default_certs()
        if certificate is not None:
            found.load_cert_chain(*certificate)
        self._made[key] = found
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        return found

    def forget(self) -> None:
        """Make all of them anew when next asked: files may have changed."""
        self._made.clear()
